package dev.alembicoperator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.database.Blocker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** An attempt from its intent to its end, and what may come between. */
class OpenAttemptTest {

  @Test
  void restartBetweenIntentAndCreateMakesTheSameJob() {
    Situation s = Situation.firstApply();
    Decision.Run intended = (Decision.Run) s.intend();

    Decision.Run again = (Decision.Run) s.later(30).pass();

    assertThat(again.request()).isEqualTo(intended.request());
    assertThat(s.attempt().number()).isEqualTo(1);
    assertThat(s.attempt().startedAt()).isEqualTo(Situation.BEGIN);
  }

  @Test
  void restartBetweenCreateAndItsAnswerAsksForTheSameJobAgain() {
    Situation s = Situation.firstApply();
    Decision.Run intended = (Decision.Run) s.intend();

    Decision.Run again = (Decision.Run) s.created().notLookedAt().pass();

    assertThat(again.request().job()).isEqualTo(intended.request().job());
    assertThat(s.attempt().jobUID()).isEqualTo("uid-1");
  }

  @Test
  void restartBetweenCreateAndItsAnswerFindsTheJobFinished() {
    Situation s = Situation.firstApply();
    s.intend();
    s.ended(0, Reports.applied(List.of(), List.of("0001"), "0001").text()).rows("0001");

    assertThat(s.decide()).isInstanceOf(Decision.Run.class);
    s.attempt(a -> a.jobUID("uid-1")).pass();

    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @Test
  void anIntentIsWithdrawnWhenSomebodyMovedTheDatabase() {
    Situation s = Situation.migrated().image("registry.example/orders:2").rows("0002");
    s.intend();

    Decision.Run next = (Decision.Run) s.rows("0003").pass();

    assertThat(next.request().attempt()).isEqualTo(3);
    assertThat(s.attempt().from()).containsExactly("0003");
    assertThat(s.status().retries()).isNull();
    assertThat(s.status().history()).hasSize(1);
  }

  @Test
  void anIntentIsWithdrawnWhenTheSpecChanged() {
    Situation s = Situation.firstApply();
    s.intend();

    Decision.Run next = (Decision.Run) s.image("registry.example/orders:2").pass();

    assertThat(next.request().attempt()).isEqualTo(2);
    assertThat(s.attempt().requested().image()).isEqualTo("registry.example/orders:2");
  }

  @Test
  void anIntentWhoseSessionLivesIsNotRepeated() {
    Situation s = Situation.firstApply();
    s.intend();
    s.session(1, "0001");

    assertThat(s.pass()).isInstanceOf(Decision.Wait.class);
    assertThat(s.summary()).isEqualTo("False Running Reconciling");
  }

  @Test
  void anIntentWithoutADatabaseToReadIsCarriedOut() {
    Situation s = Situation.firstApply().unreachable();
    s.pass();
    s.later(120).intend();

    assertThat(s.later(1).decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void aNewGenerationWhileThePodWaitsForItsImageHealsAtOnce() {
    Situation s = Situation.firstApply().image("registry.example/orders:wrogn");
    s.pass();
    s.waiting("ImagePullBackOff", "not found").pass();
    assertThat(s.summary()).isEqualTo("False ImageUnavailable Reconciling");

    Decision.Cancel cancel = (Decision.Cancel) s.image("registry.example/orders:1").pass();
    assertThat(cancel.jobUid()).isEqualTo("uid-1");
    assertThat(s.summary()).isEqualTo("False Preparing Reconciling");

    assertThat(s.jobDeleting().pass()).isInstanceOf(Decision.Wait.class);
    assertThat(s.onlyPodLeft().pass()).isInstanceOf(Decision.Wait.class);
    Decision.Run next = (Decision.Run) s.noJob().unreachable().rows().pass();
    assertThat(next.request().attempt()).isEqualTo(2);
    assertThat(s.status().nextAttemptTime()).isNull();
    assertThat(s.status().history()).isEmpty();
  }

  @Test
  void aWithdrawnAttemptIsNotMournedWhenTheDatabaseIsAway() {
    Situation s = Situation.firstApply();
    s.pass();
    s.image("registry.example/orders:2").pass();

    s.noJob().unreachable().pass();

    assertThat(s.attempt().outcome()).isEqualTo(Outcome.Cancelled);
    assertThat(s.summary()).isEqualTo("Unknown WaitingForDatabase Reconciling");
  }

  @Test
  void fromAToBToAWhileThePodWaitsIsNoLostJob() {
    Situation s = Situation.firstApply();
    s.pass();
    s.image("registry.example/orders:2").pass();
    s.jobDeleting().image("registry.example/orders:1").pass();

    Decision.Run next = (Decision.Run) s.noJob().rows().pass();

    assertThat(next.request().attempt()).isEqualTo(2);
    assertThat(s.status().retries()).isNull();
  }

  @Test
  void fromAToBToAWithBNeverRunIsNotStalledByTheWithdrawal() {
    Situation s = Situation.firstApply();
    s.pass();
    s.image("registry.example/orders:2").pass();
    s.noJob().missing(Reason.SecretNotFound).pass();
    assertThat(s.summary()).isEqualTo("False SecretNotFound Reconciling");

    s.image("registry.example/orders:1").secretVersion(1).rows();

    assertThat(s.decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void aWithdrawalThatCameTooLateLetsTheRunGoOn() {
    Situation s = Situation.firstApply();
    s.pass();
    s.image("registry.example/orders:2").pass();
    s.running().pass();
    assertThat(s.attempt().reason()).isNull();

    s.noJob().rows("0001").pass();

    assertThat(s.status().attempt().number()).isEqualTo(2);
    assertThat(s.summary()).isEqualTo("False Preparing Reconciling");
  }

  @Test
  void aNewGenerationWhileItRunsLetsItFinishAndThenRuns() {
    Situation s = Situation.upgrading().image("registry.example/orders:3").rows("0002");

    Decision wait = s.pass();
    assertThat(wait).isInstanceOf(Decision.Wait.class);
    assertThat(s.summary()).isEqualTo("False Running Reconciling");
    assertThat(s.condition("Ready").orElseThrow().getMessage())
        .isEqualTo("Attempt 2 (generation 2) is still running.");
    assertThat(s.status().observedGeneration()).isEqualTo(3);

    s.rows("0003").ended(0, Reports.applied(List.of("0002"), List.of("0003"), "0003").text());
    Decision.Run next = (Decision.Run) s.pass();

    assertThat(next.request().attempt()).isEqualTo(3);
    assertThat(next.request().generation()).isEqualTo(3);
    assertThat(s.summary()).isEqualTo("False Preparing Reconciling");
    assertThat(s.status().history().getFirst().outcome()).isEqualTo(Outcome.Succeeded);
  }

  @Test
  void anOlderGenerationsFailureIsNoVerdictOnTheNewer() {
    Situation s = Situation.upgrading().image("registry.example/orders:3").rows("0002");
    s.ended(1, Reports.failed("MigrationFailed", "syntax error", "0003").text());

    Decision.Run next = (Decision.Run) s.pass();

    assertThat(next.request().attempt()).isEqualTo(3);
    assertThat(s.status().history().getFirst().outcome()).isEqualTo(Outcome.Failed);
  }

  @Test
  void anEditThatDoesNotReachTheRunLeavesThePodAlone() {
    Situation s = Situation.firstApply();
    s.pass();
    s.spec(b -> b.historyLimit(5)).waiting("ContainerCreating", "");

    assertThat(s.decide()).isInstanceOf(Decision.Wait.class);
  }

  @Test
  void progressAndWhoBlocksAreTold() {
    Situation s =
        Situation.upgrading()
            .rows("0002")
            .session(2, "2.5/0003", new Blocker(99, "psql", Optional.empty()));

    s.pass();

    assertThat(s.attempt().progress().revision()).isEqualTo("0003");
    assertThat(s.attempt().progress().applied()).isEqualTo(1);
    assertThat(s.attempt().progress().total()).isEqualTo(5);
    assertThat(s.attempt().progress().waitingFor()).contains("psql", "99");
    assertThat(s.condition("Ready").orElseThrow().getMessage())
        .isEqualTo(
            "Attempt 2 is running, at revision \"0003\" (2 of 5), waiting for the session"
                + " \"psql\" (pid 99).");
  }

  @Test
  void beforeTheFirstStepThereIsNoRevisionAndNoCountToTell() {
    Situation s = Situation.upgrading().rows("0002").session(2, "0.0/-");

    s.pass();

    assertThat(s.attempt().progress().revision()).isNull();
    assertThat(s.attempt().progress().total()).isNull();
    assertThat(s.condition("Ready").orElseThrow().getMessage()).isEqualTo("Attempt 2 is running.");
  }

  @Test
  void aJobDeletedByHandWhoseRunnerSaidItWasToldToEndIsRetriedOnce() {
    Situation s = Situation.upgrading().onlyPodLeft();
    String report =
        Reports.failed("Cancelled", "told to stop", "0003").with("outcome", "terminated").text();

    s.rows("0002").ended(143, report).pass();
    assertThat(s.summary()).isEqualTo("False JobLost Reconciling");
    assertThat(s.status().retries()).isEqualTo(1);

    s.noJob().rows("0002").later(11).pass();
    s.rows("0002").ended(143, report).pass();
    assertThat(s.summary()).isEqualTo("False JobLost Stalled");
    assertThat(s.status().retries()).isEqualTo(1);
  }

  @Test
  void aJobDeletedByHandWhosePodStillRunsIsFollowed() {
    Situation s = Situation.upgrading().rows("0002").onlyPodLeft();

    s.pass();

    assertThat(s.summary()).isEqualTo("False Running Reconciling");
  }

  @Test
  void aJobDeletedByHandBeforeItsPodStartedWaitsForThePodToGo() {
    Situation s = Situation.firstApply();
    s.pass();
    s.waiting("ContainerCreating", "").onlyPodLeft();

    assertThat(s.pass()).isInstanceOf(Decision.Wait.class);
    s.noJob().rows().pass();
    assertThat(s.summary()).isEqualTo("False JobLost Reconciling");
  }

  @Test
  void aJobDeletedByHandWithoutATraceIsLookedForInTheDatabase() {
    Situation s = Situation.upgrading().noJob();

    s.rows("0002").session(2, "0003").pass();
    assertThat(s.summary()).isEqualTo("False Running Reconciling");

    s.rows("0002").pass();
    assertThat(s.attempt().outcome()).isEqualTo(Outcome.Lost);
    assertThat(s.attempt().message()).contains("half-done", "alembic-operator.dev/retry");
    assertThat(s.summary()).isEqualTo("False JobLost Stalled");
  }

  @Test
  void aJobDeletedByHandBeforeItsFirstStepIsRetriedOnce() {
    Situation s = Situation.upgrading().noJob().rows("0002");

    s.pass();

    assertThat(s.summary()).isEqualTo("False JobLost Reconciling");
    assertThat(s.attempt().message()).contains("nothing is half-done");
    assertThat(s.later(10).rows("0002").decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void aLostJobWaitsForTheDatabaseBeforeItIsJudged() {
    Situation s = Situation.upgrading().noJob().unreachable();

    assertThat(s.pass()).isInstanceOf(Decision.Wait.class);
    assertThat(s.summary()).isEqualTo("Unknown WaitingForDatabase Reconciling");
    assertThat(s.attempt().outcome()).isNull();
  }

  @Test
  void whereNobodyCanLookALostJobIsAPersonsBusiness() {
    Situation s = Situation.upgrading().neverLooks().noJob();

    s.pass();

    assertThat(s.summary()).isEqualTo("False JobLost Stalled");
    assertThat(s.decide()).isInstanceOf(Decision.Refuse.class);
    assertThat(s.retry("1").decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void aRunningContainerOfAFailedJobIsNotDead() {
    Situation s = Situation.upgrading().jobFailed("DeadlineExceeded").podDeleting().rows("0002");

    s.jobFailed("DeadlineExceeded").pass();

    assertThat(s.summary()).isEqualTo("False Running Reconciling");
  }

  @Test
  void aPodThatOnlyWaitsIsNotJudgedByItsJobsFailure() {
    Situation s = Situation.firstApply();
    s.pass();
    s.waiting("ContainerCreating", "").jobFailed("BackoffLimitExceeded");

    assertThat(s.decide()).isInstanceOf(Decision.Wait.class);
  }

  @Test
  void aFinishedAttemptIsCollectedAfterARestartHoweverLate() {
    Situation s = Situation.upgrading();
    s.ended(0, Reports.applied(List.of("0002"), List.of("0003"), "0003").text());

    s.rows("0003").later(Duration.ofHours(9)).pass();

    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(s.status().applied().revisions()).containsExactly("0003");
  }

  @Test
  void theSecretRotatedWhileThePodWaitsChangesNothingYet() {
    Situation s = Situation.firstApply();
    s.pass();

    s.secretVersion(2).waiting("ContainerCreating", "").pass();

    assertThat(s.summary()).isEqualTo("False Preparing Reconciling");
  }
}

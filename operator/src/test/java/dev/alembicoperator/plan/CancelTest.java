package dev.alembicoperator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.api.v1alpha1.Reason;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The verb that ends the attempt that is open, at whatever moment it comes. */
class CancelTest {

  private static String stopped() {
    return Reports.failed("Cancelled", "told to stop", "0003")
        .with("outcome", "terminated")
        .with("running", Map.of("revision", "0003"))
        .text();
  }

  private static String handled(Situation s) {
    return s.status().lastHandledRequests() == null
        ? null
        : s.status().lastHandledRequests().cancel();
  }

  private static void staysUntilAsked(Situation s) {
    assertThat(s.summary()).isEqualTo("False Cancelled Stalled");
    assertThat(s.attempt().outcome()).isEqualTo(Outcome.Cancelled);
    assertThat(s.condition("Ready").orElseThrow().getMessage())
        .contains("cancelled", "alembic-operator.dev/retry");
    assertThat(s.noJob().rows("0002").later(90_000).pass()).isInstanceOf(Decision.Refuse.class);
    assertThat(s.retry("again").decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void aRunIsToldToStopAndStaysStopped() {
    Situation s = Situation.upgrading().rows("0002").session(2, "1.2/0003").cancel("now");

    Decision.Cancel cancel = (Decision.Cancel) s.pass();
    assertThat(cancel.jobUid()).isEqualTo("uid-2");
    assertThat(s.summary()).isEqualTo("False Running Reconciling");
    assertThat(s.attempt().reason()).as("intended before it is done").isEqualTo("Cancelled");
    assertThat(handled(s)).isEqualTo("now");

    s.podDeleting().jobDeleting().pass();
    assertThat(s.summary()).isEqualTo("False Running Reconciling");
    assertThat(s.condition("Ready").orElseThrow().getMessage()).endsWith("It was told to stop.");

    s.onlyPodLeft().rows("0002").ended(143, stopped()).pass();
    assertThat(s.status().history().getFirst().outcome()).isEqualTo(Outcome.Cancelled);
    staysUntilAsked(s);
  }

  @Test
  void aCrashBetweenIntentAndDeletionDeletesAgain() {
    Situation s = Situation.upgrading().rows("0002").cancel("now");
    s.intend();

    assertThat(s.later(60).pass()).isInstanceOf(Decision.Cancel.class);
  }

  @Test
  void aCancelledRunThatLeftNoWordIsCancelledAllTheSame() {
    Situation s = Situation.upgrading().rows("0002").cancel("now");
    s.pass();

    s.noJob().rows("0002").pass();

    staysUntilAsked(s);
  }

  @Test
  void aCancelledRunThatReachedItsTargetHasSucceeded() {
    Situation s = Situation.upgrading().rows("0002").cancel("now");
    s.pass();

    s.rows("0003")
        .ended(0, Reports.applied(List.of("0002"), List.of("0003"), "0003").text())
        .pass();

    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @Test
  void whatMayBeHalfDoneIsAPersonsBusinessAsEver() {
    Situation s = Situation.upgrading().rows("0002").cancel("now");
    s.pass();

    s.onlyPodLeft()
        .rows("0002")
        .ended(
            143,
            Reports.failed("Cancelled", "told to stop", "0003")
                .with("outcome", "terminated")
                .with("halfApplied", "possible")
                .text())
        .pass();

    assertThat(s.attempt().outcome()).isEqualTo(Outcome.Lost);
    assertThat(s.summary()).isEqualTo("False Cancelled Stalled");
    assertThat(s.condition("Ready").orElseThrow().getMessage()).contains("half-done");
    assertThat(s.noJob().decide()).isInstanceOf(Decision.Refuse.class);
  }

  @Test
  void aFailureThatWouldBeRetriedIsNot() {
    Situation s = Situation.upgrading().rows("0002").cancel("now");
    s.pass();

    s.rows("0002").ended(1, Reports.failed("WaitingForLock", "busy", "0003").text()).pass();

    assertThat(s.status().nextAttemptTime()).isNull();
    staysUntilAsked(s);
  }

  @Test
  void aFailureOfItsOwnIsToldAsThat() {
    Situation s = Situation.upgrading().rows("0002").cancel("now");
    s.pass();

    s.rows("0002").ended(1, Reports.failed("MigrationFailed", "no", "0003").text()).pass();

    assertThat(s.summary()).isEqualTo("False MigrationFailed Stalled");
  }

  @Test
  void aPodThatWaitsIsWithdrawn() {
    Situation s = Situation.migrated().image("registry.example/orders:2").rows("0002");
    s.pass();
    s.waiting("ImagePullBackOff", "not found").cancel("now");

    Decision.Cancel cancel = (Decision.Cancel) s.pass();
    assertThat(cancel.why()).isEqualTo(Reason.Cancelled);
    assertThat(s.onlyPodLeft().pass()).isInstanceOf(Decision.Wait.class);
    s.noJob().rows("0002").pass();

    staysUntilAsked(s);
    assertThat(s.status().history()).hasSize(1);
  }

  @Test
  void anIntentWithoutAJobIsWithdrawnAtOnce() {
    Situation s = Situation.migrated().image("registry.example/orders:2").rows("0002");
    s.intend();

    s.cancel("now").pass();

    assertThat(handled(s)).isEqualTo("now");
    staysUntilAsked(s);
  }

  @Test
  void aJobWhoseUidIsNotKnownYetIsCancelledWhenItIs() {
    Situation s = Situation.migrated().image("registry.example/orders:2").rows("0002");
    s.intend();
    s.created().cancel("now").pass();
    assertThat(handled(s)).as("not before something is done about it").isNull();

    assertThat(s.pass()).isInstanceOf(Decision.Cancel.class);
    assertThat(handled(s)).isEqualTo("now");
  }

  @Test
  void whereNobodyCanLookAPodThatNeverRanIsHarmless() {
    Situation s = Situation.migrated().neverLooks().image("registry.example/orders:2");
    s.pass();
    s.waiting("ImagePullBackOff", "not found").cancel("now").pass();

    s.noJob().pass();

    assertThat(s.attempt().outcome()).isEqualTo(Outcome.Cancelled);
    assertThat(s.summary()).isEqualTo("False Cancelled Stalled");
  }

  @Test
  void aWithdrawalThatCameTooLateIsStillACancellation() {
    Situation s = Situation.migrated().image("registry.example/orders:2").rows("0002");
    s.pass();
    s.cancel("now").pass();
    s.jobDeleting().running().jobDeleting().pass();
    assertThat(s.attempt().reason()).isEqualTo("Cancelled");

    s.rows("0002").ended(143, stopped()).pass();

    staysUntilAsked(s);
  }

  @Test
  void whereNothingIsOpenItIsOnlyAnswered() {
    Situation s = Situation.migrated().rows("0002").cancel("late");

    assertThat(s.pass()).isInstanceOf(Decision.Nothing.class);
    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(handled(s)).isEqualTo("late");

    assertThat(s.image("registry.example/orders:2").pass()).isInstanceOf(Decision.Run.class);
    assertThat(s.waiting("ContainerCreating", "").pass()).isInstanceOf(Decision.Wait.class);
  }

  @Test
  void aRequestThatComesWithANewSpecDoesNotMeetTheNewAttempt() {
    Situation s = Situation.migrated().rows("0002");
    s.image("registry.example/orders:2").cancel("before");

    assertThat(s.pass()).isInstanceOf(Decision.Run.class);
    assertThat(handled(s)).isEqualTo("before");
    assertThat(s.waiting("ContainerCreating", "").pass()).isInstanceOf(Decision.Wait.class);
  }

  @Test
  void aNewSpecGoesOnAfterACancellation() {
    Situation s = Situation.upgrading().rows("0002").cancel("now");
    s.pass();
    s.onlyPodLeft().rows("0002").ended(143, stopped()).pass();

    assertThat(s.noJob().image("registry.example/orders:3").rows("0002").decide())
        .isInstanceOf(Decision.Run.class);
  }

  @Test
  void aStepThatIsDoneIsHistory() {
    Situation s = Situation.upgrading().rows("0002").cancel("now");
    s.pass();

    s.rows("0003")
        .ended(
            143,
            Reports.failed("Cancelled", "told to stop", "0004")
                .with("outcome", "terminated")
                .with("after", List.of("0003"))
                .with(
                    "applied", List.of(Map.of("revision", "0003", "seconds", 1, "committed", true)))
                .with("appliedCount", 1)
                .text())
        .pass();

    assertThat(s.summary()).isEqualTo("False Cancelled Stalled");
    assertThat(s.status().history().getFirst().to()).containsExactly("0003");
  }

  // The other verb, at the same moment

  @Test
  void aRetryTakesAPodThatWaitsBack() {
    Situation s = Situation.migrated().image("registry.example/orders:2").rows("0002");
    s.pass();
    s.waiting("ImagePullBackOff", "not found").retry("pushed now");

    Decision.Cancel cancel = (Decision.Cancel) s.pass();
    assertThat(cancel.why()).isEqualTo(Reason.Superseded);
    assertThat(cancel.message()).contains("another try was asked for");

    Decision.Run again = (Decision.Run) s.noJob().rows("0002").pass();
    assertThat(again.request().attempt()).isEqualTo(3);
    assertThat(s.status().lastHandledRequests().retry()).isEqualTo("pushed now");
    assertThat(s.waiting("ContainerCreating", "").pass()).isInstanceOf(Decision.Wait.class);
  }
}

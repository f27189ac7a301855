package dev.alembicoperator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpecBuilder;
import dev.alembicoperator.api.v1alpha1.PodBuilder;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.api.v1alpha1.Retry;
import dev.alembicoperator.api.v1alpha1.TimeoutsBuilder;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What has to be there before a pod may start. */
class PreconditionsTest {

  @Test
  void theFirstApplyRunsAttemptOne() {
    Situation s = Situation.firstApply();

    Decision.Run run = (Decision.Run) s.decide();

    assertThat(run.request().attempt()).isEqualTo(1);
    assertThat(run.request().job()).isEqualTo("orders-1a2b3-1");
    assertThat(run.request().generation()).isEqualTo(1);
    assertThat(run.request().expect().orElseThrow().identity()).contains(Reports.IDENTITY);
    assertThat(run.request().limits().lock()).isEqualTo(Duration.ofSeconds(5));
    assertThat(run.request().limits().run()).isEqualTo(Duration.ofHours(1));
    assertThat(run.request().limits().migrationLock()).isEqualTo(Duration.ofMinutes(10));
    assertThat(run.request().limits().connect()).isEqualTo(Duration.ofSeconds(10));
    assertThat(run.request().limits().statement()).isEmpty();
  }

  @Test
  void aResourceThatIsBeingDeletedStartsNothing() {
    assertThat(Situation.firstApply().deleted().decide()).isInstanceOf(Decision.Wait.class);
  }

  @Test
  void deletionWhileRunningStartsNothingAndJudgesNothing() {
    Situation s = Situation.upgrading().rows("0002").noJob().deleted();

    assertThat(s.decide()).isInstanceOf(Decision.Wait.class);
  }

  static Stream<Arguments> invalidSpecs() {
    return Stream.of(
        invalid("image", b -> b.image("")),
        invalid("exactly one", b -> b.database(DatabaseBuilder.builder().build())),
        invalid(
            "timeouts.lock", b -> b.timeouts(TimeoutsBuilder.builder().lock("5 seconds").build())),
        invalid("timeouts.run", b -> b.timeouts(TimeoutsBuilder.builder().run("1.5h").build())),
        invalid("retry.for", b -> b.retry(new Retry("forever", null, null))),
        invalid("\"admin\"", b -> b.pod(PodBuilder.builder().serviceAccountName("admin").build())));
  }

  private static Arguments invalid(String named, UnaryOperator<DatabaseMigrationSpecBuilder> edit) {
    return Arguments.of(named, edit);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("invalidSpecs")
  void aSpecThatCannotWorkIsToldAndNotRun(
      String named, UnaryOperator<DatabaseMigrationSpecBuilder> edit) {
    Situation s = Situation.firstApply().spec(edit);

    s.pass();

    assertThat(s.summary()).isEqualTo("False InvalidSpec Stalled");
    assertThat(s.condition("Ready").orElseThrow().getMessage()).contains(named);
  }

  @Test
  void theDefaultServiceAccountMayAlwaysBeNamed() {
    Situation s =
        Situation.firstApply()
            .spec(b -> b.pod(PodBuilder.builder().serviceAccountName("default").build()));

    assertThat(s.decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void suspendedWithWorkPendingStartsNoPodAndGoesOnLooking() {
    Situation s = Situation.firstApply().suspend(true);

    Decision decision = s.pass();

    assertThat(s.summary()).isEqualTo("False Suspended Reconciling");
    assertThat(s.attempt()).isNull();
    assertThat(decision.recheck()).isEqualTo(PlanSettings.defaults().checkInterval());
    assertThat(s.suspend(false).decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void suspendedWithoutWorkStaysReady() {
    Situation s = Situation.migrated().rows("0002").suspend(true);

    s.pass();

    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @Test
  void suspendingDoesNotTouchARunThatGoesOn() {
    Situation s = Situation.upgrading().suspend(true);

    assertThat(s.decide()).isInstanceOf(Decision.Wait.class);
    s.rows("0003").ended(0, upgraded()).pass();
    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @Test
  void suspendedIsSaidBeforeAMissingSecret() {
    Situation s = Situation.firstApply().missing(Reason.SecretNotFound).suspend(true);

    s.pass();

    assertThat(s.summary()).isEqualTo("False Suspended Reconciling");
  }

  @ParameterizedTest
  @EnumSource(names = {"SecretNotFound", "SecretKeyNotFound", "ConfigMapNotFound"})
  void whatIsMissingIsWaitedForWithoutEndAndPickedUp(Reason reason) {
    Situation s = Situation.firstApply().missing(reason);

    s.pass();
    assertThat(s.summary()).isEqualTo("False " + reason + " Reconciling");
    Decision later = s.later(Duration.ofDays(3)).pass();
    assertThat(s.summary()).isEqualTo("False " + reason + " Reconciling");
    assertThat(later.recheck()).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(30));

    assertThat(s.secretVersion(1).rows().decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void aUrlThatCannotBeReadIsAPersonsBusiness() {
    Situation s = Situation.firstApply().unreadable();

    s.pass();

    assertThat(s.summary()).isEqualTo("False InvalidConnection Stalled");
    assertThat(s.secretVersion(2).rows().decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void anUnreachableDatabaseIsWaitedForWithoutATry() {
    Situation s = Situation.firstApply().unreachable();

    Decision first = s.pass();
    assertThat(s.summary()).isEqualTo("Unknown WaitingForDatabase Reconciling");
    assertThat(first.recheck()).isEqualTo(Duration.ofSeconds(2));
    assertThat(s.later(119).decide()).isInstanceOf(Decision.Wait.class);
    assertThat(s.status().retries()).isNull();
    assertThat(s.attempt()).isNull();

    assertThat(s.rows().decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void afterTwoMinutesOneAttemptIsMadeBlind() {
    Situation s = Situation.firstApply().unreachable();
    s.pass();

    Decision.Run run = (Decision.Run) s.later(120).pass();

    assertThat(run.request().expect()).isEmpty();
    assertThat(s.attempt().requested().database()).isNull();
  }

  @Test
  void withBothSidesBlindForAnHourNoTryIsCountedAndPodsAreRare() {
    Situation s = Situation.firstApply().unreachable();
    Duration waited = Duration.ZERO;
    int attempts = 0;
    while (waited.compareTo(Duration.ofHours(1)) < 0) {
      Decision decision = s.pass();
      Duration pause = decision.recheck();
      if (decision instanceof Decision.Run) {
        attempts++;
        pause = Duration.ofSeconds(10);
        String kind = "WaitingForDatabase";
        s.ended(3, Reports.refused(kind, "no server answers").text()).unreachable();
      } else {
        assertThat(s.summary()).isEqualTo("Unknown WaitingForDatabase Reconciling");
      }
      s.later(pause);
      waited = waited.plus(pause);
    }

    assertThat(attempts).isBetween(5, 30);
    assertThat(s.status().retries()).isNull();
  }

  @Test
  void theOperatorBlindAndThePodNotEndsWell() {
    Situation s = Situation.firstApply().unreachable();
    s.pass();
    s.later(120).pass();

    s.ended(0, Reports.applied(List.of(), List.of("0001"), "0001").text()).unreachable().pass();

    assertThat(s.attempt().outcome()).hasToString("Succeeded");
    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @Test
  void aServerThatIsStartingIsWaitedForHoweverLong() {
    Situation s = Situation.firstApply().refused(Reason.WaitingForDatabase);

    s.pass();
    s.later(Duration.ofHours(5)).pass();

    assertThat(s.summary()).isEqualTo("Unknown WaitingForDatabase Reconciling");
    assertThat(s.attempt()).isNull();
  }

  @Test
  void aWrongPasswordIsTriedSlowlyAndWithoutAPod() {
    Situation s = Situation.firstApply().refused(Reason.AuthenticationFailed);

    Decision decision = s.pass();

    assertThat(s.summary()).isEqualTo("False AuthenticationFailed Reconciling");
    assertThat(decision.recheck()).isGreaterThanOrEqualTo(Duration.ofSeconds(30));
    assertThat(s.secretVersion(2).rows().decide()).isInstanceOf(Decision.Run.class);
  }

  @ParameterizedTest
  @EnumSource(names = {"PermissionDenied", "TlsFailed", "InvalidSpec"})
  void whatOnlyAPersonMendsIsStalledAndWatched(Reason reason) {
    Situation s = Situation.firstApply().refused(reason);

    Decision decision = s.pass();

    assertThat(s.summary()).isEqualTo("False " + reason + " Stalled");
    assertThat(decision.recheck()).isLessThanOrEqualTo(Duration.ofSeconds(30));
    assertThat(s.rows().decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void aStandbyIsRecognisedBeforeTheRun() {
    Situation s = Situation.firstApply().standby();

    s.pass();

    assertThat(s.summary()).isEqualTo("False NotPrimary Reconciling");
    assertThat(s.rows().decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void aSessionOfAnEarlierAttemptIsWaitedFor() {
    Situation s = Situation.firstApply().session(7, "0001");

    s.pass();

    assertThat(s.summary()).isEqualTo("False WaitingForOtherMigration Reconciling");
    assertThat(s.condition("Ready").orElseThrow().getMessage()).contains("4711");
  }

  @Test
  void lostStatusWithAJobThatRunsStartsNothingBesideIt() {
    Situation s = Situation.migrated().statusLost().rows("0002").owned(4, "orders-1a2b3-4");

    s.pass();

    assertThat(s.summary()).isEqualTo("False WaitingForOtherMigration Reconciling");
    assertThat(s.condition("Ready").orElseThrow().getMessage()).contains("orders-1a2b3-4");
  }

  @Test
  void lostStatusWithFinishedJobsGoesOnAboveTheirNumbers() {
    Situation s = Situation.migrated().statusLost().rows("0002").owned(4, null);

    Decision.Run run = (Decision.Run) s.pass();
    s.rows("0002").ended(0, Reports.upToDate("0002").text()).pass();

    assertThat(run.request().attempt()).isEqualTo(5);
    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(s.status().history()).isEmpty();
  }

  private static String upgraded() {
    return Reports.applied(List.of("0002"), List.of("0003"), "0003").text();
  }
}

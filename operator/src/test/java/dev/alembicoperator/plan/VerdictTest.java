package dev.alembicoperator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.api.v1alpha1.Reason;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an ended attempt is judged to be. */
class VerdictTest {

  private static Reports upgraded() {
    return Reports.applied(List.of("0002"), List.of("0003"), "0003");
  }

  // Success

  @Test
  void successIsConfirmedByTheRows() {
    Situation s = Situation.upgrading().rows("0003").ended(0, upgraded().text());

    s.pass();

    assertThat(s.attempt().outcome()).isEqualTo(Outcome.Succeeded);
    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(s.status().history().getFirst().to()).containsExactly("0003");
  }

  @Test
  void successThatCannotBeConfirmedYetWaits() {
    Situation s = Situation.upgrading().ended(0, upgraded().text()).unreachable();

    s.pass();
    assertThat(s.summary()).isEqualTo("Unknown WaitingForDatabase Reconciling");
    assertThat(s.attempt().outcome()).isNull();
    assertThat(s.later(600).decide().recheck()).hasSeconds(30);

    s.rows("0003").pass();
    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @Test
  void aStandbyThatLagsDoesNotDenyASuccess() {
    Situation s = Situation.upgrading().ended(0, upgraded().text()).standby("0002");

    assertThat(s.decide()).isInstanceOf(Decision.Wait.class);
    s.standby("0003").pass();
    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @Test
  void whereTheOperatorNeverLooksTheReportsOwnRowsDecide() {
    Situation s = Situation.upgrading().neverLooks().ended(0, upgraded().text());

    s.pass();

    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(s.status().currentRevision()).isEqualTo("0003");
  }

  @Test
  void somebodyElseWhoMigratedAtTheSameTimeIsTold() {
    Situation s = Situation.upgrading().rows("0004").ended(0, upgraded().text());

    s.pass();

    assertThat(s.summary()).isEqualTo("False Drifted Stalled");
    assertThat(s.pass()).isInstanceOf(Decision.Refuse.class);
    assertThat(s.rows("0003").decide()).isInstanceOf(Decision.Run.class);
  }

  // Forgery

  static Stream<Reports> reportsThatContradictThemselves() {
    return Stream.of(
        upgraded().with("expected", null),
        upgraded().with("outcome", null),
        upgraded().with("outcome", "planned"),
        upgraded().with("outcome", "failed"),
        upgraded().with("action", "status"));
  }

  @ParameterizedTest
  @MethodSource("reportsThatContradictThemselves")
  void aReportThatClaimsSuccessWithoutShowingItIsNotBelieved(Reports forged) {
    Situation s = Situation.upgrading().rows("0003").ended(0, forged.text());

    s.pass();

    assertThat(s.summary()).isEqualTo("False EnvUnsupported Stalled");
    assertThat(s.attempt().message()).contains("/dev/termination-log");
  }

  @Test
  void aReportWhoseOwnRowsDifferIsNotBelievedWhereNobodyElseCanLook() {
    Situation s =
        Situation.upgrading()
            .neverLooks()
            .ended(0, upgraded().with("after", List.of("0002")).text());

    s.pass();

    assertThat(s.summary()).isEqualTo("False EnvUnsupported Stalled");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0002", "0003"})
  void aReportAboutAnotherDatabaseIsWrongDatabaseWhateverItsRows(String rows) {
    Situation s = Situation.upgrading().rows(rows).ended(0, upgraded().database("1/1").text());

    s.pass();

    assertThat(s.summary()).isEqualTo("False WrongDatabase Stalled");
    assertThat(s.status().applied().revisions()).containsExactly("0002");
    assertThat(s.pass()).isInstanceOf(Decision.Refuse.class);
  }

  @Test
  void aClaimThatTheRowsDenyIsWrongDatabaseWhereNoIdentityIsKnown() {
    Situation s = Situation.upgrading().identity(null, "0002").ended(0, upgraded().text());

    s.pass();

    assertThat(s.summary()).isEqualTo("False WrongDatabase Stalled");
  }

  @Test
  void rowsThatShowTheSuccessAreEnoughWhereNoIdentityIsKnown() {
    Situation s = Situation.upgrading().identity(null, "0003").ended(0, upgraded().text());

    s.pass();

    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hello", "{\"version\":2}", "[1]", "{\"version\":1,\"action\":[]}"})
  void garbageIsNoReportAndMeansThatNobodyKnows(String garbage) {
    Situation s = Situation.upgrading().rows("0002").ended(0, garbage);

    s.pass();

    assertThat(s.summary()).isEqualTo("False PodMisconfigured Stalled");
    assertThat(s.attempt().message()).contains("half-done", "kubectl logs");
    assertThat(s.attempt().message()).doesNotContain(garbage);
  }

  @Test
  void anOversizedReportIsNone() {
    Situation s =
        Situation.upgrading()
            .rows("0003")
            .ended(0, upgraded().with("padding", "x".repeat(4096)).text());

    s.pass();

    assertThat(s.attempt().outcome()).isEqualTo(Outcome.Lost);
  }

  @Test
  void aKindThatOnlyTheOperatorFindsOutIsNotAccepted() {
    Situation s =
        Situation.upgrading()
            .rows("0002")
            .ended(1, Reports.failed("UpToDate", "all is well", "0003").text());

    s.pass();

    assertThat(s.summary()).isEqualTo("False MigrationFailed Stalled");
  }

  // Failure

  @Test
  void aFailedMigrationIsToldAndNotRepeated() {
    Situation s = Situation.upgrading().rows("0002");
    s.ended(1, Reports.failed("MigrationFailed", "relation is missing", "0003").text());

    s.pass();

    assertThat(s.summary()).isEqualTo("False MigrationFailed Stalled");
    assertThat(s.condition("Ready").orElseThrow().getMessage())
        .isEqualTo("Revision \"0003\": relation is missing.");
    assertThat(s.noJob().later(90_000).decide()).isInstanceOf(Decision.Refuse.class);
    assertThat(s.image("registry.example/orders:3").decide()).isInstanceOf(Decision.Run.class);
  }

  static Stream<Reason> kinds() {
    return Arrays.stream(Reason.values()).filter(Reason::isReportedByRunner);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void everyKindOfARunnerReachesItsReason(Reason reason) {
    Situation s = Situation.upgrading().rows("0002");

    s.ended(3, Reports.refused(reason.name(), "it does not go; mend it").text()).pass();

    assertThat(s.attempt().reason()).isEqualTo(reason.name());
    boolean again = s.status().nextAttemptTime() != null;
    boolean byItself =
        switch (reason.retry()) {
          case ALWAYS, SLOWLY, WITHIN_LIMIT, ONCE -> true;
          case WATCHED -> reason == Reason.NotPrimary;
          case NEVER -> false;
        };
    assertThat(again).isEqualTo(byItself);
    assertThat(s.condition("Stalled").isPresent()).isEqualTo(!byItself);
  }

  @ParameterizedTest
  @ValueSource(strings = {"NoMigrations", "DatabaseAhead", "UnversionedDatabase", "MultipleHeads"})
  void aRefusalBeforeTheFirstStepIsNoHistory(String kind) {
    Situation s = Situation.upgrading().rows("0002");

    s.ended(3, Reports.refused(kind, "no").text()).pass();

    assertThat(s.status().history()).hasSize(1);
  }

  @Test
  void anOlderImageAloneIsDatabaseAheadAndWatched() {
    Situation s = Situation.migrated().image("registry.example/orders:0").rows("0002");
    s.pass();
    s.rows("0002").ended(3, Reports.refused("DatabaseAhead", "0002 is unknown").text());

    Decision refused = s.pass();

    assertThat(s.summary()).isEqualTo("False DatabaseAhead Stalled");
    assertThat(refused.recheck()).hasSeconds(30);
    assertThat(s.noJob().rows("0001").decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void aWatchedFailureThatHadCommittedSomeIsNotRepeatedForItsOwnRows() {
    Situation s = Situation.upgrading().rows("0003");
    s.ended(
            1,
            Reports.failed("PermissionDenied", "must be owner", "0004")
                .with("after", List.of("0003"))
                .with(
                    "applied", List.of(Map.of("revision", "0003", "seconds", 1, "committed", true)))
                .with("appliedCount", 1)
                .text())
        .pass();

    assertThat(s.noJob().decide()).isInstanceOf(Decision.Refuse.class);
    assertThat(s.rows("0002").decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void aHalfAppliedRevisionBlocksEvenANewSpecUntilAPersonAsks() {
    Situation s = Situation.upgrading().rows("0002");
    s.ended(
            1,
            Reports.failed("DataViolation", "duplicate", "0003").with("halfApplied", "yes").text())
        .pass();

    assertThat(s.summary()).isEqualTo("False PartiallyApplied Stalled");
    assertThat(s.attempt().outcome()).isEqualTo(Outcome.PartiallyApplied);
    assertThat(s.noJob().image("registry.example/orders:3").decide())
        .isInstanceOf(Decision.Refuse.class);
    assertThat(s.retry("mended").decide()).isInstanceOf(Decision.Run.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"WaitingForDatabase", "WaitingForLock", "Retrying", "NotPrimary"})
  void aPassingCauseThatMayHaveLeftSomethingIsAPersonsBusiness(String kind) {
    Situation s = Situation.upgrading().rows("0002");
    s.ended(
            1,
            Reports.failed(kind, "connection lost", "0003").with("halfApplied", "possible").text())
        .pass();

    assertThat(s.summary()).isEqualTo("False PartiallyApplied Stalled");
    assertThat(s.condition("Ready").orElseThrow().getMessage())
        .startsWith("Revision \"0003\": connection lost. A step may be half-done.")
        .contains("alembic-operator.dev/retry");
    assertThat(s.later(9000).decide()).isInstanceOf(Decision.Refuse.class);
  }

  @Test
  void leftoversAreToldAsThat() {
    Situation s = Situation.upgrading().rows("0003");
    s.ended(1, Reports.failed("LeftoversFound", "invalid index", "0003").text()).pass();

    assertThat(s.summary()).isEqualTo("False LeftoversFound Stalled");
    assertThat(s.noJob().image("registry.example/orders:3").decide())
        .isInstanceOf(Decision.Refuse.class);
  }

  @Test
  void aFailureWhoseSessionStillWorksIsWaitedFor() {
    Situation s = Situation.upgrading().session(2, "0003");
    s.ended(1, Reports.failed("MigrationFailed", "no", "0003").text());

    assertThat(s.decide()).isInstanceOf(Decision.Wait.class);
  }

  // Death

  @ParameterizedTest(name = "exit code {0}, {1}")
  @CsvSource({
    "137, OOMKilled, OutOfMemory, spec.pod.resources.limits.memory",
    "137, Error, JobLost, 137",
    "143, Error, JobLost, 143",
    "127, Error, PythonNotFound, spec.alembic.python",
    "126, Error, PythonNotFound, spec.alembic.python",
    "128, StartError, PythonNotFound, spec.alembic.python",
    "1, Error, PodMisconfigured, kubectl logs",
    "0, Completed, PodMisconfigured, kubectl logs"
  })
  void aDeathWithoutAReportIsToldByItsCause(
      int code, String reason, String expected, String message) {
    Situation s = Situation.upgrading().rows("0002");

    s.ended(code, reason, "").pass();

    assertThat(s.attempt().reason()).isEqualTo(expected);
    assertThat(s.attempt().message()).contains(message, "nothing is half-done");
  }

  @Test
  void theRuntimesOwnWordsAreNoReportOfTheProcess() {
    Situation s = Situation.upgrading().rows("0002");

    s.ended(128, "StartError", "exec: \"/bin/sh\": no such file or directory").pass();

    assertThat(s.summary()).isEqualTo("False PythonNotFound Stalled");
    assertThat(s.attempt().message()).contains("nothing is half-done");
  }

  @Test
  void aKilledRunThatChangedNothingIsRetriedOnce() {
    Situation s = Situation.upgrading().rows("0002");

    s.ended(137, Reports.died("0003").text()).pass();

    assertThat(s.summary()).isEqualTo("False JobLost Reconciling");
    assertThat(s.later(10).noJob().decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void aKilledRunWhoseSessionLivesIsNotRepeatedBeforeItEnds() {
    Situation s = Situation.upgrading().session(2, "0003");

    s.ended(137, Reports.died("0003").text()).pass();
    assertThat(s.summary()).isEqualTo("False Running Reconciling");
    assertThat(s.condition("Ready").orElseThrow().getMessage()).contains("pid 4711");

    s.rows("0002").pass();
    assertThat(s.summary()).isEqualTo("False JobLost Reconciling");
  }

  @Test
  void aKilledRunThatMayHaveLeftSomethingIsNotRepeated() {
    Situation s = Situation.upgrading().rows("0002");

    s.ended(137, Reports.died("0003").with("halfApplied", "possible").text()).pass();

    assertThat(s.summary()).isEqualTo("False JobLost Stalled");
    assertThat(s.later(9000).decide()).isInstanceOf(Decision.Refuse.class);
    assertThat(s.status().history()).hasSize(2);
  }

  @Test
  void aKilledRunThatHadReachedTheTargetIsASuccess() {
    Situation s = Situation.upgrading().rows("0004");

    s.ended(137, Reports.died("0004").text()).pass();

    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(s.status().history().getFirst().revisions()).hasSize(1);
  }

  @Test
  void anEvictedPodIsToldAsThat() {
    Situation s = Situation.upgrading().rows("0002");

    s.trouble("Evicted", "low on memory").pass();

    assertThat(s.summary()).isEqualTo("False Evicted Reconciling");
  }

  @Test
  void aJobThatRanIntoItsDeadlineIsToldAsThat() {
    Situation s = Situation.upgrading().rows("0002").created().jobFailed("DeadlineExceeded");

    s.pass();

    assertThat(s.attempt().reason()).isEqualTo("DeadlineExceeded");
    assertThat(s.attempt().message()).contains("spec.timeouts.run");
  }

  @Test
  void aDeathWaitsForTheDatabaseToTellWhatItLeft() {
    Situation s = Situation.upgrading().ended(137, Reports.died("0003").text()).unreachable();

    s.pass();
    assertThat(s.summary()).isEqualTo("Unknown WaitingForDatabase Reconciling");

    s.rows("0002").pass();
    assertThat(s.summary()).isEqualTo("False JobLost Reconciling");
  }

  @Test
  void aBlindAttemptsDeathIsNotWaitedForForEver() {
    Situation s = Situation.firstApply().unreachable();
    s.pass();
    s.later(120).pass();

    s.ended(137, "OOMKilled", Reports.died("0001").text()).unreachable().pass();

    assertThat(s.attempt().reason()).isEqualTo("OutOfMemory");
  }

  @Test
  void whereNobodyCanLookADeathWithoutAReportIsAPersonsBusiness() {
    Situation s = Situation.upgrading().neverLooks().created().jobFailed("BackoffLimitExceeded");

    s.pass();

    assertThat(s.summary()).isEqualTo("False JobLost Stalled");
    assertThat(s.attempt().message()).contains("half-done");
  }
}

package dev.alembicoperator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.AlembicBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpecBuilder;
import dev.alembicoperator.api.v1alpha1.PodBuilder;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.api.v1alpha1.TimeoutsBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** When no pod is needed, and when one is. */
class GoalTest {

  private static final String DIGEST = "@sha256:" + "a".repeat(64);

  @Test
  void theSameResourceAppliedAgainNeedsNoPod() {
    Situation s = Situation.migrated().rows("0002");

    Decision decision = s.pass();

    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(decision.recheck()).isEqualTo(PlanSettings.defaults().checkInterval());
  }

  static Stream<Arguments> editsThatNeedNoPod() {
    return Stream.of(
        edit("a limit", b -> b.timeouts(TimeoutsBuilder.builder().lock("9s").build())),
        edit("the history's limit", b -> b.historyLimit(3)),
        edit("an empty alembic", b -> b.alembic(AlembicBuilder.builder().build())),
        edit("a node", b -> b.pod(PodBuilder.builder().priorityClassName("low").build())),
        edit("head in words", b -> b.target("head")),
        edit("a pull secret", b -> b.imagePullPolicy("Always")));
  }

  static Stream<Arguments> editsThatNeedAPod() {
    return Stream.of(
        edit("another tag", b -> b.image("registry.example/orders:2")),
        edit("the tag's digest", b -> b.image("registry.example/orders:1" + DIGEST)),
        edit("another target", b -> b.target("0001")),
        edit("an x argument", b -> b.alembic(alembic().xArguments(List.of("tenant=a")).build())),
        edit("a variable", b -> b.pod(pod().env(List.of(new EnvVar("A", "b", null))).build())));
  }

  private static AlembicBuilder alembic() {
    return AlembicBuilder.builder();
  }

  private static PodBuilder pod() {
    return PodBuilder.builder();
  }

  private static Arguments edit(String what, UnaryOperator<DatabaseMigrationSpecBuilder> edit) {
    return Arguments.of(what, edit);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("editsThatNeedNoPod")
  void whatDoesNotReachTheDatabaseNeedsNoPod(
      String what, UnaryOperator<DatabaseMigrationSpecBuilder> edit) {
    Situation s = Situation.migrated().rows("0002").spec(edit);

    s.pass();

    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(s.status().observedGeneration()).isEqualTo(2);
    assertThat(s.status().targetRevision()).isEqualTo("0002");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("editsThatNeedAPod")
  void whatMayChangeTheGoalNeedsAPod(
      String what, UnaryOperator<DatabaseMigrationSpecBuilder> edit) {
    Situation s = Situation.migrated().rows("0002").spec(edit);

    assertThat(s.decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void aChangedTagWithTheSameContentNeedsOnePodAndNoHistoryEntry() {
    Situation s = Situation.migrated().image("registry.example/orders:1.0").rows("0002");

    s.pass();
    s.rows("0002").ended(0, Reports.upToDate("0002").text()).pass();

    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(s.status().history()).hasSize(1);
    assertThat(s.status().applied().image()).isEqualTo("registry.example/orders:1.0");
  }

  @Test
  void anotherNameForTheSameDigestNeedsNoPod() {
    Situation s = Situation.firstApply().image("a.example/orders:1" + DIGEST);
    s.pass();
    s.rows("0001").ended(0, Reports.applied(List.of(), List.of("0001"), "0001").text()).pass();

    s.noJob().image("mirror.example/orders:1" + DIGEST).pass();

    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @Test
  void driftIsReportedAndWatchedAndNotMended() {
    Situation s = Situation.migrated().rows("0001");

    Decision decision = s.pass();

    assertThat(s.summary()).isEqualTo("False Drifted Stalled");
    assertThat(decision.recheck()).isEqualTo(PlanSettings.defaults().checkInterval());
    assertThat(s.condition("Ready").orElseThrow().getMessage())
        .contains("\"0001\"", "\"0002\"", "alembic-operator.dev/retry");
    s.rows("0002").pass();
    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @Test
  void aDroppedVersionTableIsDrift() {
    Situation s = Situation.migrated().rows();

    s.pass();

    assertThat(s.summary()).isEqualTo("False Drifted Stalled");
    assertThat(s.status().currentRevision()).isEqualTo("base");
  }

  @Test
  void driftIsMendedWhenAPersonAsks() {
    Situation s = Situation.migrated().rows("0001").retry("1");

    assertThat(s.decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void anUnreachableDatabaseLeavesTheTruthForThreeIntervals() {
    Situation s = Situation.migrated().rows("0002");
    s.pass();

    s.unreachable().later(Duration.ofMinutes(14)).pass();
    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(s.condition("Ready").orElseThrow().getMessage()).contains("2026-03-01T08:00:00Z");

    s.later(Duration.ofMinutes(2)).pass();
    assertThat(s.summary()).isEqualTo("Unknown WaitingForDatabase");

    s.rows("0002").pass();
    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @ParameterizedTest
  @EnumSource(names = {"AuthenticationFailed", "WaitingForDatabase", "PermissionDenied"})
  void aSecretRotatedWhileIdleIsToldOnlyWhenTheTruthIsOld(Reason reason) {
    Situation s = Situation.migrated().rows("0002");
    s.pass();

    s.secretVersion(2).refused(reason).later(60).pass();
    assertThat(s.summary()).isEqualTo("True UpToDate");
    s.later(Duration.ofMinutes(20)).pass();
    assertThat(s.summary()).isEqualTo("Unknown " + reason);

    assertThat(s.rows("0002").pass()).isInstanceOf(Decision.Nothing.class);
    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @Test
  void aSecretDeletedWhileIdleIsToldOnlyWhenTheTruthIsOld() {
    Situation s = Situation.migrated().rows("0002");
    s.pass();

    s.missing(Reason.SecretNotFound).later(60).pass();
    assertThat(s.summary()).isEqualTo("True UpToDate");
    s.later(Duration.ofMinutes(20)).pass();
    assertThat(s.summary()).isEqualTo("Unknown SecretNotFound");
  }

  @Test
  void whereTheOperatorNeverLooksAnIdleResourceStaysReady() {
    Situation s = Situation.migrated().neverLooks().later(Duration.ofDays(30));

    s.pass();

    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @Test
  void whatWasAppliedForAnOlderSpecProvesNothing() {
    Situation s = Situation.upgrading().image("registry.example/orders:3").rows("0003");
    s.ended(0, Reports.applied(List.of("0002"), List.of("0003"), "0003").text());

    Decision decision = s.intend();

    assertThat(s.status().applied().specHash()).isNull();
    assertThat(s.status().applied().image()).isEqualTo("registry.example/orders:2");
    assertThat(decision).isInstanceOf(Decision.Run.class);
  }

  @Test
  void fromAToBToANoPodWhenTheRowsNeverMoved() {
    Situation s = Situation.migrated().image("registry.example/orders:bad").rows("0002");
    s.pass();
    s.rows("0002").ended(3, Reports.refused("ImportFailed", "no module").text()).pass();
    assertThat(s.summary()).isEqualTo("False ImportFailed Stalled");

    s.noJob().image("registry.example/orders:1").pass();

    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @Test
  void fromAToBToAMeetsNoOldVerdict() {
    Situation s = Situation.firstApply();
    s.pass();
    s.rows().ended(3, Reports.refused("ImportFailed", "no module").text()).pass();
    s.image("registry.example/orders:2").pass();
    s.rows().ended(3, Reports.refused("BrokenGraph", "no parent").text()).pass();

    Decision.Run again = (Decision.Run) s.noJob().image("registry.example/orders:1").decide();

    assertThat(again.request().attempt()).isEqualTo(3);
  }
}

package dev.alembicoperator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.Adopt;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.api.v1alpha1.Plan;
import dev.alembicoperator.plan.Decision;
import dev.alembicoperator.plan.Reports;
import dev.alembicoperator.plan.Situation;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Status as it is written. */
class StatusReportTest {

  private static Condition ready(Situation s) {
    return s.condition("Ready").orElseThrow();
  }

  private static List<String> revisions(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj("%04d"::formatted).toList();
  }

  private static List<Map<String, Object>> steps(int from, int to, boolean committed) {
    return revisions(from, to).stream()
        .map(r -> Map.<String, Object>of("revision", r, "seconds", 0.5, "committed", committed))
        .toList();
  }

  // Conditions

  @Test
  void theTransitionTimeMovesOnlyWhenTheStatusFlips() {
    Situation s = Situation.migrated();
    String since = ready(s).getLastTransitionTime();

    s.later(60).rows("0002").unreachable().pass();
    assertThat(ready(s).getMessage()).contains("when it was last read");
    assertThat(ready(s).getLastTransitionTime()).isEqualTo(since);

    s.later(60).rows("0001").pass();
    assertThat(ready(s).getLastTransitionTime()).isEqualTo("2026-03-01T08:02:00Z");
    String drifted = ready(s).getLastTransitionTime();
    s.later(60).image("registry.example/orders:2").rows("0001").pass();
    assertThat(ready(s).getLastTransitionTime()).isEqualTo(drifted);
  }

  @Test
  void waitingIsCountedFromItsBeginningThroughAllItsReasons() {
    Situation s = Situation.firstApply().unreachable();
    s.pass();
    s.later(30).rows().pass();
    s.later(30).running().pass();

    Condition reconciling = s.condition("Reconciling").orElseThrow();
    assertThat(reconciling.getReason()).isEqualTo("Running");
    assertThat(reconciling.getLastTransitionTime()).isEqualTo("2026-03-01T08:00:00Z");
  }

  @Test
  void anIdleLookChangesNothing() {
    Situation s = Situation.migrated().rows("0002");
    s.pass();
    DatabaseMigrationStatus before = s.status();

    s.later(Duration.ofMinutes(5)).rows("0002").pass();

    assertThat(s.status()).isEqualTo(before);
  }

  @Test
  void aStalledLookChangesNothing() {
    Situation s = Situation.upgrading().rows("0002");
    s.ended(1, Reports.failed("MigrationFailed", "no", "0003").text()).pass();
    s.noJob().pass();
    DatabaseMigrationStatus before = s.status();

    s.later(Duration.ofMinutes(5)).rows("0002").pass();

    assertThat(s.status()).isEqualTo(before);
  }

  @Test
  void statusComesBackFromTheApiServerAsItWasWritten() {
    Situation s = Situation.upgrading().rows("0002").retry("one");
    s.ended(1, Reports.failed("WaitingForLock", "busy", "0003").text()).pass();
    KubernetesSerialization json = new KubernetesSerialization();

    DatabaseMigrationStatus read =
        json.unmarshal(json.asJson(s.status()), DatabaseMigrationStatus.class);

    assertThat(read).isEqualTo(s.status());
  }

  @Test
  void theCheckTimeIsKeptToTheHour() {
    Situation s = Situation.migrated().rows("0002");
    s.pass();
    var first = s.status().lastCheckTime();

    s.later(Duration.ofMinutes(59)).rows("0002").pass();
    assertThat(s.status().lastCheckTime()).isEqualTo(first);
    s.later(Duration.ofMinutes(2)).rows("0002").pass();
    assertThat(s.status().lastCheckTime()).isEqualTo(s.now());
  }

  // What was learned

  @Test
  void aSuccessIsToldWhole() {
    Situation s = Situation.migrated();

    assertThat(s.status().currentRevision()).isEqualTo("0002");
    assertThat(s.status().targetRevision()).isEqualTo("0002");
    assertThat(s.status().heads()).containsExactly("0002");
    assertThat(s.status().plan().count()).isZero();
    assertThat(s.status().database().versionTable()).isEqualTo("public.alembic_version");
    assertThat(s.status().database().identity()).isEqualTo(Reports.IDENTITY);
    assertThat(s.status().applied().imageDigest()).startsWith("registry.example/orders@sha256:");
    HistoryEntry entry = s.status().history().getFirst();
    assertThat(entry.action()).isEqualTo(HistoryEntry.Action.Upgrade);
    assertThat(entry.from()).isEmpty();
    assertThat(entry.revisions())
        .extracting(HistoryEntry.AppliedRevision::revision)
        .containsExactly("0001", "0002");
    assertThat(entry.revisions().getFirst().duration()).isEqualTo("0.250s");
    assertThat(entry.reason()).isNull();
    assertThat(entry.omitted()).isNull();
    assertThat(entry.job()).isEqualTo("orders-1a2b3-1");
  }

  @Test
  void anEmptyDatabaseIsAtBase() {
    Situation s = Situation.firstApply();

    s.pass();

    assertThat(s.status().currentRevision()).isEqualTo("base");
  }

  @Test
  void whatAnotherImageResolvedIsNotShownForThisOne() {
    Situation s = Situation.migrated().image("registry.example/orders:2").rows("0002");

    s.pass();

    assertThat(s.status().targetRevision()).isNull();
    assertThat(s.status().heads()).isEmpty();
    assertThat(s.status().plan()).isNull();
    assertThat(s.status().applied().revisions()).containsExactly("0002");
  }

  @Test
  void anOlderRunsPlanStandsWhileItRuns() {
    Situation s = Situation.upgrading().rows("0002");
    s.ended(1, Reports.failed("WaitingForLock", "busy", "0003").text()).pass();
    s.later(10).noJob().rows("0002").pass();

    s.image("registry.example/orders:3").running().pass();

    assertThat(s.status().plan().count()).isEqualTo(2);
  }

  @Test
  void afterAFailureThePlanIsWhatIsLeft() {
    Situation s = Situation.upgrading().rows("0003");
    s.ended(
            1,
            Reports.failed("MigrationFailed", "no", "0004")
                .with("after", List.of("0003"))
                .with("applied", steps(3, 3, true))
                .with("appliedCount", 1)
                .text())
        .pass();

    Plan plan = s.status().plan();
    assertThat(plan.count()).isEqualTo(1);
    assertThat(plan.revisions()).extracting(Plan.Step::revision).containsExactly("0004");
    assertThat(plan.from()).containsExactly("0003");
    assertThat(plan.digest()).startsWith("sha256:");
  }

  @Test
  void afterADeathTheRowsTellWhatIsLeft() {
    Situation s = Situation.upgrading().rows("0003");
    s.ended(
            137,
            Reports.died("0004").with("applied", steps(3, 3, false)).with("appliedCount", 1).text())
        .pass();

    assertThat(s.status().plan().count()).isEqualTo(1);
    assertThat(s.status().history().getFirst().revisions())
        .extracting(HistoryEntry.AppliedRevision::revision)
        .containsExactly("0003");
  }

  @Test
  void aLongPlanIsCutAndCounted() {
    Situation s = Situation.upgrading().rows("0002");
    s.ended(
            3,
            Reports.refused("WaitingForLock", "busy")
                .with("expected", List.of("0202"))
                .with("plan", revisions(3, 42).stream().map(r -> Map.of("revision", r)).toList())
                .with("planCount", 200)
                .text())
        .pass();

    assertThat(s.status().plan().count()).isEqualTo(200);
    assertThat(s.status().plan().revisions()).hasSize(20);
  }

  // History

  @Test
  void whatWasRolledBackIsNotListedAsApplied() {
    Situation s = Situation.upgrading().rows("0002");
    s.ended(
            1,
            Reports.failed("MigrationFailed", "no", "0004")
                .with("applied", steps(3, 3, false))
                .with("appliedCount", 1)
                .text())
        .pass();

    HistoryEntry entry = s.status().history().getFirst();
    assertThat(entry.outcome()).isEqualTo(Outcome.Failed);
    assertThat(entry.reason()).isEqualTo("MigrationFailed");
    assertThat(entry.revisions()).isEmpty();
    assertThat(entry.omitted()).isNull();
    assertThat(entry.to()).containsExactly("0002");
  }

  @Test
  void aFailureInTheFirstRevisionIsHistory() {
    Situation s = Situation.upgrading().rows("0002");

    s.ended(1, Reports.failed("MigrationFailed", "no", "0003").text()).pass();

    assertThat(s.status().history()).hasSize(2);
    assertThat(s.status().history().getFirst().message()).contains("0003");
  }

  @Test
  void aLargeRunStaysReadable() {
    Situation s = Situation.firstApply();
    s.pass();
    s.rows("0200")
        .ended(
            0,
            Reports.applied(List.of(), List.of("0200"))
                .with("applied", steps(171, 200, true))
                .with("appliedCount", 200)
                .with("planCount", 200)
                .text())
        .pass();

    HistoryEntry entry = s.status().history().getFirst();
    assertThat(entry.revisions().size() + entry.omitted()).isEqualTo(200);
    assertThat(entry.revisions()).hasSizeLessThanOrEqualTo(50);
  }

  @Test
  void theHistoryIsBoundedAndNewestFirst() {
    Situation s = Situation.migrated().spec(b -> b.historyLimit(3));
    for (int i = 3; i < 10; i++) {
      String from = "%04d".formatted(i - 1);
      String to = "%04d".formatted(i);
      s.noJob().image("registry.example/orders:" + i).rows(from).pass();
      s.rows(to).ended(0, Reports.applied(List.of(from), List.of(to), to).text()).pass();
    }

    assertThat(s.status().history()).extracting(HistoryEntry::number).containsExactly(8L, 7L, 6L);
    assertThat(s.status().applied().revisions()).containsExactly("0009");
  }

  @Test
  void forgedNumbersAreBounded() {
    Situation s = Situation.upgrading().rows("0002");
    s.ended(
            1,
            Reports.failed("MigrationFailed", "no", "0003")
                .with("planCount", Integer.MAX_VALUE)
                .with("appliedCount", -5)
                .with(
                    "applied",
                    List.of(Map.of("revision", "0003", "seconds", 1e300, "committed", true)))
                .text())
        .pass();

    assertThat(s.status().plan().count()).isBetween(0, 100_000);
    assertThat(s.status().history().getFirst().revisions())
        .allSatisfy(r -> assertThat(r.duration()).hasSizeLessThan(20));
  }

  @Test
  void messagesAreBounded() {
    Situation s = Situation.upgrading().rows("0002");

    s.ended(1, Reports.failed("MigrationFailed", "ß".repeat(950), "0003").text()).pass();

    assertThat(s.attempt().message().getBytes(java.nio.charset.StandardCharsets.UTF_8))
        .hasSizeLessThanOrEqualTo(1024);
    assertThat(ready(s).getMessage()).endsWith("…");
  }

  @Test
  void aStampIsHistoryAndSaysWhatWasStamped() {
    Situation s = Situation.firstApply().spec(b -> b.adopt(new Adopt("0002")));
    s.pass();
    s.rows("0002")
        .ended(
            0,
            Reports.applied(List.of(), List.of("0002"))
                .with("direction", "stamp")
                .with("baseline", Map.of("revision", "0002", "stamped", true))
                .text())
        .pass();

    HistoryEntry entry = s.status().history().getFirst();
    assertThat(entry.action()).isEqualTo(HistoryEntry.Action.Stamp);
    assertThat(entry.to()).containsExactly("0002");
    assertThat(entry.revisions()).isEmpty();
    assertThat(entry.message())
        .isEqualTo("Revision \"0002\" was stamped, as spec.adopt.baseline says.");
  }

  @Test
  void aStampThatIsGoneOnFromIsAnUpgrade() {
    Situation s = Situation.firstApply().spec(b -> b.adopt(new Adopt("0002")));
    s.pass();
    s.rows("0003")
        .ended(
            0,
            Reports.applied(List.of(), List.of("0003"), "0003")
                .with("baseline", Map.of("revision", "0002", "stamped", true))
                .text())
        .pass();

    HistoryEntry entry = s.status().history().getFirst();
    assertThat(entry.action()).isEqualTo(HistoryEntry.Action.Upgrade);
    assertThat(entry.message()).contains("\"0002\" was stamped");
    assertThat(entry.outcome()).isEqualTo(Outcome.Succeeded);
  }

  @Test
  void aBaselineOfNothingIsNoHistory() {
    Situation s = Situation.firstApply().spec(b -> b.adopt(new Adopt("base")));
    s.pass();
    s.rows()
        .ended(
            3,
            Reports.refused("MultipleHeads", "a, b")
                .with("baseline", Map.of("revision", "base", "stamped", false))
                .text())
        .pass();

    assertThat(s.status().history()).isEmpty();
  }

  @Test
  void theAttemptRemembersWhatItsTargetWasAndWhichImageRan() {
    Situation s = Situation.upgrading().rows("0002");

    s.ended(3, Reports.ahead("0002", "b", "a").text()).pass();

    assertThat(s.attempt().resolved()).containsExactly("a", "b");
    assertThat(s.attempt().imageDigest())
        .isEqualTo(Situation.digestOf("registry.example/orders:2"));
  }

  @Test
  void theIntentStandsBeforeTheJobAndHoldsWhatWasAsked() {
    Situation s = Situation.migrated().image("registry.example/orders:2").rows("0002");

    Decision.Run run = (Decision.Run) s.intend();

    assertThat(s.attempt().number()).isEqualTo(run.request().attempt());
    assertThat(s.attempt().job()).isEqualTo(run.request().job());
    assertThat(s.attempt().jobUID()).isNull();
    assertThat(s.attempt().outcome()).isNull();
    assertThat(s.attempt().from()).containsExactly("0002");
    assertThat(s.attempt().requested().image()).isEqualTo("registry.example/orders:2");
    assertThat(s.attempt().requested().target()).isEqualTo("head");
    assertThat(s.attempt().requested().connectionVersion()).isEqualTo("orders-db@1");
    assertThat(s.attempt().requested().database()).isEqualTo(Reports.IDENTITY);
  }
}

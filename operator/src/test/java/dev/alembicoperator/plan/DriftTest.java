package dev.alembicoperator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.Adopt;
import dev.alembicoperator.api.v1alpha1.DowngradePolicy;
import dev.alembicoperator.api.v1alpha1.Drift;
import dev.alembicoperator.api.v1alpha1.Drift.OnDrift;
import dev.alembicoperator.runner.RunRequest.Task;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody else moved the database's revision. */
class DriftTest {

  /** Long after the run that brought it to 0002. */
  private static Situation idle(OnDrift policy) {
    return Situation.migrated()
        .later(Duration.ofHours(2))
        .spec(b -> b.drift(new Drift(null, policy)));
  }

  private static String message(Situation s) {
    return s.condition("Ready").orElseThrow().getMessage();
  }

  private static void broughtBack(Situation s) {
    assertThat(s.pass()).isInstanceOf(Decision.Run.class);
    s.rows("0002")
        .ended(0, Reports.applied(List.of("0001"), List.of("0002"), "0002").text())
        .pass();
    assertThat(s.summary()).isEqualTo("True UpToDate");
    s.noJob();
  }

  @Test
  void isReportedAndLeftAsItIs() {
    for (OnDrift policy : new OnDrift[] {null, OnDrift.Report}) {
      Situation s = idle(policy).rows("0001");

      assertThat(s.pass()).isInstanceOf(Decision.Refuse.class);
      assertThat(s.summary()).isEqualTo("False Drifted Stalled");
      assertThat(message(s)).contains("\"0001\"", "\"0002\"", "spec.drift.onDrift", "/retry");
    }
  }

  @Test
  void isBroughtBackWhereThatIsWanted() {
    Situation s = idle(OnDrift.Reapply).rows("0001");

    Task task = ((Decision.Run) s.decide()).request().task();
    assertThat(task.downgrade()).isEmpty();
    broughtBack(s);
    assertThat(s.status().history()).hasSize(2);
  }

  @Test
  void saysWhyItRuns() {
    Situation s = idle(OnDrift.Reapply).rows("0001");

    s.pass();

    assertThat(message(s))
        .startsWith("The database is at \"0001\", but the last migration left it at \"0002\"")
        .contains("It is brought back.", "Attempt 2");
  }

  @Test
  void aSuspendedResourceOnlyWatches() {
    Situation s = idle(OnDrift.Reapply).rows("0001").suspend(true);

    s.pass();

    assertThat(s.summary()).isEqualTo("False Suspended Reconciling");
  }

  @Test
  void isReportedWhileItIsFoughtOver() {
    Situation s = idle(OnDrift.Reapply);
    for (int i = 0; i < Reapplication.MOST; i++) {
      broughtBack(s.later(300).rows("0001"));
    }

    Decision end = s.later(300).rows("0001").pass();

    assertThat(end).isInstanceOf(Decision.Refuse.class);
    assertThat(s.summary()).isEqualTo("False Drifted Stalled");
    assertThat(message(s)).contains("again and again", "brought back at 2026-03-01T11:05:00Z");
    broughtBack(s.later(Duration.ofMinutes(46)).rows("0001"));
  }

  @Test
  void aRequestBringsItBackAlsoThen() {
    Situation s = idle(OnDrift.Reapply);
    for (int i = 0; i < Reapplication.MOST; i++) {
      broughtBack(s.later(300).rows("0001"));
    }

    assertThat(s.rows("0001").retry("now").decide()).isInstanceOf(Decision.Run.class);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 1", "2, 2", "50, 3"})
  void aShortHistoryMakesNoEndlessFight(int limit, int runs) {
    Situation s = idle(OnDrift.Reapply).spec(b -> b.historyLimit(limit));

    for (int i = 0; i < runs; i++) {
      broughtBack(s.later(60).rows("0001"));
    }

    assertThat(s.later(60).rows("0001").decide()).isInstanceOf(Decision.Refuse.class);
  }

  @Test
  void isNotBroughtDownWithoutThePolicy() {
    Situation s = idle(OnDrift.Reapply).rows("0003");
    s.pass();

    s.rows("0003")
        .ended(3, Reports.downgradeForbidden(List.of("0003"), List.of("0002"), "0003").text())
        .pass();

    assertThat(s.summary()).isEqualTo("False DowngradeForbidden Stalled");
    assertThat(s.noJob().rows("0003").later(9000).pass()).isInstanceOf(Decision.Refuse.class);
    s.rows("0002").pass();
    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @Test
  void isBroughtDownWithIt() {
    Situation s =
        idle(OnDrift.Reapply).spec(b -> b.downgradePolicy(DowngradePolicy.ToTarget)).rows("0003");
    s.pass();

    s.rows("0003")
        .ended(3, Reports.downgradeForbidden(List.of("0003"), List.of("0002"), "0003").text());

    assertThat(((Decision.Run) s.pass()).request().task().downgrade()).isPresent();
  }

  // Rows that are gone

  private static Situation lost(String baseline) {
    Situation s =
        idle(OnDrift.Reapply).spec(b -> b.adopt(baseline == null ? null : new Adopt(baseline)));
    s.rows().pass();
    s.rows()
        .ended(3, Reports.refused("UnversionedDatabase", "It has 2 tables: \"a\", \"b\".").text())
        .pass();
    return s.noJob();
  }

  @Test
  void aLostVersionTableIsToldAsThat() {
    Situation s = lost(null);

    assertThat(s.summary()).isEqualTo("False UnversionedDatabase Stalled");
    assertThat(message(s)).contains("2 tables");
    assertThat(s.rows().later(9000).pass()).isInstanceOf(Decision.Refuse.class);
  }

  @Test
  void aBaselineThatWasLeftInTheSpecIsNotStampedAgainUnseen() {
    Situation s = lost("0001");

    assertThat(s.summary()).isEqualTo("False UnversionedDatabase Stalled");
    assertThat(message(s))
        .contains("2 tables", "lost", "\"0002\"", "spec.adopt.baseline (\"0001\")", "/retry");
  }

  @Test
  void aPersonMayHaveItAdoptedAgain() {
    Situation s = lost("0001").spec(b -> b.adopt(new Adopt("0002")));

    Task told = ((Decision.Run) s.rows().decide()).request().task();
    assertThat(told.baseline()).as("an edit alone may be about something else").isEmpty();
    Task task = ((Decision.Run) s.retry("yes").rows().pass()).request().task();
    assertThat(task.baseline()).contains("0002");
    assertThat(s.status().applied()).isNull();
  }

  @Test
  void rowsThatAreBackAreNotForgottenByARequest() {
    Situation s = lost("0001");

    s.rows("0002").retry("yes").pass();

    assertThat(s.attempt().requested().image()).isEqualTo("registry.example/orders:1");
    assertThat(s.status().applied()).isNotNull();
  }

  // The interval

  @Test
  void theIntervalIsTheResourcesOwn() {
    Situation s = Situation.migrated().spec(b -> b.drift(new Drift("30s", null))).rows("0002");

    assertThat(s.pass().recheck()).hasSeconds(30);
    s.rows("0001");
    assertThat(s.pass().recheck()).hasSeconds(30);
    s.rows("0002").pass();
    s.unreachable().later(80).pass();
    assertThat(s.summary()).isEqualTo("True UpToDate");
    s.later(20).pass();
    assertThat(s.summary()).isEqualTo("Unknown WaitingForDatabase");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "5", "1.5h"})
  void anIntervalThatIsNoneIsTold(String interval) {
    Situation s = Situation.migrated().spec(b -> b.drift(new Drift(interval, null))).rows("0002");

    s.pass();

    assertThat(s.summary()).isEqualTo("False InvalidSpec Stalled");
    assertThat(message(s)).contains("spec.drift.interval");
  }

  @Test
  void lookingMoreOftenIsNoNewRun() {
    Situation s = Situation.upgrading().rows("0002");
    s.ended(1, Reports.failed("MigrationFailed", "no", "0003").text()).pass();

    s.noJob().rows("0002").spec(b -> b.drift(new Drift("10s", OnDrift.Reapply)));

    assertThat(s.pass()).isInstanceOf(Decision.Refuse.class);
  }
}

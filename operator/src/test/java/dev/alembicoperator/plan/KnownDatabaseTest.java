package dev.alembicoperator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.Adopt;
import dev.alembicoperator.api.v1alpha1.DowngradePolicy;
import dev.alembicoperator.api.v1alpha1.Drift;
import dev.alembicoperator.runner.RunRequest;
import dev.alembicoperator.runner.RunRequest.Task;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Adoption, and a connection that leads to another database than before. */
class KnownDatabaseTest {

  private static final String OTHER = "7300000000000000001/16384";

  private static String message(Situation s) {
    return s.condition("Ready").orElseThrow().getMessage();
  }

  private static Task task(Decision decision) {
    return ((Decision.Run) decision).request().task();
  }

  private static String unversioned() {
    return Reports.refused("UnversionedDatabase", "It has 2 tables: \"a\", \"b\".")
        .database(OTHER)
        .text();
  }

  // Adoption

  @Test
  void aDatabaseWithTablesAndNoVersionIsReportedAndNeverTouched() {
    Situation s = Situation.firstApply();
    s.pass();

    s.rows().ended(3, unversioned()).pass();

    assertThat(s.summary()).isEqualTo("False UnversionedDatabase Stalled");
    assertThat(message(s)).contains("\"a\", \"b\"");
    assertThat(s.noJob().rows().later(9000).pass()).isInstanceOf(Decision.Refuse.class);
  }

  @Test
  void aBaselineIsGivenAndMakesARefusedRunBeTriedAgain() {
    Situation s = Situation.firstApply();
    assertThat(task(s.pass()).baseline()).isEmpty();
    s.rows().ended(3, unversioned()).pass();

    s.noJob().rows().spec(b -> b.adopt(new Adopt("0001")));
    RunRequest intended = ((Decision.Run) s.intend()).request();

    assertThat(intended.task().baseline()).contains("0001");
    assertThat(((Decision.Run) s.later(9).pass()).request()).isEqualTo(intended);
  }

  @Test
  void onceAppliedABaselineIsNoWishAnyMore() {
    Situation s = Situation.migrated().rows("0002").spec(b -> b.adopt(new Adopt("0001")));

    s.pass();
    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(s.status().observedGeneration()).isEqualTo(2);

    assertThat(task(s.image("registry.example/orders:2").pass()).baseline()).isEmpty();
  }

  @Test
  void whatWasAppliedKnowsItsDatabase() {
    Situation s = Situation.migrated();

    assertThat(s.status().applied().database()).isEqualTo(Reports.IDENTITY);
  }

  // Another database

  @Test
  void aPlainUpgradeGoesOnInAnotherDatabase() {
    Situation s = Situation.migrated().identity(OTHER, "0001").image("registry.example/orders:2");

    assertThat(task(s.pass()).downgrade()).isEmpty();
    s.identity(OTHER, "0003")
        .ended(
            0,
            Reports.applied(List.of("0001"), List.of("0003"), "0002", "0003")
                .database(OTHER)
                .text())
        .pass();

    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(s.status().applied().database()).isEqualTo(OTHER);
  }

  @Test
  void anIdleResourceWhoseRowsAreRightStaysReady() {
    Situation s = Situation.migrated().identity(OTHER, "0002");

    s.pass();

    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(s.status().database().identity()).isEqualTo(OTHER);
  }

  @Test
  void anIdleResourceWhoseRowsAreOthersAsksAPerson() {
    for (Drift.OnDrift policy : Drift.OnDrift.values()) {
      Situation s =
          Situation.migrated().spec(b -> b.drift(new Drift(null, policy))).identity(OTHER, "0001");

      s.later(9000).pass();

      assertThat(s.summary()).isEqualTo("False DatabaseChanged Stalled");
      assertThat(message(s)).contains(OTHER, Reports.IDENTITY, "Secret", "/retry");
      assertThat(s.identity(OTHER, "0001").retry("yes").decide()).isInstanceOf(Decision.Run.class);
    }
  }

  @Test
  void aDowngradeOfAnotherDatabaseAsksAPerson() {
    List<String> from = List.of("0002");
    List<String> to = List.of("0001");
    String report = Reports.downgradeForbidden(from, to, "0002").database(OTHER).text();
    Situation s =
        Situation.migrated()
            .spec(b -> b.target("0001").downgradePolicy(DowngradePolicy.ToTarget))
            .identity(OTHER, "0002");
    s.pass();

    s.identity(OTHER, "0002").ended(3, report).pass();
    assertThat(s.summary()).isEqualTo("False DatabaseChanged Stalled");
    assertThat(message(s)).contains("a downgrade", OTHER, "/retry");
    assertThat(s.noJob().identity(OTHER, "0002").later(9000).pass())
        .isInstanceOf(Decision.Refuse.class);

    assertThat(task(s.retry("meant").pass()).downgrade()).isEmpty();
    assertThat(s.status().applied().database()).as("accepted").isEqualTo(OTHER);
    assertThat(task(s.identity(OTHER, "0002").ended(3, report).pass()).downgrade()).isPresent();
  }

  @Test
  void aRequestOfBeforeAcceptsNothing() {
    Situation s =
        Situation.migrated()
            .spec(b -> b.target("0001").downgradePolicy(DowngradePolicy.ToTarget))
            .identity(OTHER, "0002")
            .retry("for another reason");

    s.pass();
    s.identity(OTHER, "0002")
        .ended(
            3,
            Reports.downgradeForbidden(List.of("0002"), List.of("0001"), "0002")
                .database(OTHER)
                .text())
        .pass();

    assertThat(s.summary()).isEqualTo("False DatabaseChanged Stalled");
  }

  @Test
  void aRollbackOfAnotherDatabaseAsksAPerson() {
    Situation s =
        Situation.migrated()
            .spec(
                b -> b.image("registry.example/orders:0").downgradePolicy(DowngradePolicy.ToImage))
            .identity(OTHER, "0002");
    s.pass();

    s.identity(OTHER, "0002").ended(3, Reports.ahead("0002", "0001").database(OTHER).text()).pass();

    assertThat(s.summary()).isEqualTo("False DatabaseChanged Stalled");
  }

  @Test
  void aBaselineForAnotherDatabaseAsksAPerson() {
    Situation s =
        Situation.migrated()
            .spec(b -> b.image("registry.example/orders:2").adopt(new Adopt("0001")))
            .identity(OTHER);
    assertThat(task(s.pass()).baseline()).isEmpty();
    s.identity(OTHER).ended(3, unversioned()).pass();
    assertThat(s.summary()).isEqualTo("False DatabaseChanged Stalled");
    assertThat(message(s)).contains("\"a\", \"b\"", "a baseline", "/retry");

    assertThat(task(s.noJob().identity(OTHER).retry("meant").pass()).baseline()).contains("0001");
  }

  @Test
  void whereNoIdentityIsKnownNothingIsHeldBack() {
    Situation s = Situation.migrated().identity(null, "0001");

    s.pass();

    assertThat(s.summary()).isEqualTo("False Drifted Stalled");
  }
}

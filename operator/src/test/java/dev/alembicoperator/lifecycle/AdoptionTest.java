package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.testing.TestPostgres;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Scenario 6: a database with tables and no version table. */
class AdoptionTest {

  private final World world = World.start();
  private final TestPostgres.Database database = world.database("orders");

  /** What three revisions would have made, made by hand; of which the image knows four. */
  @BeforeEach
  void grownByHand() {
    world.image("example/orders:1", tables(1, 4));
    for (int n = 1; n <= 3; n++) {
      World.execute(database, "CREATE TABLE t%d (id integer)".formatted(n));
    }
    World.execute(
        database,
        "CREATE TABLE audit (revision text NOT NULL, at timestamptz DEFAULT clock_timestamp())");
  }

  @AfterEach
  void close() {
    world.close();
  }

  /** Revisions that say what they make, as most do. */
  private AlembicProject tables(int from, int to) {
    AlembicProject project = world.project();
    for (int n = from; n <= to; n++) {
      project.revision(
          n,
          """
          import sqlalchemy
          op.create_table('t%d', sqlalchemy.Column('id', sqlalchemy.Integer))
          """
              .formatted(n));
    }
    return project;
  }

  private void refused() {
    world.apply("orders", "example/orders:1");
    DatabaseMigrationStatus status = world.awaitReason("orders", "UnversionedDatabase");
    assertThat(World.message(status)).contains("t1", "t2", "t3", "adopt.baseline");
    assertThat(World.has(status, "Stalled")).isTrue();
  }

  @Test
  void isReportedAndNeverTouched() {
    refused();
    world.settle();

    assertThat(World.tables(database)).containsExactly("audit", "t1", "t2", "t3");
    assertThat(world.jobsStarted()).isOne();
  }

  @Test
  void isStampedAndThenUpgraded() {
    refused();

    world.apply("orders", "example/orders:1", "adopt: {baseline: \"0003\"}");

    DatabaseMigrationStatus status = world.awaitReady("orders");
    assertThat(World.rows(database)).containsExactly("0004");
    assertThat(World.audit(database)).containsExactly("0004");
    HistoryEntry entry = status.history().getFirst();
    assertThat(entry.action()).isEqualTo(HistoryEntry.Action.Upgrade);
    assertThat(entry.message()).contains("\"0003\" was stamped");
  }

  @Test
  void isOnlyStampedWhereThatIsAll() {
    world.apply("orders", "example/orders:1", "target: \"0003\"", "adopt: {baseline: \"0003\"}");

    DatabaseMigrationStatus status = world.awaitReady("orders");

    assertThat(World.rows(database)).containsExactly("0003");
    assertThat(World.audit(database)).isEmpty();
    assertThat(status.history().getFirst().action()).isEqualTo(HistoryEntry.Action.Stamp);
    int jobs = world.jobsStarted();
    world.apply("orders", "example/orders:1", "target: \"0003\"");
    world.awaitReady("orders");
    world.settle();
    assertThat(world.jobsStarted()).as("no wish any more once it is done").isEqualTo(jobs);
  }

  @Test
  void aBaselineThatTheDatabaseContradictsIsRefused() {
    world.apply("orders", "example/orders:1", "adopt: {baseline: \"0004\"}");

    DatabaseMigrationStatus status = world.awaitReason("orders", "UnversionedDatabase");

    assertThat(World.message(status)).contains("t4", "adopt.baseline");
    assertThat(World.tables(database)).doesNotContain("alembic_version");
  }

  @Test
  void tablesOfSomebodyElseStandBeside() {
    World.execute(database, "DROP TABLE audit, t1, t2, t3");
    World.execute(database, "CREATE TABLE theirs (id integer)");

    world.apply("orders", "example/orders:1", "adopt: {baseline: base}");

    world.awaitReady("orders");
    assertThat(World.tables(database)).contains("theirs", "t1", "t4");
    assertThat(World.audit(database)).containsExactly("0001", "0002", "0003", "0004");
  }
}

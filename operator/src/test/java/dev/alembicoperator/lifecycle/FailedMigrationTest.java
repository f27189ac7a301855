package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.api.v1alpha1.HistoryEntry.AppliedRevision;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.api.v1alpha1.Plan;
import dev.alembicoperator.testing.TestPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Scenarios 12 to 15, 17 and 18: what goes wrong inside of a migration. */
class FailedMigrationTest {

  private static final String BROKEN = "op.execute('CREATE TABEL t3 (id integer)')";

  private final World world = World.start();
  private final TestPostgres.Database database = world.database("orders");

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void anErrorInOneTransactionLeavesNothingAndIsNotRepeated() {
    world
        .image("example/orders:1", world.project().revisions(1, 5).revision(3, BROKEN))
        .apply("orders", "example/orders:1");

    DatabaseMigrationStatus status =
        failed("MigrationFailed", 1, "\"0003\"", "syntax error at or near \"TABEL\"");

    assertThat(status.currentRevision()).isEqualTo("base");
    assertThat(status.plan().count()).isEqualTo(5);
    assertThat(status.targetRevision()).isEqualTo("0005");
    HistoryEntry entry = status.history().getFirst();
    assertThat(entry.outcome()).isEqualTo(Outcome.Failed);
    assertThat(entry.reason()).isEqualTo("MigrationFailed");
    assertThat(entry.revisions()).as("what was rolled back is not applied").isEmpty();
    assertThat(World.tables(database)).doesNotContain("t1", "t2", "audit");

    world
        .image("example/orders:2", world.project().revisions(1, 5))
        .apply("orders", "example/orders:2");
    DatabaseMigrationStatus healed = world.awaitReady("orders");
    assertThat(healed.history())
        .extracting(HistoryEntry::outcome)
        .containsExactly(Outcome.Succeeded, Outcome.Failed);
    assertThat(World.audit(database)).containsExactly("0001", "0002", "0003", "0004", "0005");
  }

  @Test
  void anErrorWithATransactionForEachMigrationKeepsWhatWasCommitted() {
    world
        .image(
            "example/orders:1",
            world.project().transactionPerMigration().revisions(1, 5).revision(3, BROKEN))
        .apply("orders", "example/orders:1");

    DatabaseMigrationStatus status = failed("MigrationFailed", 1, "\"0003\"");

    assertThat(status.currentRevision()).isEqualTo("0002");
    assertThat(status.plan().from()).containsExactly("0002");
    assertThat(status.plan().count()).isEqualTo(3);
    assertThat(status.plan().revisions())
        .extracting(Plan.Step::revision)
        .containsExactly("0003", "0004", "0005");
    HistoryEntry entry = status.history().getFirst();
    assertThat(entry.from()).isEmpty();
    assertThat(entry.to()).containsExactly("0002");
    assertThat(entry.revisions())
        .extracting(AppliedRevision::revision)
        .containsExactly("0001", "0002");
    assertThat(World.rows(database)).containsExactly("0002");
    assertThat(World.tables(database)).contains("t1", "t2").doesNotContain("t3");

    world
        .image("example/orders:2", world.project().transactionPerMigration().revisions(1, 5))
        .apply("orders", "example/orders:2");
    world.awaitReady("orders");
    assertThat(World.audit(database)).containsExactly("0001", "0002", "0003", "0004", "0005");
  }

  @Test
  void anEnvPyThatNeverCommitsIsFoundOut() {
    world
        .image(
            "example/orders:1",
            world
                .project()
                .revisions(1, 2)
                .env(
                    """
                    import os
                    from alembic import context
                    from sqlalchemy import create_engine, pool, text

                    engine = create_engine(os.environ["DATABASE_URL"], poolclass=pool.NullPool)
                    with engine.connect() as connection:
                        connection.execute(text("SELECT 1"))
                        context.configure(connection=connection)
                        with context.begin_transaction():
                            context.run_migrations()
                    """))
        .apply("orders", "example/orders:1");

    DatabaseMigrationStatus status =
        failed("NotCommitted", 1, "nothing was committed", "context.configure()");

    assertThat(status.currentRevision()).isEqualTo("base");
    assertThat(status.plan().count()).isEqualTo(2);
    assertThat(World.tables(database)).isEmpty();
  }

  @Test
  void whatIsHalfAppliedWaitsForAPerson() {
    String half =
        """
        with op.get_context().autocommit_block():
            op.execute('CREATE TABLE half (id integer)')
            op.execute('CREATE TABEL other (id integer)')
        """;
    world
        .image("example/orders:1", world.project().revisions(1, 1).revision(2, half))
        .apply("orders", "example/orders:1");

    DatabaseMigrationStatus status = failed("PartiallyApplied", 1, "\"0002\"", "by hand");
    assertThat(status.currentRevision()).isEqualTo("0001");
    assertThat(status.history().getFirst().outcome()).isEqualTo(Outcome.PartiallyApplied);
    assertThat(World.tables(database)).contains("half").doesNotContain("other");

    String mended = half.replace("TABEL", "TABLE");
    world
        .image("example/orders:2", world.project().revisions(1, 1).revision(2, mended))
        .apply("orders", "example/orders:2");
    world.awaitReason("orders", "PartiallyApplied");
    world.settle();
    assertThat(world.jobsStarted()).as("a new image mends no half-applied step").isOne();

    World.execute(database, "DROP TABLE half");
    world.retry("orders", "mended");
    DatabaseMigrationStatus healed = world.awaitReady("orders");
    assertThat(healed.lastHandledRequests().retry()).isEqualTo("mended");
    assertThat(World.audit(database)).containsExactly("0001", "0002");
    assertThat(world.jobsStarted()).isEqualTo(2);
  }

  @Test
  void aLockThatSomebodyHoldsIsWaitedForAndTriedAgain() throws SQLException {
    world
        .image("example/orders:1", world.project().revisions(1, 1))
        .apply("orders", "example/orders:1");
    world.awaitReady("orders");
    String alter = "op.execute('ALTER TABLE t1 ADD COLUMN note text')";
    world.image("example/orders:2", world.project().revisions(1, 1).revision(2, alter));

    try (Connection blocker = TestPostgres.shared().connect(database);
        Statement statement = blocker.createStatement()) {
      statement.execute("SET application_name = 'a forgotten terminal'");
      blocker.setAutoCommit(false);
      statement.execute("LOCK TABLE t1 IN ACCESS SHARE MODE");
      world.apply(
          "orders",
          "example/orders:2",
          "timeouts: {lock: 3s}",
          "retry: {backoff: 1s, maxBackoff: 2s}");

      DatabaseMigrationStatus status = world.awaitReason("orders", "WaitingForLock");
      assertThat(World.has(status, "Reconciling")).isTrue();
      assertThat(World.message(status))
          .contains("\"0002\"", "lock timeout", "timeouts.lock", "Next attempt at");
      assertThat(status.retries()).isPositive();
      assertThat(status.nextAttemptTime()).isNotNull();
      assertThat(World.query(database, "SELECT count(*) FROM t1"))
          .as("traffic goes on")
          .containsExactly("0");
      Awaitility.await("the blocker is named")
          .atMost(Duration.ofSeconds(60))
          .until(this::blockerNamed);
      blocker.rollback();
    }

    DatabaseMigrationStatus status = world.awaitReady("orders");
    assertThat(status.retries()).isNull();
    assertThat(status.nextAttemptTime()).isNull();
    assertThat(world.watcher().of("orders"))
        .as("never failed while tries remain")
        .allSatisfy(v -> assertThat(v.condition("Stalled")).isNull());
    assertThat(world.events("orders", "Warning")).isEmpty();
    assertThat(World.audit(database)).containsExactly("0001", "0002");
  }

  private boolean blockerNamed() {
    return world.watcher().of("orders").stream()
        .filter(StatusWatcher.Version::told)
        .map(v -> v.status().attempt())
        .map(a -> a == null || a.progress() == null ? null : a.progress().waitingFor())
        .anyMatch(w -> w != null && w.contains("a forgotten terminal"));
  }

  @Test
  void aRunBeyondItsLimitIsStoppedInTheDatabaseToo() {
    world
        .image(
            "example/orders:1",
            world.project().revisions(1, 1).revision(2, "op.execute('SELECT pg_sleep(120)')"))
        .apply("orders", "example/orders:1", "timeouts: {run: 6s}", "retry: {backoff: 1s}");

    DatabaseMigrationStatus status =
        world.await(
            "orders",
            s -> World.has(s, "Stalled"),
            "the second and last try to reach its limit",
            Duration.ofSeconds(60));

    assertThat(World.reason(status)).isEqualTo("DeadlineExceeded");
    assertThat(World.message(status)).contains("\"0002\"", "timeouts.run");
    assertThat(status.attempt()).extracting(Attempt::outcome).isEqualTo(Outcome.Failed);
    assertThat(
            World.query(
                database,
                "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'shop/%' AND datname"
                    + " = current_database()"))
        .as("sessions left behind")
        .isEmpty();
    assertThat(World.tables(database)).doesNotContain("t1", "audit");
    world.settle();
    assertThat(world.jobsStarted()).as("one retry, since nothing is half-done").isEqualTo(2);
    assertThat(world.events("orders", "Warning")).isNotEmpty().containsOnly("DeadlineExceeded");
  }

  private DatabaseMigrationStatus failed(String reason, int jobs, String... words) {
    DatabaseMigrationStatus status = world.awaitReason("orders", reason);
    assertThat(World.has(status, "Stalled")).isTrue();
    assertThat(World.message(status)).contains(words);
    assertThat(world.events("orders", "Warning")).isEqualTo(List.of(reason));
    world.settle();
    assertThat(world.jobsStarted()).isEqualTo(jobs);
    assertThat(world.status("orders")).isEqualTo(status);
    return status;
  }
}

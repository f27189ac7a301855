package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry.AppliedRevision;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.lifecycle.AlembicProject;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Scenarios 13 to 18: what goes wrong inside of a migration. */
@EndToEnd
class MigrationFaultsIT {

  private static final String BROKEN = "op.execute('CREATE TABEL t3 (id integer)')";

  @Test
  void whatWasCommittedStays(Shop shop) {
    Database database = shop.database("orders");
    shop.apply(
        "orders",
        shop.image(
            "orders",
            "1",
            shop.project().transactionPerMigration().revisions(1, 5).revision(3, BROKEN)));

    DatabaseMigrationStatus status = stalled(shop, "MigrationFailed");

    assertThat(status.currentRevision()).isEqualTo("0002");
    assertThat(status.plan().count()).isEqualTo(3);
    assertThat(status.history().getFirst().revisions())
        .extracting(AppliedRevision::revision)
        .containsExactly("0001", "0002");
    assertThat(shop.rows(database)).containsExactly("0002");
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void whatIsHalfAppliedWaitsForAPerson(Shop shop) {
    Database database = shop.database("orders");
    String half =
        """
        with op.get_context().autocommit_block():
            op.execute('CREATE TABLE half (id integer)')
            op.execute('CREATE TABEL other (id integer)')
        """;
    shop.apply(
        "orders", shop.image("orders", "1", shop.project().revisions(1, 1).revision(2, half)));

    DatabaseMigrationStatus status = stalled(shop, "PartiallyApplied");
    assertThat(status.history().getFirst().outcome()).isEqualTo(Outcome.PartiallyApplied);
    assertThat(shop.tables(database)).contains("half");
    shop.apply(
        "orders",
        shop.image(
            "orders",
            "2",
            shop.project().revisions(1, 1).revision(2, half.replace("TABEL", "TABLE"))));
    shop.settle();
    assertThat(shop.jobs()).as("a new image mends no half-applied step").hasSize(1);

    shop.execute(database, "DROP TABLE half");
    shop.cluster()
        .run(
            "kubectl",
            "-n",
            shop.namespace(),
            "annotate",
            "dbm/orders",
            "alembic-operator.dev/retry=mended")
        .orFail();
    shop.awaitReady("orders");
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void aLockIsWaitedForAndItsHolderNamed(Shop shop) {
    Database database = shop.database("orders");
    AlembicProject project = shop.project().revisions(1, 1);
    shop.apply("orders", shop.image("orders", "1", project));
    shop.awaitReady("orders");
    String second =
        shop.image(
                "orders",
                "2",
                project.revision(2, "op.execute('ALTER TABLE t1 ADD COLUMN note text')"))
            .tagged();
    shop.cluster()
        .postgres()
        .with(
            database,
            connection -> {
              try (Statement statement = connection.createStatement()) {
                statement.execute("SET application_name = 'a forgotten terminal'");
                connection.setAutoCommit(false);
                statement.execute("LOCK TABLE t1 IN ACCESS SHARE MODE");
                shop.apply(
                    "orders",
                    second,
                    "timeouts: {lock: 3s}",
                    "retry: {backoff: 1s, maxBackoff: 2s}");
                DatabaseMigrationStatus status = shop.awaitReason("orders", "WaitingForLock");
                assertThat(Shop.has(status, "Reconciling")).isTrue();
                assertThat(Shop.message(status)).contains("\"0002\"", "timeouts.lock");
                assertThat(shop.query(database, "SELECT count(*) FROM t1"))
                    .as("traffic goes on")
                    .containsExactly("0");
                shop.await(
                    "orders",
                    s ->
                        s.attempt().progress() != null
                            && String.valueOf(s.attempt().progress().waitingFor())
                                .contains("a forgotten terminal"),
                    "the name of the blocker",
                    Shop.PATIENCE);
                connection.rollback();
              }
              return null;
            });

    shop.awaitReady("orders");
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
    assertThat(shop.events("orders", "Warning")).as("never failed").isEmpty();
  }

  @Test
  void anInvalidIndexIsReportedWithWhatMendsIt(Shop shop) {
    shop.database("orders");
    String duplicates =
        """
        op.execute('INSERT INTO t1 VALUES (1), (1)')
        with op.get_context().autocommit_block():
            op.execute('CREATE UNIQUE INDEX CONCURRENTLY t1_id ON t1 (id)')
        """;
    shop.apply(
        "orders",
        shop.image("orders", "1", shop.project().revisions(1, 1).revision(2, duplicates)));

    DatabaseMigrationStatus status =
        shop.await("orders", s -> Shop.has(s, "Stalled"), "the failed index", Shop.PATIENCE);

    assertThat(Shop.message(status)).contains("0002", "INDEX CONCURRENTLY", "t1_id");
    assertThat(Shop.ready(status)).isEqualTo("False");
    shop.settle();
    assertThat(shop.jobs()).hasSize(1);
  }

  @Test
  void anIndexBuiltConcurrentlyOutlastsTheLockTimeout(Shop shop) {
    Database database = shop.database("orders");
    AlembicProject project = shop.project().revisions(1, 1);
    shop.apply("orders", shop.image("orders", "1", project));
    shop.awaitReady("orders");
    String index =
        """
        with op.get_context().autocommit_block():
            op.execute('CREATE INDEX CONCURRENTLY t1_id ON t1 (id)')
        """;
    String second = shop.image("orders", "2", project.revision(2, index)).tagged();
    shop.cluster()
        .postgres()
        .with(
            database,
            writer -> {
              try (Statement statement = writer.createStatement()) {
                writer.setAutoCommit(false);
                statement.execute("INSERT INTO t1 VALUES (1)");
                shop.apply("orders", second, "timeouts: {lock: 2s}");
                shop.await(
                    "orders",
                    s ->
                        s.attempt().progress() != null && s.attempt().progress().revision() != null,
                    "the revision that builds the index",
                    Shop.PATIENCE);
                shop.settle();
                assertThat(Shop.reason(shop.status("orders"))).isEqualTo("Running");
                writer.commit();
              }
              return null;
            });

    shop.awaitReady("orders");
    assertThat(shop.jobs()).hasSize(2);
  }

  @Test
  void anEnvPyThatNeverCommits(Shop shop) {
    Database database = shop.database("orders");
    shop.apply(
        "orders",
        shop.image(
            "orders",
            "1",
            shop.project()
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
                    """)));

    stalled(shop, "NotCommitted");
    assertThat(shop.tables(database)).isEmpty();
  }

  @Test
  void aRunBeyondItsLimitIsStoppedInTheDatabaseToo(Shop shop) {
    Database database = shop.database("orders");
    LongRun run = LongRun.in(shop, database, Duration.ofMinutes(2));
    shop.apply(
        "orders",
        shop.image("orders", "1", shop.project().revisions(1, 1).revision(2, LongRun.PAUSE)),
        "timeouts: {run: 8s}",
        "retry: {backoff: 1s}");

    DatabaseMigrationStatus status = stalled(shop, "DeadlineExceeded");

    assertThat(Shop.message(status)).contains("timeouts.run");
    assertThat(run.sessions("orders")).isEmpty();
    assertThat(shop.tables(database)).isEmpty();
    assertThat(shop.jobs()).as("one retry, since nothing is half-done").hasSize(2);
  }

  private static DatabaseMigrationStatus stalled(Shop shop, String reason) {
    DatabaseMigrationStatus status =
        shop.await(
            "orders",
            s -> reason.equals(Shop.reason(s)) && Shop.has(s, "Stalled"),
            reason + " for good",
            Shop.PATIENCE);
    int jobs = shop.jobs().size();
    shop.settle();
    assertThat(shop.jobs()).as("no retry").hasSize(jobs);
    return status;
  }
}

package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Scenario 10: what people ask of a resource besides its spec. */
@EndToEnd
class VerbsIT {

  private static final Duration LONG = Duration.ofMinutes(2);

  @Test
  void suspendedNothingStarts(Shop shop) {
    Database database = shop.database("orders");
    Image image = shop.image("orders", "1", shop.project().revisions(1, 2));
    shop.apply("orders", image, "suspend: true");
    shop.awaitReason("orders", "Suspended");
    shop.settle();
    assertThat(shop.jobs()).isEmpty();
    assertThat(shop.tables(database)).isEmpty();

    shop.apply("orders", image, "suspend: false");
    shop.awaitReady("orders");
    shop.apply("orders", image, "suspend: true");
    shop.settle();
    assertThat(Shop.ready(shop.status("orders"))).as("it is still looked at").isEqualTo("True");
    assertThat(shop.jobs()).hasSize(1);
  }

  @Test
  void retryTriesTheSameAgain(Shop shop) {
    Database database = shop.database("orders");
    shop.apply(
        "orders",
        shop.image(
            "orders",
            "1",
            shop.project()
                .transactionPerMigration()
                .revisions(1, 1)
                .revision(2, "op.execute('ALTER TABLE late ADD x int')")));
    shop.awaitReason("orders", "DoesNotExist");

    shop.execute(database, "CREATE TABLE late (id integer)");
    annotate(shop, "retry", "1");

    DatabaseMigrationStatus status = shop.awaitReady("orders");
    assertThat(status.lastHandledRequests().retry()).isEqualTo("1");
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
    shop.settle();
    assertThat(shop.jobs()).as("a token is handled once").hasSize(2);
  }

  @Test
  void checkLooksAndChangesNothing(Shop shop) {
    Database database = shop.database("orders");
    String env =
        shop.project()
            .read("migrations/env.py")
            .replace(
                "context.configure(connection=connection",
                "context.configure(connection=connection, target_metadata=models")
            .replace(
                "url = os",
                """
                import sqlalchemy
                models = sqlalchemy.MetaData()
                for table in ("t1", "t2"):
                    sqlalchemy.Table(table, models, sqlalchemy.Column("id", sqlalchemy.Integer))
                sqlalchemy.Table("audit", models, sqlalchemy.Column("revision", sqlalchemy.Text, nullable=False), sqlalchemy.Column("at", sqlalchemy.DateTime(True)))
                sqlalchemy.Table("forgotten", models, sqlalchemy.Column("id", sqlalchemy.Integer))
                url = os\
                """);
    shop.apply("orders", shop.image("orders", "1", shop.project().env(env).revisions(1, 2)));
    shop.awaitReady("orders");

    annotate(shop, "check", "1");
    DatabaseMigrationStatus status = awaitChecked(shop);

    assertThat(status.lastHandledRequests().check()).isEqualTo("1");
    assertThat(status.check().differences()).isEqualTo(1);
    assertThat(status.check().firstDifferences())
        .singleElement()
        .satisfies(d -> assertThat(d).contains("forgotten"));
    assertThat(Shop.ready(status)).as("advisory").isEqualTo("True");
    assertThat(shop.rows(database)).containsExactly("0002");
    assertThat(shop.tables(database)).doesNotContain("forgotten");

    // What a release would do, before it may.
    shop.apply(
        "orders",
        shop.image("orders", "2", shop.project().env(env).revisions(1, 4)),
        "suspend: true");
    shop.awaitReason("orders", "Suspended");
    assertThat(shop.rows(database)).containsExactly("0002");
  }

  @Test
  void checkSqlShowsWhatWouldBeRun(Shop shop) {
    Database database = shop.database("orders");
    Image image = shop.image("orders", "1", shop.project().reversible(1, 3));
    shop.apply("orders", image);
    shop.awaitReady("orders");
    shop.apply("orders", image, "target: \"0001\"");
    shop.awaitReason("orders", "DowngradeForbidden");

    annotate(shop, "check-sql", "1");
    DatabaseMigrationStatus status = awaitChecked(shop);

    assertThat(status.lastHandledRequests().checkSql()).isEqualTo("1");
    assertThat(Shop.reason(status)).isEqualTo("DowngradeForbidden");
    assertThat(status.plan().count()).isEqualTo(2);
    assertThat(status.plan().sql()).isNotNull();
    assertThat(
            shop.client()
                .configMaps()
                .inNamespace(shop.namespace())
                .withName(status.plan().sql())
                .get()
                .getData()
                .get("plan.sql"))
        .contains("DROP TABLE t3", "DROP TABLE t2")
        .doesNotContain(database.password());
    assertThat(shop.rows(database)).containsExactly("0003");
  }

  @Test
  void cancelStopsARunAndRollsBack(Shop shop) {
    Database database = shop.database("orders");
    LongRun run = LongRun.in(shop, database, LONG);
    shop.apply(
        "orders",
        shop.image("orders", "1", shop.project().revisions(1, 1).revision(2, LongRun.PAUSE)));
    run.awaitStatement("orders");
    run.lasting(Duration.ZERO);

    annotate(shop, "cancel", "1");
    DatabaseMigrationStatus status = shop.awaitReason("orders", "Cancelled");

    assertThat(Shop.has(status, "Stalled")).isTrue();
    assertThat(status.lastHandledRequests().cancel()).isEqualTo("1");
    assertThat(status.attempt().outcome()).isEqualTo(Outcome.Cancelled);
    assertThat(run.sessions("orders")).isEmpty();
    assertThat(shop.tables(database)).doesNotContain("t1");
    shop.settle();
    assertThat(Shop.reason(shop.status("orders"))).isEqualTo("Cancelled");

    annotate(shop, "retry", "1");
    shop.awaitReady("orders");
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void deletingTheResourceWhileIdleAndWhileRunning(Shop shop) {
    Database database = shop.database("orders");
    Image image = shop.image("orders", "1", shop.project().revisions(1, 2));
    shop.apply("orders", image);
    shop.awaitReady("orders");
    delete(shop);
    assertThat(shop.rows(database)).as("the database stays").containsExactly("0002");
    shop.apply("orders", image);
    shop.awaitReady("orders");
    assertThat(shop.audit(database)).containsExactly("0001", "0002");

    LongRun run = LongRun.in(shop, database, LONG);
    shop.apply(
        "orders",
        shop.image("orders", "2", shop.project().revisions(1, 2).revision(3, LongRun.PAUSE)));
    run.awaitStatement("orders");
    delete(shop);
    Awaitility.await("the session is gone")
        .atMost(Shop.PATIENCE)
        .until(() -> run.sessions("orders").isEmpty());
    assertThat(shop.rows(database)).as("rolled back").containsExactly("0002");
  }

  @Test
  void thereAndBackWithOldJobsKept(Shop shop) {
    Database database = shop.database("orders");
    Image first = shop.image("orders", "1", shop.project().revisions(1, 2));
    Image other = shop.image("orders", "1b", shop.project().revisions(1, 2));
    for (Image image : new Image[] {first, other, first}) {
      shop.apply("orders", image);
      shop.awaitReady("orders");
    }

    assertThat(shop.audit(database)).containsExactly("0001", "0002");
    assertThat(shop.status("orders").history())
        .as("runs that found nothing to do are no entries")
        .extracting(HistoryEntry::number)
        .containsExactly(1L);
  }

  @Test
  void aStatusThatWasLostIsFoundOutAgain(Shop shop) {
    Database database = shop.database("orders");
    shop.apply("orders", shop.image("orders", "1", shop.project().revisions(1, 2)));
    shop.awaitReady("orders");

    shop.watcher().statusIsMeddledWith();
    shop.cluster()
        .run(
            "kubectl",
            "-n",
            shop.namespace(),
            "patch",
            "dbm/orders",
            "--subresource=status",
            "--type=merge",
            "-p",
            "{\"status\": null}")
        .orFail();
    DatabaseMigrationStatus status =
        shop.await(
            "orders",
            s -> s.attempt() != null && "True".equals(Shop.ready(s)),
            "Ready by another pod",
            Shop.PATIENCE);

    assertThat(status.attempt().number()).as("Jobs remember").isEqualTo(2);
    assertThat(status.currentRevisions()).containsExactly("0002");
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void aNewReleaseWhileTheLastOneRuns(Shop shop) {
    Database database = shop.database("orders");
    LongRun run = LongRun.in(shop, database, Duration.ofSeconds(12));
    shop.apply(
        "orders",
        shop.image("orders", "1", shop.project().revisions(1, 1).revision(2, LongRun.PAUSE)));
    run.awaitStatement("orders");
    run.lasting(Duration.ZERO);

    shop.apply(
        "orders",
        shop.image(
            "orders",
            "2",
            shop.project().revisions(1, 1).revision(2, LongRun.PAUSE).revisions(3, 3)));
    shop.await(
        "orders",
        s -> Shop.message(s).contains("(generation 1) is still running"),
        "the older generation's run",
        Shop.PATIENCE);
    DatabaseMigrationStatus status = shop.awaitReady("orders");

    assertThat(status.currentRevision()).isEqualTo("0003");
    assertThat(status.history()).extracting(HistoryEntry::number).containsExactly(2L, 1L);
    assertThat(shop.audit(database)).containsExactly("0001", "0002", "0003");
    assertThat(shop.jobs()).hasSize(2);
  }

  private static void annotate(Shop shop, String verb, String token) {
    shop.cluster()
        .run(
            "kubectl",
            "-n",
            shop.namespace(),
            "annotate",
            "--overwrite",
            "dbm/orders",
            "alembic-operator.dev/" + verb + "=" + token)
        .orFail();
  }

  private static DatabaseMigrationStatus awaitChecked(Shop shop) {
    return shop.await(
        "orders",
        s -> s.check() != null && s.check().completedAt() != null,
        "the end of the check",
        Shop.PATIENCE);
  }

  private static void delete(Shop shop) {
    shop.cluster()
        .run(
            "kubectl",
            "-n",
            shop.namespace(),
            "delete",
            "dbm/orders",
            "--wait=true",
            "--timeout=60s")
        .orFail();
    Awaitility.await("its Jobs and pods are gone")
        .atMost(Shop.PATIENCE)
        .until(() -> shop.jobs().isEmpty() && shop.pods().isEmpty());
  }
}

package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.act.JobFactory;
import dev.alembicoperator.api.v1alpha1.Check;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.plan.PlanSettings;
import dev.alembicoperator.plan.Verbs;
import dev.alembicoperator.testing.Faults.Moment;
import dev.alembicoperator.testing.TestPostgres;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Issue 5, 7 to 9: checks on request, beside whatever the resource's state is, by the real runner.
 */
class CheckTest {

  private static final String IMAGE = "example/app:1";

  /** What env.py of a project with models looks like. */
  private static final String WITH_MODELS =
      """
      import os
      from alembic import context
      from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, create_engine, pool

      models = MetaData()
      Table("t1", models, Column("id", Integer))
      Table("orders", models, Column("id", Integer))
      Table("audit", models, Column("revision", Text, nullable=False), Column("at", DateTime(timezone=True)))

      engine = create_engine(os.environ["DATABASE_URL"], poolclass=pool.NullPool)
      with engine.connect() as connection:
          context.configure(connection=connection, target_metadata=models)
          with context.begin_transaction():
              context.run_migrations()
      """;

  @TempDir Path folder;

  private final World world =
      World.with(new PlanSettings(Duration.ofMinutes(5), Duration.ofMinutes(2), Set.of()));
  private final TestPostgres.Database database = world.database("orders");

  @AfterEach
  void close() {
    world.close();
  }

  /** Asks, and waits for the end of what was asked for. */
  private DatabaseMigrationStatus ask(String verb, String token) {
    Check before = world.status("orders").check();
    world.annotate("orders", verb, token);
    return world.await(
        "orders",
        s -> s.check() != null && !s.check().equals(before) && s.check().completedAt() != null,
        "end of the check",
        Duration.ofSeconds(40));
  }

  private void migrated(AlembicProject project, String... lines) {
    world.image(IMAGE, project).apply("orders", IMAGE, lines);
    world.awaitReady("orders");
  }

  private List<Job> checkJobs() {
    return world.user().batch().v1().jobs().inNamespace(World.NAMESPACE).list().getItems().stream()
        .filter(j -> "check".equals(j.getMetadata().getAnnotations().get(JobFactory.ACTION)))
        .toList();
  }

  private List<ConfigMap> sql() {
    return world.user().configMaps().inNamespace(World.NAMESPACE).list().getItems().stream()
        .filter(c -> c.getMetadata().getName().endsWith("-sql"))
        .toList();
  }

  @Test
  void modelsAreComparedWithTheTables() {
    migrated(world.project().revisions(1, 1).env(WITH_MODELS));

    DatabaseMigrationStatus status = ask(Verbs.CHECK, "a");

    assertThat(status.check().message())
        .isEqualTo(
            "The database is at \"0001\"; nothing is pending. The models and the tables differ in 1"
                + " place: \"add_table orders\".");
    assertThat(status.check().differences()).isEqualTo(1);
    assertThat(status.check().firstDifferences()).containsExactly("add_table orders");
    assertThat(status.lastHandledRequests().check()).isEqualTo("a");
    assertThat(World.tables(database)).doesNotContain("orders");
    assertThat(world.events("orders", "Normal")).contains("Checked");
    assertThat(world.watcher().reasons("orders")).endsWith("UpToDate").doesNotContain("Checked");

    ask(Verbs.CHECK, "b");
    Awaitility.await("only the latest check's Job is kept, and the migration's")
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> {
          assertThat(world.jobsOf("orders")).hasSize(3);
          assertThat(checkJobs()).hasSizeLessThanOrEqualTo(1);
        });
    assertThat(world.user().batch().v1().jobs().inNamespace(World.NAMESPACE).list().getItems())
        .anyMatch(j -> j.getMetadata().getName().endsWith("-1"));
  }

  @Test
  void anImageThatMovedBehindItsTagIsToldWithItsSqlAndRunOnlyWhenAsked() {
    migrated(world.project().revisions(1, 1));
    world.image(IMAGE, world.project().revisions(1, 3));

    DatabaseMigrationStatus status = ask(Verbs.CHECK_SQL, "a");

    assertThat(World.ready(status)).isEqualTo("True");
    assertThat(status.plan().count()).isEqualTo(2);
    assertThat(status.plan().from()).containsExactly("0001");
    assertThat(status.plan().to()).containsExactly("0003");
    assertThat(status.heads()).containsExactly("0003");
    assertThat(status.check().message())
        .contains("2 revisions are pending")
        .contains("changed behind its reference")
        .contains("alembic-operator.dev/retry");
    assertThat(status.plan().sqlUnavailable()).isNull();
    ConfigMap map = sql().getFirst();
    assertThat(map.getMetadata().getName()).isEqualTo(status.plan().sql());
    assertThat(map.getData().get("plan.sql"))
        .contains("CREATE TABLE t2 (id integer);")
        .contains("UPDATE alembic_version SET version_num='0003'")
        .doesNotContain("CREATE TABLE t1");
    assertThat(map.getMetadata().getOwnerReferences().getFirst().getUid())
        .isEqualTo(world.get("orders").getMetadata().getUid());
    assertThat(World.rows(database)).containsExactly("0001");

    world.retry("orders", "now");
    world.await(
        "orders",
        s -> s.currentRevisions().equals(List.of("0003")) && "True".equals(World.ready(s)),
        "the new revisions",
        Duration.ofSeconds(40));
    Awaitility.await("SQL of a plan that is none any more goes")
        .atMost(Duration.ofSeconds(10))
        .until(() -> sql().isEmpty());
  }

  @Test
  void sqlThatNeedsAConnectionIsNotAvailableBecause() {
    migrated(world.project().revisions(1, 1));
    world.image(
        IMAGE,
        world
            .project()
            .revisions(1, 1)
            .revision(2, "op.get_bind().execute('SELECT 1').fetchall()"));

    DatabaseMigrationStatus status = ask(Verbs.CHECK_SQL, "a");

    assertThat(status.plan().count()).isOne();
    assertThat(status.plan().sql()).isNull();
    assertThat(status.plan().sqlUnavailable()).contains("0002");
    assertThat(sql()).isEmpty();
  }

  @Test
  void aMigrationDoesNotWaitForACheckThatHangs() throws IOException {
    Path gate = folder.resolve("gate");
    Files.createFile(gate);
    String hanging =
        """
        import os, time
        while not os.path.exists('%s'):
            time.sleep(0.05)
        """
            .formatted(gate);
    AlembicProject project = world.project().revisions(1, 1);
    project.env(hanging + project.read("migrations/env.py"));
    migrated(project);
    Files.delete(gate);
    world.annotate("orders", Verbs.CHECK, "a");
    world.await(
        "orders",
        s -> s.check() != null && s.check().message().endsWith("is running."),
        "a check that runs",
        Duration.ofSeconds(40));

    world.image("example/app:2", world.project().revisions(1, 2)).apply("orders", "example/app:2");
    DatabaseMigrationStatus status = world.awaitReady("orders");

    assertThat(World.rows(database)).containsExactly("0002");
    assertThat(status.check().reason()).isEqualTo("Cancelled");
    assertThat(status.attempt().number()).isEqualTo(3);
    Awaitility.await("its Job is gone")
        .atMost(Duration.ofSeconds(20))
        .until(() -> checkJobs().isEmpty() && world.jobs().running().isEmpty());
  }

  @Test
  void aStalledResourceCanBeChecked() {
    world
        .image(IMAGE, world.project().revisions(1, 1).revision(2, "op.execute('SELECT 1/0')"))
        .apply("orders", IMAGE)
        .awaitReason("orders", "MigrationFailed");

    DatabaseMigrationStatus status = ask(Verbs.CHECK, "a");

    assertThat(World.reason(status)).isEqualTo("MigrationFailed");
    assertThat(World.has(status, "Stalled")).isTrue();
    assertThat(status.check().message()).contains("2 revisions are pending, up to \"0002\"");
    assertThat(status.check().reason()).isNull();
    assertThat(status.plan().count()).isEqualTo(2);
  }

  @Test
  void aSuspendedResourceIsTold() {
    migrated(world.project().revisions(1, 1), "suspend: false");
    world.suspend("orders", true);

    DatabaseMigrationStatus status = ask(Verbs.CHECK, "a");

    assertThat(status.check().reason()).isEqualTo("Suspended");
    assertThat(world.jobsOf("orders")).hasSize(1);
  }

  @Test
  void whereOnlyPodsLookACheckFindsTheDrift() {
    AlembicProject project = world.project().revisions(1, 2);
    world.image(IMAGE, project);
    world
        .cluster()
        .apply(
            """
            apiVersion: alembic-operator.dev/v1alpha1
            kind: DatabaseMigration
            metadata: {name: orders, namespace: %s}
            spec:
              image: %s
              database:
                observe: Job
                urlFrom: {secretKeyRef: {name: orders-db, key: url}}
            """
                .formatted(World.NAMESPACE, IMAGE));
    world.awaitReady("orders");
    World.execute(database, "UPDATE alembic_version SET version_num = '0001'");

    ask(Verbs.CHECK, "a");

    DatabaseMigrationStatus status = world.awaitReason("orders", "Drifted");
    assertThat(status.currentRevision()).isEqualTo("0001");
    assertThat(status.plan().count()).isOne();
    assertThat(World.rows(database)).containsExactly("0001");

    World.execute(database, "UPDATE alembic_version SET version_num = '0002'");
    ask(Verbs.CHECK, "b");
    world.awaitReady("orders");
  }

  @Test
  void theOperatorMayDieAtEveryWriteOfACheck() {
    migrated(world.project().revisions(1, 1));
    for (int n = 1; n <= 4; n++) {
      Moment moment = n % 2 == 0 ? Moment.AFTER_APPLYING : Moment.BEFORE_APPLYING;
      int jobs = world.jobsOf("orders").size();
      world.cluster().faults().goAwayAtWrite(n, moment);
      world.annotate("orders", Verbs.CHECK, "n" + n);
      Awaitility.await("write " + n)
          .atMost(Duration.ofSeconds(40))
          .until(world.cluster().faults()::isAway);
      world.killOperator();
      world.startOperator();
      world.cluster().faults().comeBack();

      String token = "n" + n;
      DatabaseMigrationStatus status =
          world.await(
              "orders",
              s ->
                  s.check() != null
                      && s.check().completedAt() != null
                      && s.lastHandledRequests() != null
                      && token.equals(s.lastHandledRequests().check()),
              "the check, killed at write " + n,
              Duration.ofSeconds(40));
      assertThat(status.check().reason()).as("killed at write " + n).isNull();
      assertThat(world.jobsOf("orders")).as("killed at write " + n).hasSize(jobs + 1);
      assertThat(World.ready(status)).isEqualTo("True");
    }
  }
}

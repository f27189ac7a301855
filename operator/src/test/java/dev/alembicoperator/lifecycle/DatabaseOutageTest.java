package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.plan.PlanSettings;
import dev.alembicoperator.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scenario 25 and the first half of 31b: the database is away, for the operator or for all. */
class DatabaseOutageTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration CHECKS = Duration.ofSeconds(10);
  private static final String IMAGE = "example/app:1";

  private World world;
  private TestPostgres server;
  private TestPostgres.Database database;

  @TempDir private Path folder;

  @AfterEach
  void close() {
    world.close();
    if (server != null) {
      server.close();
    }
  }

  @Test
  void aDatabaseThatComesUpLaterIsWaitedForWithoutAPod() {
    begin(World.with(new PlanSettings(CHECKS, Duration.ofMinutes(2), Set.of())));
    server.stop();

    world.apply("orders", IMAGE);
    DatabaseMigrationStatus status = world.awaitReason("orders", "WaitingForDatabase");
    assertThat(World.ready(status)).isEqualTo("Unknown");
    assertThat(World.has(status, "Reconciling")).isTrue();
    staysAway(Duration.ofSeconds(10));
    assertThat(world.jobsStarted()).isZero();
    server.start();

    assertDone(1);
  }

  @Test
  void whenItIsAwayForLongOnePodLooksForItselfAndNoTryIsBurnt() {
    begin(World.with(new PlanSettings(CHECKS, Duration.ofSeconds(25), Set.of())));
    server.stop();

    world.apply("orders", IMAGE);
    world.awaitReason("orders", "WaitingForDatabase");
    staysAway(Duration.ofSeconds(15));
    assertThat(world.jobsStarted()).as("before the operator has to think itself blind").isZero();
    staysAway(Duration.ofSeconds(25));
    assertThat(world.jobsStarted()).isLessThanOrEqualTo(1);
    server.start();

    assertDone(2);
  }

  @Test
  void aServerRestartedInMidRunIsWaitedForAndTheRunRepeated() throws IOException {
    begin(World.with(new PlanSettings(CHECKS, Duration.ofMinutes(2), Set.of())));
    Path quick = folder.resolve("quick");
    world.image(
        "example/slow:1",
        world
            .project()
            .revisions(1, 1)
            .revision(
                2,
                "op.execute('SELECT pg_sleep(%%d)' %% (0 if __import__('os').path.exists('%s') else 20))"
                    .formatted(quick)));
    world.apply("orders", "example/slow:1");
    Awaitility.await("the second revision")
        .atMost(PATIENCE)
        .until(() ->
            World.query(
                        database,
                        "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE '%/1/2.%/0002'")
                    .size()
                == 1);

    Files.createFile(quick);
    server.stop();
    Awaitility.await("the end of the pod")
        .atMost(PATIENCE)
        .until(() -> world.jobs().running().isEmpty());
    server.start();

    assertDone(2);
  }

  @Test
  void anIdleDatabaseThatRestartsTurnsNoDashboard() {
    begin(World.with(new PlanSettings(Duration.ofSeconds(2), Duration.ofMinutes(2), Set.of())));
    world.apply("orders", IMAGE);
    world.awaitReady("orders");

    server.stop();
    DatabaseMigrationStatus status =
        world.await(
            "orders", s -> World.message(s).contains("was last read"), "a failed look", PATIENCE);
    assertThat(World.ready(status)).isEqualTo("True");
    world.await("orders", s -> "Unknown".equals(World.ready(s)), "no knowledge", PATIENCE);
    server.start();

    assertDone(1);
  }

  @Test
  void whatTheOperatorCannotSeeThePodReports() {
    world = World.blind(new PlanSettings(CHECKS, Duration.ofSeconds(2), Set.of()));
    database = world.database("orders");
    world.image(IMAGE, world.project().revisions(1, 2));

    world.apply("orders", IMAGE);
    world.awaitReason("orders", "WaitingForDatabase");

    assertDone(1);
  }

  private void begin(World begun) {
    world = begun;
    server = TestPostgres.start(Map.of());
    database = world.database("orders", server);
    world.image(IMAGE, world.project().revisions(1, 2));
  }

  private void staysAway(Duration time) {
    Awaitility.await("no other reason")
        .atMost(time.plusSeconds(30))
        .during(time)
        .until(() -> !"True".equals(World.ready(world.status("orders"))));
  }

  private void assertDone(int mostJobs) {
    DatabaseMigrationStatus status =
        world.await("orders", s -> "True".equals(World.ready(s)), "Ready", PATIENCE);
    assertThat(world.jobsStarted()).isBetween(1, mostJobs);
    assertThat(status.retries()).isNull();
    assertThat(status.currentRevisions()).containsExactly("0002");
    assertThat(World.audit(database)).containsExactly("0001", "0002");
  }
}

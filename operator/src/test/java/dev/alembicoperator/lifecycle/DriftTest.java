package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.plan.PlanSettings;
import dev.alembicoperator.testing.TestPostgres;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Scenario 9: somebody else moves the database's revision. */
class DriftTest {

  private static final Duration INTERVAL = Duration.ofSeconds(2);

  private final World world =
      World.with(new PlanSettings(INTERVAL, Duration.ofMinutes(2), Set.of()));
  private final TestPostgres.Database database = world.database("orders");

  @BeforeEach
  void driftAway() {
    world
        .image("example/orders:1", world.project().revisions(1, 2))
        .apply("orders", "example/orders:1");
    world.awaitReady("orders");
    World.execute(database, "UPDATE alembic_version SET version_num = '0001'");
  }

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void driftIsReportedAndHealsWhenItIsTakenBack() {
    DatabaseMigrationStatus status = world.awaitReason("orders", "Drifted");

    assertThat(World.ready(status)).isEqualTo("False");
    assertThat(World.has(status, "Stalled")).isTrue();
    assertThat(World.message(status))
        .contains("\"0001\"", "\"0002\"", "alembic-operator.dev/retry");
    assertThat(status.currentRevision()).isEqualTo("0001");
    assertThat(status.applied().revisions()).containsExactly("0002");
    assertThat(world.events("orders", "Warning")).containsExactly("Drifted");

    World.execute(database, "UPDATE alembic_version SET version_num = '0002'");
    assertThat(world.awaitReady("orders").currentRevision()).isEqualTo("0002");
    assertThat(world.jobsStarted()).as("nobody asked for a run").isOne();
  }

  @Test
  void aRequestedRetryMigratesAgain() {
    world.awaitReason("orders", "Drifted");
    World.execute(database, "DROP TABLE t2");

    world.retry("orders", "2026-01-01");

    DatabaseMigrationStatus status = world.awaitReady("orders");
    assertThat(status.lastHandledRequests().retry()).isEqualTo("2026-01-01");
    assertThat(status.history().getFirst().from()).containsExactly("0001");
    assertThat(World.rows(database)).containsExactly("0002");
    assertThat(World.audit(database)).containsExactly("0001", "0002", "0002");
    world.settle();
    assertThat(world.jobsStarted()).as("one run for one request").isEqualTo(2);
  }

  @Test
  void isBroughtBackWhereThatIsWantedAndNotEndlesslyFoughtFor() {
    World.execute(database, "DROP TABLE t2");
    world.apply("orders", "example/orders:1", "drift: {onDrift: Reapply, interval: 10s}");
    // The run that first brought it there is the first of the three.
    for (int n = 2; n <= 3; n++) {
      int jobs = n;
      world.await(
          "orders",
          s -> world.jobsStarted() == jobs && "True".equals(World.ready(s)),
          "brought back",
          Duration.ofSeconds(40));
      assertThat(World.rows(database)).containsExactly("0002");
      World.execute(database, "UPDATE alembic_version SET version_num = '0001'; DROP TABLE t2");
      // A look without waiting for the interval: any event of the resource is one.
      world.cancel("orders", "look " + n);
    }

    DatabaseMigrationStatus status = world.awaitReason("orders", "Drifted");

    assertThat(World.message(status)).contains("again and again", "brought back at");
    assertThat(World.rows(database)).containsExactly("0001");
    world.settle();
    assertThat(world.jobsStarted()).isEqualTo(3);
  }

  @Test
  void aLostVersionTableIsNotReplacedByGuessing() {
    World.execute(database, "DROP TABLE alembic_version");
    world.apply(
        "orders",
        "example/orders:1",
        "drift: {onDrift: Reapply, interval: 10s}",
        "adopt: {baseline: \"0001\"}");

    DatabaseMigrationStatus status = world.awaitReason("orders", "UnversionedDatabase");

    assertThat(World.message(status)).contains("t1", "t2", "was lost", "\"0002\"", "/retry");
    assertThat(World.tables(database)).doesNotContain("alembic_version");
    world.apply(
        "orders",
        "example/orders:1",
        "drift: {onDrift: Reapply, interval: 10s}",
        "adopt: {baseline: \"0002\"}");
    world.retry("orders", "adopt it");
    assertThat(world.awaitReady("orders").currentRevision()).isEqualTo("0002");
    assertThat(World.audit(database)).as("no revision twice").containsExactly("0001", "0002");
  }
}

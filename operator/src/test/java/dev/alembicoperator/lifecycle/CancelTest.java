package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.testing.Faults;
import dev.alembicoperator.testing.TestPostgres;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Scenario 10: a person ends an attempt. */
class CancelTest {

  private static final String SLOW = "op.execute('SELECT pg_sleep(60)')";

  private final World world = World.start();
  private final TestPostgres.Database database = world.database("orders");

  @BeforeEach
  void publish() {
    world
        .image("example/orders:1", world.project().revisions(1, 1))
        .image("example/orders:slow", world.project().revisions(1, 2).revision(3, SLOW))
        .image("example/orders:2", world.project().revisions(1, 3));
  }

  @AfterEach
  void close() {
    world.close();
  }

  private void awaitRevision(String revision) {
    world.await(
        "orders",
        s ->
            s.attempt() != null
                && s.attempt().progress() != null
                && revision.equals(s.attempt().progress().revision()),
        "revision " + revision,
        Duration.ofSeconds(30));
  }

  private DatabaseMigrationStatus cancelled(String token) {
    world.cancel("orders", token);
    DatabaseMigrationStatus status = world.awaitReason("orders", "Cancelled");
    assertThat(World.has(status, "Stalled")).isTrue();
    assertThat(status.attempt().outcome()).isEqualTo(Outcome.Cancelled);
    assertThat(status.lastHandledRequests().cancel()).isEqualTo(token);
    assertThat(World.message(status)).contains("alembic-operator.dev/retry");
    return status;
  }

  @Test
  void aRunIsRolledBackAndStaysStopped() {
    world.apply("orders", "example/orders:slow");
    awaitRevision("0003");

    DatabaseMigrationStatus status = cancelled("stop it");

    assertThat(World.tables(database)).doesNotContain("t1", "t2");
    HistoryEntry entry = status.history().getFirst();
    assertThat(entry.outcome()).isEqualTo(Outcome.Cancelled);
    assertThat(entry.message()).contains("cancelled, as was asked", "nothing is half-done");
    int jobs = world.jobsStarted();
    world.settle();
    assertThat(world.jobsStarted()).as("nothing starts by itself").isEqualTo(jobs);

    world.apply("orders", "example/orders:2");
    assertThat(world.awaitReady("orders").currentRevision()).isEqualTo("0003");
  }

  @Test
  void whatIsCommittedStands() {
    world
        .image(
            "example/orders:slow",
            world.project().transactionPerMigration().revisions(1, 2).revision(3, SLOW))
        .apply("orders", "example/orders:slow");
    awaitRevision("0003");

    DatabaseMigrationStatus status = cancelled("stop it");

    assertThat(World.rows(database)).containsExactly("0002");
    assertThat(status.currentRevision()).isEqualTo("0002");
    assertThat(status.plan().count()).isEqualTo(1);
  }

  @Test
  void aPodThatWaitsIsWithdrawnAndStaysSo() {
    world.images().hold("example/orders:2");
    world.apply("orders", "example/orders:2");
    world.awaitReason("orders", "Preparing");
    world.await("orders", s -> s.attempt().jobUID() != null, "the Job", Duration.ofSeconds(20));

    cancelled("stop it");

    world.images().release("example/orders:2");
    world.settle();
    assertThat(World.tables(database)).isEmpty();
    world.retry("orders", "go on");
    assertThat(world.awaitReady("orders").currentRevision()).isEqualTo("0003");
  }

  @Test
  void whereNothingIsOpenItIsAnsweredAndForgotten() {
    world.apply("orders", "example/orders:1");
    world.awaitReady("orders");

    world.cancel("orders", "late");
    world.await(
        "orders",
        s -> s.lastHandledRequests() != null && "late".equals(s.lastHandledRequests().cancel()),
        "the answer",
        Duration.ofSeconds(20));

    world.apply("orders", "example/orders:2");
    assertThat(world.awaitReady("orders").currentRevision()).isEqualTo("0003");
  }

  @Test
  void theOperatorMayDieBetweenTheIntentAndTheDeletion() {
    world.apply("orders", "example/orders:slow");
    awaitRevision("0003");
    world.cluster().faults().failNext("DELETE", ".*/jobs/.*", 500, Faults.Moment.BEFORE_APPLYING);

    cancelled("stop it");

    assertThat(World.tables(database)).doesNotContain("t1");
  }
}

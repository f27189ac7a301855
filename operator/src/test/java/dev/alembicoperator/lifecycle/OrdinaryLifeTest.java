package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry.AppliedRevision;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.testing.TestPostgres;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Scenarios 1 to 3: what happens when nothing goes wrong. */
class OrdinaryLifeTest {

  private final World world = World.start();

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void anEmptyDatabaseIsTakenToHead() {
    TestPostgres.Database database = world.database("orders");
    world
        .image("example/orders:1", world.project().revisions(1, 3))
        .apply("orders", "example/orders:1");

    DatabaseMigrationStatus status = world.awaitReady("orders");

    assertThat(status.currentRevision()).isEqualTo("0003");
    assertThat(status.targetRevision()).isEqualTo("0003");
    assertThat(status.heads()).containsExactly("0003");
    assertThat(status.plan().count()).isZero();
    assertThat(status.history()).hasSize(1);
    assertThat(status.history().getFirst().outcome()).isEqualTo(Outcome.Succeeded);
    assertThat(status.history().getFirst().revisions())
        .extracting(AppliedRevision::revision)
        .containsExactly("0001", "0002", "0003");
    assertThat(status.history().getFirst().revisions())
        .allSatisfy(r -> assertThat(r.duration()).matches("\\d+\\.\\d{3}s"));
    assertThat(World.has(status, "Reconciling")).isFalse();
    assertThat(World.has(status, "Stalled")).isFalse();
    assertThat(World.rows(database)).containsExactly("0003");
    assertThat(World.audit(database)).containsExactly("0001", "0002", "0003");
  }

  @Test
  void whatIsDoneIsNotDoneAgain() {
    TestPostgres.Database database = world.database("orders");
    world
        .image("example/orders:1", world.project().revisions(1, 2))
        .apply("orders", "example/orders:1");
    DatabaseMigrationStatus before = world.awaitReady("orders");

    world.apply("orders", "example/orders:1");
    world
        .user()
        .resource(world.get("orders"))
        .edit(r -> {
          r.getMetadata().setLabels(java.util.Map.of("team", "orders"));
          return r;
        });
    world.settle();
    world.stopOperator();
    world.startOperator();
    world.settle();

    assertThat(world.jobsStarted()).isOne();
    assertThat(world.status("orders")).isEqualTo(before);
    assertThat(World.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void aNewReleaseIsAppliedAndNeverReadyBefore() {
    TestPostgres.Database database = world.database("orders");
    world
        .image("example/orders:1", world.project().revisions(1, 2))
        .apply("orders", "example/orders:1");
    world.awaitReady("orders");

    world
        .image("example/orders:2", world.project().revisions(1, 4))
        .apply("orders", "example/orders:2");
    DatabaseMigrationStatus status = world.awaitReady("orders");

    assertThat(status.observedGeneration())
        .isEqualTo(world.get("orders").getMetadata().getGeneration());
    assertThat(status.currentRevisions()).containsExactly("0004");
    assertThat(status.history()).extracting(h -> h.number()).containsExactly(2L, 1L);
    assertThat(World.audit(database)).isEqualTo(List.of("0001", "0002", "0003", "0004"));
  }
}

package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.testing.TestPostgres;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Scenario 7: a graph with more than one head. */
class BranchesTest {

  private final World world = World.start();
  private final TestPostgres.Database database = world.database("orders");

  @AfterEach
  void close() {
    world.close();
  }

  private AlembicProject forked() {
    return world
        .project()
        .branch("0001", "None")
        .branch("a002", "'0001'", "branch_labels = ('stock',)")
        .branch("b002", "'0001'");
  }

  @Test
  void headIsAmbiguousUntilAMerge() {
    world.image("example/orders:1", forked()).apply("orders", "example/orders:1");

    DatabaseMigrationStatus status = world.awaitReason("orders", "MultipleHeads");
    assertThat(World.message(status))
        .contains("\"a002\"", "\"b002\"", "\"heads\"", "alembic merge");
    assertThat(World.has(status, "Stalled")).isTrue();
    assertThat(status.heads()).containsExactly("a002", "b002");
    assertThat(world.events("orders", "Warning")).isEqualTo(List.of("MultipleHeads"));
    world.settle();
    assertThat(world.jobsStarted()).isOne();
    assertThat(World.tables(database)).isEmpty();

    world
        .image("example/orders:2", forked().branch("c003", "('a002', 'b002')"))
        .apply("orders", "example/orders:2");
    status = world.awaitReady("orders");
    assertThat(status.currentRevisions()).containsExactly("c003");
    assertThat(World.audit(database)).containsExactlyInAnyOrder("0001", "a002", "b002", "c003");
  }

  @Test
  void allHeadsThenTheirMerge() {
    world.image("example/orders:1", forked()).apply("orders", "example/orders:1", "target: heads");

    DatabaseMigrationStatus status = world.awaitReady("orders");
    assertThat(status.currentRevision()).isEqualTo("a002,b002");
    assertThat(status.targetRevisions()).containsExactly("a002", "b002");
    assertThat(World.rows(database)).containsExactly("a002", "b002");

    world
        .image("example/orders:2", forked().branch("c003", "('a002', 'b002')"))
        .apply("orders", "example/orders:2");
    status = world.awaitReady("orders");
    assertThat(World.rows(database)).containsExactly("c003");
    assertThat(status.history().getFirst().from()).containsExactly("a002", "b002");
    assertThat(World.audit(database)).containsExactlyInAnyOrder("0001", "a002", "b002", "c003");
  }

  @Test
  void oneBranchByItsLabel() {
    world
        .image("example/orders:1", forked())
        .apply("orders", "example/orders:1", "target: stock@head");

    DatabaseMigrationStatus status = world.awaitReady("orders");

    assertThat(status.targetRevisions()).containsExactly("a002");
    assertThat(World.audit(database)).containsExactlyInAnyOrder("0001", "a002");
  }

  @Test
  void aDependencyHasNoRowOfItsOwn() {
    AlembicProject project =
        world.project().branch("a001", "None").branch("b001", "None", "depends_on = 'a001'");
    world.image("example/orders:1", project).apply("orders", "example/orders:1", "target: heads");

    DatabaseMigrationStatus status = world.awaitReady("orders");

    assertThat(status.heads()).containsExactly("a001", "b001");
    assertThat(status.currentRevisions()).isEqualTo(World.rows(database)).containsExactly("b001");
    world.settle();
    world.stopOperator();
    world.startOperator();
    world.settle();
    assertThat(world.status("orders")).isEqualTo(status);
    assertThat(world.jobsStarted())
        .as("rows that are not the heads are no reason to run again")
        .isOne();
    assertThat(World.audit(database)).containsExactly("a001", "b001");
  }
}

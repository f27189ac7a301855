package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import dev.alembicoperator.lifecycle.AlembicProject;
import org.junit.jupiter.api.Test;

/** Scenario 7: a graph with more than one head. */
@EndToEnd
class BranchesIT {

  @Test
  void severalHeadsTheirLabelsAndTheirMerge(Shop shop) {
    Database database = shop.database("orders");
    Image forked = shop.image("orders", "1", forked(shop));

    shop.apply("orders", forked);
    DatabaseMigrationStatus status = shop.awaitReason("orders", "MultipleHeads");
    assertThat(Shop.message(status)).contains("\"a002\"", "\"b002\"", "\"heads\"", "alembic merge");
    assertThat(status.heads()).containsExactly("a002", "b002");
    assertThat(shop.tables(database)).isEmpty();

    shop.apply("orders", forked, "target: stock@head");
    assertThat(shop.awaitReady("orders").currentRevisions()).containsExactly("a002");

    shop.apply("orders", forked, "target: heads");
    status = shop.awaitReady("orders");
    assertThat(status.currentRevision()).isEqualTo("a002,b002");
    assertThat(shop.rows(database)).containsExactly("a002", "b002");

    shop.apply(
        "orders", shop.image("orders", "2", forked(shop).branch("c003", "('a002', 'b002')")));
    status = shop.awaitReady("orders");
    assertThat(status.history().getFirst().from()).containsExactly("a002", "b002");
    assertThat(shop.rows(database)).containsExactly("c003");
    assertThat(shop.audit(database)).containsExactlyInAnyOrder("0001", "a002", "b002", "c003");
  }

  private static AlembicProject forked(Shop shop) {
    return shop.project()
        .branch("0001", "None")
        .branch("a002", "'0001'", "branch_labels = ('stock',)")
        .branch("b002", "'0001'");
  }
}

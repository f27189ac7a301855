package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry.AppliedRevision;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Scenarios 1 to 3: what happens when nothing goes wrong. */
@Alone
@EndToEnd
class OrdinaryLifeIT {

  @Test
  void anEmptyDatabaseIsTakenToHead(Shop shop) {
    Database database = shop.database("orders");

    shop.apply("orders", shop.image("orders", "1", shop.project().revisions(1, 3)));
    DatabaseMigrationStatus status = shop.awaitReady("orders");

    assertThat(status.currentRevision()).isEqualTo("0003");
    assertThat(status.targetRevision()).isEqualTo("0003");
    assertThat(status.history()).hasSize(1);
    assertThat(status.history().getFirst().outcome()).isEqualTo(Outcome.Succeeded);
    assertThat(status.history().getFirst().revisions())
        .extracting(AppliedRevision::revision)
        .containsExactly("0001", "0002", "0003");
    assertThat(status.history().getFirst().revisions())
        .allSatisfy(r -> assertThat(r.duration()).matches("\\d+\\.\\d{3}s"));
    assertThat(shop.rows(database)).containsExactly("0003");
    assertThat(shop.audit(database)).containsExactly("0001", "0002", "0003");
    assertThat(shop.jobs()).hasSize(1);
  }

  @Test
  void whatIsDoneIsNotDoneAgain(Shop shop, Operator operator) {
    Database database = shop.database("orders");
    Image image = shop.image("orders", "1", shop.project().revisions(1, 2));
    shop.apply("orders", image);
    DatabaseMigrationStatus before = shop.awaitReady("orders");

    shop.apply("orders", image);
    shop.cluster()
        .run("kubectl", "-n", shop.namespace(), "label", "dbm/orders", "team=orders")
        .orFail();
    shop.settle();
    operator.restart();
    operator.kill();
    shop.settle();

    assertThat(shop.jobs()).hasSize(1);
    assertThat(shop.status("orders").attempt()).isEqualTo(before.attempt());
    assertThat(shop.status("orders").history()).isEqualTo(before.history());
    assertThat(shop.status("orders").conditions()).isEqualTo(before.conditions());
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void aNewReleaseIsAppliedAndNeverReadyBefore(Shop shop) {
    Database database = shop.database("orders");
    shop.apply("orders", shop.image("orders", "1", shop.project().revisions(1, 2)));
    shop.awaitReady("orders");

    shop.apply("orders", shop.image("orders", "2", shop.project().revisions(1, 4)));
    DatabaseMigrationStatus status = shop.awaitReady("orders");

    assertThat(status.currentRevisions()).containsExactly("0004");
    assertThat(status.history()).extracting(h -> h.number()).containsExactly(2L, 1L);
    assertThat(shop.audit(database)).isEqualTo(List.of("0001", "0002", "0003", "0004"));
    assertThat(shop.watcher().reasons("orders"))
        .as("never Ready for a generation that is not done")
        .endsWith("UpToDate");
  }
}

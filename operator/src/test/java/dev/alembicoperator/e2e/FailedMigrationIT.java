package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Scenario 12: the third of five revisions fails, in one transaction. */
@EndToEnd
class FailedMigrationIT {

  @Test
  void nothingIsAppliedNothingIsRepeatedAndACorrectedImageHeals(Shop shop) {
    Database database = shop.database("orders");

    shop.apply(
        "orders",
        shop.image(
            "orders",
            "1",
            shop.project()
                .revisions(1, 5)
                .revision(3, "op.execute('INSERT INTO nowhere VALUES (1)')")));
    DatabaseMigrationStatus status = shop.awaitReason("orders", "DoesNotExist");

    assertThat(Shop.message(status))
        .contains("\"0003\"")
        .contains("relation \"nowhere\" does not exist");
    assertThat(Shop.has(status, "Stalled")).isTrue();
    assertThat(status.history().getFirst().outcome()).isEqualTo(Outcome.Failed);
    assertThat(status.nextAttemptTime()).isNull();
    assertThat(shop.tables(database)).isEmpty();
    shop.settle();
    assertThat(shop.jobs()).hasSize(1);
    assertThat(shop.status("orders").attempt()).isEqualTo(status.attempt());
    assertThat(shop.events("orders", "Warning")).isEqualTo(List.of("DoesNotExist"));

    shop.apply("orders", shop.image("orders", "2", shop.project().revisions(1, 5)));
    shop.awaitReady("orders");
    assertThat(shop.audit(database)).containsExactly("0001", "0002", "0003", "0004", "0005");
    assertThat(shop.jobs()).hasSize(2);
  }
}

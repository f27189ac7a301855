package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.api.v1alpha1.HistoryEntry.AppliedRevision;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import org.junit.jupiter.api.Test;

/** Scenario 4, and the "reset" of hand-written scripts: targets that are behind the database. */
@EndToEnd
class DowngradeIT {

  @Test
  void anOlderTargetIsRefusedOnceAndGoneToWhereThePolicyAllowsIt(Shop shop) {
    Database database = shop.database("orders");
    Image image = shop.image("orders", "1", shop.project().reversible(1, 4));
    shop.apply("orders", image);
    shop.awaitReady("orders");

    shop.apply("orders", image, "target: \"0002\"");
    DatabaseMigrationStatus refused = shop.awaitReason("orders", "DowngradeForbidden");
    assertThat(Shop.has(refused, "Stalled")).isTrue();
    assertThat(Shop.message(refused)).contains("downgradePolicy");
    assertThat(refused.plan().count()).isEqualTo(2);
    shop.settle();
    assertThat(shop.jobs()).as("told once").hasSize(2);
    assertThat(shop.rows(database)).containsExactly("0004");

    shop.apply("orders", image, "target: \"0002\"", "downgradePolicy: ToTarget");
    DatabaseMigrationStatus status = shop.awaitReady("orders");
    assertThat(status.currentRevision()).isEqualTo("0002");
    HistoryEntry entry = status.history().getFirst();
    assertThat(entry.action()).isEqualTo(HistoryEntry.Action.Downgrade);
    assertThat(entry.revisions())
        .extracting(AppliedRevision::revision)
        .containsExactly("0004", "0003");
    assertThat(shop.audit(database))
        .containsExactly("0001", "0002", "0003", "0004", "undo 0004", "undo 0003");
    assertThat(shop.events("orders", "Normal")).contains("Downgrading");
    shop.settle();
    assertThat(shop.rows(database)).containsExactly("0002");
  }

  @Test
  void fromBaseToHeadAndBackAndForth(Shop shop) {
    Database database = shop.database("orders");
    Image image = shop.image("orders", "1", shop.project().reversible(1, 2));
    shop.apply("orders", image, "target: base", "downgradePolicy: ToTarget");
    assertThat(shop.awaitReady("orders").currentRevision()).isEqualTo("base");

    shop.apply("orders", image, "target: head", "downgradePolicy: ToTarget");
    shop.awaitReady("orders");
    shop.apply("orders", image, "target: base", "downgradePolicy: ToTarget");
    assertThat(shop.awaitReady("orders").currentRevision()).isEqualTo("base");
    assertThat(shop.tables(database)).doesNotContain("t1", "t2");
    shop.apply("orders", image, "target: head", "downgradePolicy: ToTarget");
    shop.awaitReady("orders");

    assertThat(shop.audit(database))
        .containsExactly("0001", "0002", "undo 0002", "undo 0001", "0001", "0002");
  }

  @Test
  void whatCannotBeUndoneIsSaidAndLeftAsItIs(Shop shop) {
    Database database = shop.database("orders");
    Image image =
        shop.image(
            "orders",
            "1",
            shop.project()
                .reversible(1, 2)
                .write(
                    "migrations/versions/0003.py",
                    """
                    from alembic import op

                    revision = "0003"
                    down_revision = "0002"


                    def upgrade():
                        op.execute("INSERT INTO audit (revision) VALUES ('0003')")


                    def downgrade():
                        raise NotImplementedError("data was merged")
                    """));
    shop.apply("orders", image);
    shop.awaitReady("orders");

    shop.apply("orders", image, "target: \"0001\"", "downgradePolicy: ToTarget");
    DatabaseMigrationStatus status = shop.awaitReason("orders", "IrreversibleRevision");

    assertThat(Shop.message(status)).contains("0003");
    assertThat(Shop.has(status, "Stalled")).isTrue();
    assertThat(shop.rows(database)).containsExactly("0003");
    assertThat(shop.audit(database)).containsExactly("0001", "0002", "0003");
  }
}

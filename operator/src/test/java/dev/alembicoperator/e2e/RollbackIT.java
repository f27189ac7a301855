package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scenario 5: an application's release goes back, and its database with it. */
@EndToEnd
class RollbackIT {

  @TempDir private Path chart;

  @Test
  void helmUpgradeRollbackUpgrade(Shop shop) throws IOException {
    Database database = shop.database("orders");
    Image first = shop.image("orders", "1", shop.project().reversible(1, 2));
    Image second = shop.image("orders", "2", shop.project().reversible(1, 4));
    write(shop);

    release(shop, first);
    shop.awaitReady("orders");
    release(shop, second);
    assertThat(shop.awaitReady("orders").currentRevision()).isEqualTo("0004");

    shop.cluster().run("helm", "rollback", "shop", "1", "-n", shop.namespace()).orFail();
    DatabaseMigrationStatus status = shop.awaitReady("orders");
    assertThat(status.currentRevision()).isEqualTo("0002");
    HistoryEntry entry = status.history().getFirst();
    assertThat(entry.action()).isEqualTo(HistoryEntry.Action.Downgrade);
    assertThat(entry.image()).as("the recorded image went back").contains(second.digest());
    assertThat(entry.forImage()).isEqualTo(first.tagged());
    assertThat(shop.events("orders", "Normal")).contains("Downgrading");
    shop.settle();
    assertThat(shop.rows(database)).containsExactly("0002");

    release(shop, second);
    assertThat(shop.awaitReady("orders").currentRevision()).isEqualTo("0004");
    assertThat(shop.audit(database))
        .containsExactly("0001", "0002", "0003", "0004", "undo 0004", "undo 0003", "0003", "0004");
  }

  @Test
  void anOlderImageAloneTouchesNothing(Shop shop) {
    Database database = shop.database("orders");
    Image first = shop.image("orders", "1", shop.project().reversible(1, 2));
    Image second = shop.image("orders", "2", shop.project().reversible(1, 4));
    shop.apply("orders", second);
    shop.awaitReady("orders");

    shop.apply("orders", first);
    DatabaseMigrationStatus status = shop.awaitReason("orders", "DatabaseAhead");
    assertThat(Shop.has(status, "Stalled")).isTrue();
    assertThat(Shop.message(status)).contains("0004").contains("downgradePolicy");
    shop.settle();
    assertThat(shop.jobs()).hasSize(2);
    assertThat(shop.rows(database)).containsExactly("0004");

    // The head of an older image is no target that anybody named.
    shop.apply("orders", first, "downgradePolicy: ToTarget");
    shop.awaitReason("orders", "DatabaseAhead");
    shop.settle();
    assertThat(shop.rows(database)).containsExactly("0004");

    shop.apply("orders", first, "downgradePolicy: ToTarget", "target: \"0001\"");
    assertThat(shop.awaitReady("orders").currentRevision()).isEqualTo("0001");
    assertThat(shop.audit(database))
        .containsExactly("0001", "0002", "0003", "0004", "undo 0004", "undo 0003", "undo 0002");
  }

  /** A chart as an application team writes it. */
  private void write(Shop shop) throws IOException {
    Files.createDirectories(chart.resolve("templates"));
    Files.writeString(chart.resolve("Chart.yaml"), "apiVersion: v2\nname: shop\nversion: 1.0.0\n");
    Files.writeString(
        chart.resolve("templates/migration.yaml"),
        Shop.smallest(
            shop.namespace(), "orders", "{{ .Values.image }}", "downgradePolicy: ToImage"));
  }

  private void release(Shop shop, Image image) {
    shop.cluster()
        .run(
            "helm",
            "upgrade",
            "--install",
            "shop",
            chart.toString(),
            "-n",
            shop.namespace(),
            "--set",
            "image=" + image.tagged())
        .orFail();
  }
}

package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry.AppliedRevision;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A chain that others wrote, in an image that has Optuna and a driver, and nothing of ours. */
@EndToEnd
class OptunaIT {

  @Test
  void fromEmptyToHead(Shop shop) {
    Database database = shop.database("studies");
    Image image = shop.image("optuna", "5", shop.emptyFolder(), "optuna");

    shop.apply(
        "studies",
        image,
        "alembic: {workingDir: /venv/lib/python3.11/site-packages/optuna/storages/_rdb}");
    DatabaseMigrationStatus status = shop.awaitReady("studies");

    List<String> rows = shop.rows(database);
    assertThat(status.currentRevisions()).isEqualTo(rows).isEqualTo(status.heads());
    assertThat(status.history()).hasSize(1);
    assertThat(status.history().getFirst().revisions()).hasSize(10);
    assertThat(status.history().getFirst().revisions())
        .extracting(AppliedRevision::duration)
        .allMatch(d -> d.matches("\\d+\\.\\d{3}s"));
    assertThat(status.history().getFirst().to()).isEqualTo(rows);
    assertThat(shop.query(database, "SELECT count(*) FROM trials")).containsExactly("0");
    assertThat(shop.jobs()).hasSize(1);
  }
}

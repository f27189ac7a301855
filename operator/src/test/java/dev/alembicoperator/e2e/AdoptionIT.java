package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry.AppliedRevision;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import dev.alembicoperator.lifecycle.AlembicProject;
import org.junit.jupiter.api.Test;

/** Scenario 6: databases that were there before Alembic. */
@EndToEnd
class AdoptionIT {

  @Test
  void tablesWithoutAVersionTableAreNamedThenAdopted(Shop shop) {
    Database database = shop.database("orders");
    shop.execute(database, AlembicProject.AUDIT);
    shop.execute(database, "CREATE TABLE t1 (id integer)");
    shop.execute(database, "CREATE TABLE t2 (id integer)");
    Image image = shop.image("orders", "1", project(shop));

    shop.apply("orders", image);
    DatabaseMigrationStatus status = shop.awaitReason("orders", "UnversionedDatabase");
    assertThat(Shop.has(status, "Stalled")).isTrue();
    assertThat(Shop.message(status)).contains("t1", "t2", "adopt.baseline");
    assertThat(shop.tables(database)).containsExactly("audit", "t1", "t2");

    shop.apply("orders", image, "adopt: {baseline: \"0002\"}");
    status = shop.awaitReady("orders");
    assertThat(status.currentRevision()).isEqualTo("0003");
    assertThat(status.history().getFirst().revisions())
        .extracting(AppliedRevision::revision)
        .containsExactly("0003");
    assertThat(shop.audit(database)).containsExactly("0003");
    int jobs = shop.jobs().size();
    shop.apply("orders", image);
    shop.awaitReady("orders");
    shop.settle();
    assertThat(shop.jobs()).as("the baseline has done its work").hasSize(jobs);
  }

  @Test
  void aBaselineThatTheDatabaseContradictsIsRefused(Shop shop) {
    Database database = shop.database("orders");
    shop.execute(database, AlembicProject.AUDIT);
    shop.execute(database, "CREATE TABLE t1 (id integer)");
    Image image = shop.image("orders", "1", project(shop));

    shop.apply("orders", image, "adopt: {baseline: \"0002\"}");
    DatabaseMigrationStatus status = shop.awaitReason("orders", "UnversionedDatabase");

    assertThat(Shop.message(status)).contains("t2").contains("adopt.baseline");
    assertThat(shop.tables(database)).containsExactly("audit", "t1");

    shop.apply("orders", image, "adopt: {baseline: \"0001\"}");
    assertThat(shop.awaitReady("orders").currentRevision()).isEqualTo("0003");
    assertThat(shop.audit(database)).containsExactly("0002", "0003");
  }

  @Test
  void tablesOfOthersAreLeftAlone(Shop shop) {
    Database database = shop.database("orders");
    shop.execute(database, "CREATE TABLE legacy (id integer)");

    shop.apply("orders", shop.image("orders", "1", project(shop)), "adopt: {baseline: base}");

    assertThat(shop.awaitReady("orders").currentRevision()).isEqualTo("0003");
    assertThat(shop.audit(database)).containsExactly("0001", "0002", "0003");
    assertThat(shop.tables(database)).contains("legacy", "t1", "t2", "t3");
  }

  /** Tables that can be seen in the operations, as autogenerate writes them. */
  private static AlembicProject project(Shop shop) {
    AlembicProject project = shop.project();
    for (int n = 1; n <= 3; n++) {
      project.revision(
          n,
          "import sqlalchemy\nop.create_table('t%d', sqlalchemy.Column('id', sqlalchemy.Integer))"
              .formatted(n));
    }
    return project;
  }
}

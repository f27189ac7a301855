package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.testing.TestPostgres;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Scenario 5: an older image, as "helm rollback" brings it, and forward again. */
class RollbackTest {

  private final World world = World.start();
  private final TestPostgres.Database database = world.database("orders");

  @BeforeEach
  void migrate() {
    world
        .image("example/orders:1", world.project().reversible(1, 2))
        .image("example/orders:2", world.project().reversible(1, 4))
        .apply("orders", "example/orders:1");
    world.awaitReady("orders");
    world.apply("orders", "example/orders:2");
    world.awaitReady("orders");
  }

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void anOlderImageAloneTouchesNothing() {
    world.apply("orders", "example/orders:1");

    DatabaseMigrationStatus status = world.awaitReason("orders", "DatabaseAhead");
    world.settle();

    assertThat(World.has(status, "Stalled")).isTrue();
    assertThat(World.message(status)).contains("0004", "downgradePolicy");
    assertThat(World.rows(database)).containsExactly("0004");
    assertThat(world.jobsStarted()).isEqualTo(3);
  }

  @Test
  void theDatabaseFollowsAnOlderImageAndForwardAgain() {
    world.apply("orders", "example/orders:1", "downgradePolicy: ToImage");

    DatabaseMigrationStatus back = world.awaitReady("orders");
    assertThat(World.rows(database)).containsExactly("0002");
    assertThat(World.audit(database))
        .containsExactlyInAnyOrder("0001", "0002", "0003", "0004", "undo 0004", "undo 0003");
    HistoryEntry entry = back.history().getFirst();
    assertThat(entry.action()).isEqualTo(HistoryEntry.Action.Downgrade);
    assertThat(entry.image()).startsWith("example/orders@sha256:");
    assertThat(entry.forImage()).isEqualTo("example/orders:1");
    assertThat(back.history()).hasSize(3);
    assertThat(back.applied().image()).isEqualTo("example/orders:1");
    assertThat(back.heads()).containsExactly("0002");
    assertThat(world.notes("orders", "Downgrading"))
        .singleElement()
        .asString()
        .contains("\"0004\", \"0003\" (2 revisions)", "example/orders@sha256:");
    world.settle();
    assertThat(world.jobsStarted()).as("looked, announced, done").isEqualTo(5);

    world.apply("orders", "example/orders:2", "downgradePolicy: ToImage");
    assertThat(world.awaitReady("orders").currentRevision()).isEqualTo("0004");
    assertThat(World.audit(database)).endsWith("0003", "0004");

    world.apply("orders", "example/orders:1", "downgradePolicy: ToImage");
    assertThat(world.awaitReady("orders").currentRevision()).isEqualTo("0002");
  }

  @Test
  void anOlderImageWithItsOwnTargetIsGoneToAsWell() {
    world.apply("orders", "example/orders:1", "target: \"0001\"", "downgradePolicy: ToTarget");

    assertThat(world.awaitReady("orders").currentRevision()).isEqualTo("0001");
    assertThat(World.tables(database)).containsExactly("alembic_version", "audit", "t1");
  }

  @Test
  void toTargetDoesNotFollowAHead() {
    world.apply("orders", "example/orders:1", "downgradePolicy: ToTarget");

    DatabaseMigrationStatus status = world.awaitReason("orders", "DatabaseAhead");
    assertThat(World.message(status)).contains("ToImage");
    assertThat(World.rows(database)).containsExactly("0004");
  }

  @Test
  void aTagThatWasMovedIsStillHadByItsDigest() {
    world.image("example/orders:2", world.project().reversible(1, 1));

    world.apply("orders", "example/orders:1", "downgradePolicy: ToImage");

    assertThat(world.awaitReady("orders").currentRevision()).isEqualTo("0002");
  }

  @Test
  void aRecordedImageThatIsGoneIsReplacedByANamedOne() {
    String digest = world.status("orders").applied().imageDigest();
    world.images().forget(digest);
    world.apply("orders", "example/orders:1", "downgradePolicy: ToImage");
    DatabaseMigrationStatus gone = world.awaitReason("orders", "ImageUnavailable");
    assertThat(World.message(gone)).contains(digest, "spec.downgradeImage");

    world.image("example/mirror:2", world.project().reversible(1, 4));
    world.apply(
        "orders",
        "example/orders:1",
        "downgradePolicy: ToImage",
        "downgradeImage: example/mirror:2");

    DatabaseMigrationStatus status = world.awaitReady("orders");
    assertThat(status.currentRevision()).isEqualTo("0002");
    assertThat(status.history().getFirst().image()).isEqualTo("example/mirror:2");
  }
}

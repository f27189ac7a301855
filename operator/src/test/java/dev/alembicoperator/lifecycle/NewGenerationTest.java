package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.testing.TestPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scenarios 3 and 10: the spec changes, at every moment of a run. */
class NewGenerationTest {

  @TempDir private Path folder;

  private final World world = World.start();
  private final TestPostgres.Database database = world.database("orders");

  @AfterEach
  void close() {
    world.close();
  }

  /** Image 1 has two revisions, image 3 four; both are ordinary. Image 1 is applied. */
  private DatabaseMigrationStatus firstRelease() {
    world
        .image("example/orders:1", world.project().revisions(1, 2))
        .image("example/orders:3", world.project().revisions(1, 4))
        .apply("orders", "example/orders:1");
    return world.awaitReady("orders");
  }

  @Test
  void whatIsPendingIsNotKnownBeforeItIsAndShownAfterwards() {
    firstRelease();
    AlembicProject broken =
        world.project().revisions(1, 4).revision(4, "op.execute('CREATE TABEL t4 (id integer)')");
    world.image("example/orders:2", broken).images().hold("example/orders:2");

    world.apply("orders", "example/orders:2");
    DatabaseMigrationStatus preparing = world.awaitReason("orders", "Preparing");
    assertThat(preparing.plan()).as("what image 1 had to do says nothing of image 2").isNull();
    assertThat(preparing.targetRevision()).isNull();
    assertThat(preparing.currentRevision()).isEqualTo("0002");

    world.images().release("example/orders:2");
    DatabaseMigrationStatus failed = world.awaitReason("orders", "MigrationFailed");
    assertThat(failed.targetRevision()).isEqualTo("0004");
    assertThat(failed.plan().count()).isEqualTo(2);
    assertThat(failed.plan().from()).containsExactly("0002");
    assertThat(failed.plan().to()).containsExactly("0004");
  }

  @Test
  void aWrongTagHealsAsSoonAsItIsCorrected() {
    firstRelease();

    world.apply("orders", "example/orders:tpyo");
    DatabaseMigrationStatus wrong = world.awaitReason("orders", "ImageUnavailable");
    assertThat(World.message(wrong)).contains("example/orders:tpyo", "spec.image");
    world.apply("orders", "example/orders:3");

    DatabaseMigrationStatus status = world.awaitReady("orders");
    assertThat(status.attempt().number()).isEqualTo(3);
    assertThat(status.history()).extracting(HistoryEntry::number).containsExactly(3L, 1L);
    assertThat(status.history().getFirst().image()).isEqualTo("example/orders:3");
    assertThat(World.audit(database)).containsExactly("0001", "0002", "0003", "0004");
  }

  @Test
  void aRunThatIsStillPreparedIsWithdrawn() {
    firstRelease();
    world
        .image("example/orders:2", world.project().revisions(1, 3))
        .images()
        .hold("example/orders:2");
    world.apply("orders", "example/orders:2");
    world.awaitReason("orders", "Preparing");

    world.apply("orders", "example/orders:3");

    DatabaseMigrationStatus status = world.awaitReady("orders");
    assertThat(status.currentRevision()).isEqualTo("0004");
    assertThat(status.history())
        .extracting(HistoryEntry::image)
        .containsExactly("example/orders:3", "example/orders:1");
    world.images().release("example/orders:2");
    world.settle();
    assertThat(world.jobs().running()).isEmpty();
    assertThat(World.audit(database)).containsExactly("0001", "0002", "0003", "0004");
  }

  @Test
  void aRunThatGoesOnIsFinishedAndJudgedByItsOwnRequest() {
    firstRelease();
    Path gate = folder.resolve("gate");
    world
        .image("example/orders:2", world.project().revisions(1, 2).gated(3, gate))
        .apply("orders", "example/orders:2");
    world.awaitReason("orders", "Running");

    world.apply("orders", "example/orders:3");
    DatabaseMigrationStatus running = world.awaitReason("orders", "Running");
    assertThat(World.message(running)).contains("Attempt 2 (generation 2) is still running");
    assertThat(running.attempt().requested().image()).isEqualTo("example/orders:2");
    assertThat(world.jobsStarted()).isEqualTo(2);
    open(gate);

    DatabaseMigrationStatus status = world.awaitReady("orders");
    assertThat(status.history())
        .extracting(HistoryEntry::image)
        .containsExactly("example/orders:3", "example/orders:2", "example/orders:1");
    assertThat(status.applied().image()).isEqualTo("example/orders:3");
    assertThat(World.audit(database)).containsExactly("0001", "0002", "0003", "0004");
  }

  @Test
  void aSpecThatComesBackIsNotJudgedByWhatStoodBetween() {
    DatabaseMigrationStatus first = firstRelease();
    world.image("example/orders:2", world.project());
    world.apply("orders", "example/orders:2", "jobsHistoryLimit: 10");
    world.awaitReason("orders", "NoMigrations");

    world.apply("orders", "example/orders:1");

    DatabaseMigrationStatus back = world.awaitReady("orders");
    assertThat(back.currentRevision()).isEqualTo("0002");
    assertThat(back.history()).isEqualTo(first.history());
    assertThat(world.jobsStarted()).as("what is done needs no pod").isEqualTo(2);
  }

  @Test
  void aFailureThatComesBackIsFoundAnew() {
    world
        .image("example/orders:1", world.project())
        .image("example/orders:2", world.project().revisions(1, 1))
        .apply("orders", "example/orders:1");
    DatabaseMigrationStatus first = world.awaitReason("orders", "NoMigrations");
    world.apply("orders", "example/orders:2");
    world.awaitReady("orders");

    // The tag is the same, and its image has been mended meanwhile.
    world
        .image("example/orders:1", world.project().revisions(1, 2))
        .apply("orders", "example/orders:1");

    DatabaseMigrationStatus status = world.awaitReady("orders");
    assertThat(first.attempt().number()).isOne();
    assertThat(status.attempt().number()).isEqualTo(3);
    assertThat(status.attempt().requested().specHash())
        .isEqualTo(first.attempt().requested().specHash());
    assertThat(World.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void labelsAnnotationsAndLimitsAreNoReasonToRun() {
    DatabaseMigrationStatus before = firstRelease();

    world.edit("orders", r -> r.getMetadata().setLabels(Map.of("team", "orders")));
    world.annotate("orders", "example.com/note", "looked at");
    world.settle();
    assertThat(world.status("orders")).isEqualTo(before);

    world.apply("orders", "example/orders:1", "timeouts: {lock: 7s}");
    world.awaitReady("orders");
    world.settle();
    assertThat(world.jobsStarted()).isOne();
  }

  @Test
  void nothingStartsWhileSuspended() {
    world
        .image("example/orders:1", world.project().revisions(1, 2))
        .apply("orders", "example/orders:1", "suspend: true");

    DatabaseMigrationStatus held = world.awaitReason("orders", "Suspended");
    assertThat(World.ready(held)).isEqualTo("False");
    assertThat(World.has(held, "Reconciling")).isTrue();
    world.settle();
    assertThat(world.jobsStarted()).isZero();
    assertThat(World.tables(database)).isEmpty();

    world.suspend("orders", false);
    world.awaitReady("orders");
    world.suspend("orders", true);
    world.awaitReady("orders");
    assertThat(world.jobsStarted()).isOne();
  }

  @Test
  void aRunGoesOnWhenItIsSuspendedMeanwhile() {
    firstRelease();
    Path gate = folder.resolve("gate");
    world
        .image("example/orders:2", world.project().revisions(1, 2).gated(3, gate))
        .apply("orders", "example/orders:2");
    world.awaitReason("orders", "Running");

    world.suspend("orders", true);
    world.awaitReason("orders", "Running");
    open(gate);
    world.awaitReady("orders");
    assertThat(World.audit(database)).containsExactly("0001", "0002", "0003");

    world.apply("orders", "example/orders:3", "suspend: true");
    world.awaitReason("orders", "Suspended");
    world.settle();
    assertThat(world.jobsStarted()).isEqualTo(2);
    assertThat(World.rows(database)).containsExactly("0003");
    world.suspend("orders", false);
    world.await(
        "orders", s -> "0004".equals(s.currentRevision()), "resumed", Duration.ofSeconds(40));
  }

  private static void open(Path gate) {
    try {
      Files.createFile(gate);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.api.v1alpha1.HistoryEntry.AppliedRevision;
import dev.alembicoperator.api.v1alpha1.Plan;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Issue 5, 11: runs whose report is larger than a termination message. */
class LongRunTest {

  private static final String IMAGE = "example/app:1";

  private final World world = World.start();

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void twoHundredRevisionsAreCountedAndTheFirstFiftyAreListed() {
    world.database("orders");
    world.image(IMAGE, world.project().revisions(1, 200)).apply("orders", IMAGE);

    DatabaseMigrationStatus status = world.awaitReady("orders");

    HistoryEntry entry = status.history().getFirst();
    assertThat(revisions(entry)).isEqualTo(ids(1, 50));
    assertThat(entry.revisions()).extracting(AppliedRevision::duration).doesNotContainNull();
    assertThat(entry.omitted()).isEqualTo(150);
    assertThat(entry.to()).containsExactly("0200");
    assertThat(status.plan().count()).isZero();
  }

  @Test
  void aFailureInTheMiddleTellsWhatStandsAndWhatIsLeft() {
    world.database("orders");
    AlembicProject project = world.project().transactionPerMigration().revisions(1, 200);
    world
        .image(IMAGE, project.revision(150, "op.execute('SELECT 1/0')"))
        .apply("orders", IMAGE)
        .awaitReason("orders", "MigrationFailed");

    DatabaseMigrationStatus status = world.status("orders");
    HistoryEntry entry = status.history().getFirst();
    assertThat(entry.to()).containsExactly("0149");
    assertThat(revisions(entry)).isEqualTo(ids(1, 50));
    assertThat(entry.omitted()).isEqualTo(99);
    assertThat(status.plan().count()).isEqualTo(51);
    assertThat(status.plan().revisions()).extracting(Plan.Step::revision).isEqualTo(ids(150, 169));
  }

  private static List<String> revisions(HistoryEntry entry) {
    return entry.revisions().stream().map(AppliedRevision::revision).toList();
  }

  private static List<String> ids(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj("%04d"::formatted).toList();
  }
}

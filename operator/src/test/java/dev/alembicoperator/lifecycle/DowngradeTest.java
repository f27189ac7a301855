package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.api.v1alpha1.HistoryEntry.AppliedRevision;
import dev.alembicoperator.testing.Faults;
import dev.alembicoperator.testing.TestPostgres;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Scenario 4: an older target with the same image. */
class DowngradeTest {

  private static final int MOST_WRITES = 30;

  private final World world = World.start();
  private final TestPostgres.Database database = world.database("orders");

  @BeforeEach
  void migrate() {
    world
        .image("example/orders:1", world.project().reversible(1, 3))
        .apply("orders", "example/orders:1");
    world.awaitReady("orders");
  }

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void isRefusedOnceWithoutThePolicy() {
    world.apply("orders", "example/orders:1", "target: \"0001\"");

    DatabaseMigrationStatus status = world.awaitReason("orders", "DowngradeForbidden");
    world.settle();

    assertThat(World.has(status, "Stalled")).isTrue();
    assertThat(World.message(status)).contains("0001", "downgradePolicy");
    assertThat(status.plan().count()).isEqualTo(2);
    assertThat(World.rows(database)).containsExactly("0003");
    assertThat(world.jobsStarted()).isEqualTo(2);
    assertThat(world.events("orders", "Normal")).doesNotContain("Downgrading");
  }

  @Test
  void isAnnouncedAndThenDoneWithIt() {
    world.apply("orders", "example/orders:1", "target: \"0001\"", "downgradePolicy: ToTarget");

    DatabaseMigrationStatus status = world.awaitReady("orders");

    assertThat(World.rows(database)).containsExactly("0001");
    assertThat(World.audit(database))
        .as("of one transaction, so in no order")
        .containsExactlyInAnyOrder("0001", "0002", "0003", "undo 0003", "undo 0002");
    assertThat(World.tables(database)).containsExactly("alembic_version", "audit", "t1");
    assertThat(status.history()).hasSize(2);
    HistoryEntry entry = status.history().getFirst();
    assertThat(entry.action()).isEqualTo(HistoryEntry.Action.Downgrade);
    assertThat(entry.from()).containsExactly("0003");
    assertThat(entry.to()).containsExactly("0001");
    assertThat(entry.revisions())
        .extracting(AppliedRevision::revision)
        .containsExactly("0003", "0002");
    assertThat(world.notes("orders", "Downgrading"))
        .singleElement()
        .asString()
        .contains("will undo \"0003\", \"0002\" (2 revisions), from \"0003\" to \"0001\"");
    assertThat(world.jobsStarted()).as("announced by one, done by another").isEqualTo(3);
    world.settle();
    assertThat(world.jobsStarted()).isEqualTo(3);
  }

  @Test
  void thePolicyAloneMakesARefusedOneGoOn() {
    world.apply("orders", "example/orders:1", "target: \"0002\"");
    world.awaitReason("orders", "DowngradeForbidden");

    world.apply("orders", "example/orders:1", "target: \"0002\"", "downgradePolicy: ToTarget");

    assertThat(world.awaitReady("orders").currentRevision()).isEqualTo("0002");
  }

  @Test
  void fromBaseToHeadToBaseToHead() {
    for (int i = 0; i < 2; i++) {
      world.apply("orders", "example/orders:1", "target: base", "downgradePolicy: ToTarget");
      DatabaseMigrationStatus status = world.awaitReady("orders");
      assertThat(status.currentRevision()).isEqualTo("base");
      assertThat(status.targetRevision()).isEqualTo("base");
      assertThat(World.rows(database)).isEmpty();
      assertThat(World.tables(database)).containsExactly("alembic_version", "audit");

      world.apply("orders", "example/orders:1", "target: head", "downgradePolicy: ToTarget");
      assertThat(world.awaitReady("orders").currentRevision()).isEqualTo("0003");
    }
    assertThat(World.audit(database))
        .filteredOn(r -> r.equals("0001") || r.equals("undo 0001"))
        .isEqualTo(List.of("0001", "undo 0001", "0001", "undo 0001", "0001"));
  }

  @Test
  void theOperatorMayDieAtEveryWrite() {
    int met = 0;
    while (diesAtWrite(met + 1)) {
      met++;
      assertThat(met).isLessThan(MOST_WRITES);
    }
    // Twice the intent, the Job and its uid; the announcement; the end.
    assertThat(met).isGreaterThanOrEqualTo(8);
  }

  /** Returns whether the way down had as many writes as that. */
  private boolean diesAtWrite(int n) {
    String name = "at-" + n;
    TestPostgres.Database own = world.database(name);
    world.apply(name, "example/orders:1");
    world.awaitReady(name);
    world.cluster().faults().goAwayAtWrite(n, Faults.Moment.AFTER_APPLYING);
    world.apply(name, "example/orders:1", "target: \"0002\"", "downgradePolicy: ToTarget");
    Awaitility.await("write " + n)
        .atMost(Duration.ofSeconds(40))
        .until(() ->
            world.cluster().faults().isAway()
                || "0002".equals(world.status(name).applied().revisions().getFirst()));
    boolean met = world.cluster().faults().isAway();
    if (met) {
      world.killOperator();
      world.startOperator();
    }
    world.cluster().faults().comeBack();
    assertThat(world.awaitReady(name).currentRevision()).isEqualTo("0002");
    assertThat(World.audit(own)).as("undone once").containsOnlyOnce("undo 0003").hasSize(4);
    assertThat(world.notes(name, "Downgrading")).as("killed at write " + n).hasSize(1);
    return met;
  }
}

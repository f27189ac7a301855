package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry.AppliedRevision;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.testing.Faults;
import dev.alembicoperator.testing.Faults.Moment;
import dev.alembicoperator.testing.TestPostgres;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Scenarios 21 and 29: the operator dies between any two of its writes, or the API server fails it.
 * Afterwards always: one Job, every revision applied once, one entry in the history, Ready.
 */
class OperatorDeathTest {

  /** More writes than one migration makes; a run that has more is broken in another way. */
  private static final int MOST_WRITES = 30;

  private static final String IMAGE = "example/app:1";
  private static final String SLOW = "example/slow:1";
  private static final List<String> REVISIONS = List.of("0001", "0002");

  private final World world = World.start();

  OperatorDeathTest() {
    world.image(IMAGE, world.project().revisions(1, 2));
    world.image(
        SLOW,
        world
            .project()
            .revision(1, "op.execute('CREATE TABLE t1 (id integer)')")
            .revision(2, "op.execute('SELECT pg_sleep(3)')"));
  }

  @AfterEach
  void close() {
    world.close();
  }

  @ParameterizedTest
  @EnumSource(Moment.class)
  void itMayDieAtEveryWrite(Moment moment) {
    int met = 0;
    while (diesAtWrite(met + 1, moment)) {
      met++;
      assertThat(met).isLessThan(MOST_WRITES);
    }
    // The runner's ConfigMap, the intent, the Job, its uid, the end, and events between them.
    assertThat(met).isGreaterThanOrEqualTo(5);
  }

  /** Returns whether the run had as many writes as that. */
  private boolean diesAtWrite(int n, Moment moment) {
    String name = "at-" + n;
    TestPostgres.Database database = world.database(name);
    world.cluster().faults().goAwayAtWrite(n, moment);
    world.apply(name, IMAGE);
    Awaitility.await("write " + n)
        .atMost(Duration.ofSeconds(40))
        .until(() -> world.cluster().faults().isAway() || ready(name));
    boolean met = world.cluster().faults().isAway();
    if (met) {
      world.killOperator();
      world.startOperator();
    }
    world.cluster().faults().comeBack();
    assertAppliedOnce(name, database, "killed at write " + n);
    return met;
  }

  @Test
  void itMayDieWhileTheMigrationRuns() {
    TestPostgres.Database database = world.database("orders");
    world.apply("orders", SLOW);
    awaitRunning("orders");

    world.killOperator();
    world.startOperator();

    assertAppliedOnce("orders", database, "killed in mid-run");
  }

  @Test
  void itMayBeAwayWhenTheMigrationEnds() {
    TestPostgres.Database database = world.database("orders");
    world.apply("orders", SLOW);
    awaitRunning("orders");

    world.killOperator();
    Awaitility.await("end of the run")
        .atMost(Duration.ofSeconds(40))
        .until(() -> world.jobs().running().isEmpty());
    world.startOperator();

    assertAppliedOnce("orders", database, "ended without the operator");
  }

  @Test
  void theAnswerToTheJobsCreationIsLost() {
    unluckily(f -> f.failNext("POST", ".*/jobs", 500, Moment.AFTER_APPLYING));
  }

  @Test
  void theJobCannotBeCreatedAtFirst() {
    unluckily(f -> {
      f.failNext("POST", ".*/jobs", HttpURLConnection.HTTP_INTERNAL_ERROR, Moment.BEFORE_APPLYING);
      f.failNext("POST", ".*/jobs", HttpURLConnection.HTTP_FORBIDDEN, Moment.BEFORE_APPLYING);
    });
  }

  @Test
  void statusWritesConflict() {
    unluckily(f -> {
      for (int i = 0; i < 3; i++) {
        f.failNext("PATCH", ".*/status", HttpURLConnection.HTTP_CONFLICT, Moment.BEFORE_APPLYING);
      }
    });
  }

  @ParameterizedTest
  @EnumSource(Moment.class)
  void everyKindOfRequestFailsOnce(Moment moment) {
    unluckily(f -> {
      for (String method : List.of("GET", "POST", "PATCH")) {
        f.failNext(method, ".*", HttpURLConnection.HTTP_INTERNAL_ERROR, moment);
      }
    });
  }

  @Test
  void anEventIsNeverWorthAFailedReconcile() {
    unluckily(f -> {
      for (int i = 0; i < 10; i++) {
        f.failNext("POST", ".*/events", HttpURLConnection.HTTP_FORBIDDEN, Moment.BEFORE_APPLYING);
      }
    });
  }

  private void unluckily(Consumer<Faults> faults) {
    TestPostgres.Database database = world.database("orders");
    faults.accept(world.cluster().faults());
    world.apply("orders", IMAGE);
    assertAppliedOnce("orders", database, "bad luck");
  }

  @Test
  void theApiServerIsAwayForAWhile() {
    TestPostgres.Database database = world.database("orders");
    world.apply("orders", SLOW);
    awaitRunning("orders");

    world.cluster().faults().goAway();
    Awaitility.await("end of the run")
        .atMost(Duration.ofSeconds(40))
        .until(() -> world.jobs().running().isEmpty());
    assertThat(World.audit(database)).isEqualTo(REVISIONS);
    world.cluster().faults().comeBack();

    assertAppliedOnce("orders", database, "API server away");
  }

  @Test
  void somebodyWipesTheStatusOfAFinishedRun() {
    TestPostgres.Database database = world.database("orders");
    world.apply("orders", IMAGE);
    world.awaitReady("orders");

    wipe("orders");
    DatabaseMigrationStatus status = world.awaitReady("orders");

    // What the image is at, only a pod can tell; its number tells that Jobs remember.
    assertThat(status.attempt().number()).isEqualTo(2);
    assertThat(world.jobsOf("orders")).hasSize(2).doesNotHaveDuplicates();
    assertThat(status.currentRevisions()).containsExactly("0002");
    assertThat(World.audit(database)).isEqualTo(REVISIONS);
  }

  @Test
  void somebodyWipesTheStatusOfARunningMigration() {
    TestPostgres.Database database = world.database("orders");
    world.apply("orders", SLOW);
    awaitRunning("orders");

    wipe("orders");
    world.awaitReason("orders", "WaitingForOtherMigration");
    assertThat(world.jobs().running()).hasSize(1);
    world.awaitReady("orders");

    assertThat(World.audit(database)).isEqualTo(REVISIONS);
    assertThat(world.jobsOf("orders")).hasSizeLessThanOrEqualTo(2);
  }

  /** What an edit by hand, or a restored backup, does. */
  private void wipe(String name) {
    world.watcher().statusIsMeddledWith();
    world
        .user()
        .resources(DatabaseMigration.class)
        .inNamespace(World.NAMESPACE)
        .withName(name)
        .editStatus(r -> {
          r.setStatus(null);
          return r;
        });
  }

  private void awaitRunning(String name) {
    Awaitility.await("a running migration")
        .atMost(Duration.ofSeconds(40))
        .until(() ->
            world.status(name).attempt() != null
                && world.status(name).attempt().progress() != null
                && "0002".equals(world.status(name).attempt().progress().revision()));
  }

  private boolean ready(String name) {
    return "True".equals(World.ready(world.status(name)));
  }

  private void assertAppliedOnce(String name, TestPostgres.Database database, String what) {
    DatabaseMigrationStatus status = world.awaitReady(name);
    assertThat(world.jobsOf(name)).as("Jobs, %s", what).hasSize(1);
    assertThat(World.audit(database)).as("applied, %s", what).isEqualTo(REVISIONS);
    assertThat(status.attempt().outcome()).as(what).isEqualTo(Outcome.Succeeded);
    assertThat(status.attempt().jobUID()).as(what).isNotNull();
    assertThat(status.currentRevisions()).as(what).containsExactly("0002");
    assertThat(status.history()).as("history, %s", what).hasSize(1);
    assertThat(status.history().getFirst().revisions())
        .as(what)
        .extracting(AppliedRevision::revision)
        .isEqualTo(REVISIONS);
    assertThat(status.retries()).as("retries, %s", what).isNull();
    assertThat(Set.of("Reconciling", "Stalled")).as(what).noneMatch(c -> World.has(status, c));
  }
}

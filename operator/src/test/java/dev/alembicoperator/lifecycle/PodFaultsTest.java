package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.testing.TestPostgres;
import dev.alembicoperator.testing.jobs.LocalPod;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scenarios 19, 20 and 30: what happens to a migration's Job, pod and container. */
class PodFaultsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final String IMAGE = "example/app:1";
  private static final String SLOW = "example/slow:1";
  private static final String AUTOCOMMIT = "example/autocommit:1";
  private static final String SOON_AGAIN = "retry: {backoff: 1s}";

  /** As long as it is not there, the second revision takes long. */
  @TempDir private Path folder;

  private final World world = World.start();
  private final TestPostgres.Database database = world.database("orders");

  @BeforeEach
  void images() {
    world.image(IMAGE, world.project().revisions(1, 2));
    String slowOnce =
        "op.execute('SELECT pg_sleep(%%d)' %% (0 if __import__('os').path.exists('%s') else 6))"
            .formatted(quick());
    // A server that does not notice that its client is gone: the session works on.
    String unnoticed = "op.execute('SET client_connection_check_interval = 0')\n";
    world.image(SLOW, world.project().revisions(1, 1).revision(2, unnoticed + slowOnce));
    // What the revision had done before the block is committed where the block begins.
    world.image(
        AUTOCOMMIT,
        world
            .project()
            .revisions(1, 1)
            .revision(2, "with op.get_context().autocommit_block():\n    " + slowOnce));
  }

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void aJobDeletedByHandIsRolledBackAndRetriedOnce() throws IOException {
    runUntilSecondRevision(SLOW);

    world
        .user()
        .batch()
        .v1()
        .jobs()
        .inNamespace(World.NAMESPACE)
        .withName(world.jobsOf("orders").getFirst())
        .withPropagationPolicy(DeletionPropagation.BACKGROUND)
        .delete();

    DatabaseMigrationStatus status = awaitReadyNeverTwoAtOnce();
    assertThat(world.jobsOf("orders")).hasSize(2);
    assertThat(status.attempt().number()).isEqualTo(2);
    assertThat(World.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void aPodKilledInATransactionIsRetriedWhenItsSessionIsGone() throws IOException {
    runUntilSecondRevision(SLOW);

    pod().kill();

    awaitReadyNeverTwoAtOnce();
    assertThat(world.jobsOf("orders")).hasSize(2);
    assertThat(World.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void aPodKilledOutsideOfATransactionIsNotRetriedBlindly() throws IOException {
    runUntilSecondRevision(AUTOCOMMIT);

    pod().kill();
    DatabaseMigrationStatus status = awaitOutcome(Outcome.Lost);

    assertThat(World.reason(status)).isEqualTo("JobLost");
    assertThat(World.has(status, "Stalled")).isTrue();
    assertThat(World.message(status)).contains("half-done").contains("alembic-operator.dev/retry");
    assertThat(status.nextAttemptTime()).isNull();
    world.settle();
    assertThat(world.jobsOf("orders")).hasSize(1);

    askForRetry();
    world.awaitReady("orders");
    assertThat(world.jobsOf("orders")).hasSize(2);
    assertThat(World.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void anEvictedPodIsRetriedOnce() throws IOException {
    endsOnceWith(p -> p.evict("The node was low on resource: memory."), "Evicted");
  }

  @Test
  void aContainerOutOfMemoryIsRetriedOnce() throws IOException {
    endsOnceWith(LocalPod::oomKill, "OutOfMemory");
  }

  private void endsOnceWith(Consumer<LocalPod> end, String reason) throws IOException {
    runUntilSecondRevision(SLOW);

    end.accept(pod());

    awaitReadyNeverTwoAtOnce();
    assertThat(world.status("orders").history())
        .noneMatch(h -> h.outcome() == Outcome.Succeeded && reason.equals(h.reason()));
    assertThat(eventReasons()).contains(reason, "UpToDate");
    assertThat(world.jobsOf("orders")).hasSize(2);
    assertThat(World.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void twiceOutOfMemoryIsAPersonsBusiness() {
    world.apply("orders", SLOW, SOON_AGAIN);
    awaitSecondRevision();
    pod().oomKill();
    Awaitility.await("a second Job").atMost(PATIENCE).until(() -> world.jobsStarted() == 2);
    awaitSecondRevision();
    pod().oomKill();

    DatabaseMigrationStatus status =
        await(s -> "OutOfMemory".equals(World.reason(s)) && World.has(s, "Stalled"), "a verdict");
    assertThat(World.message(status)).contains("spec.pod.resources.limits.memory");
    world.settle();
    assertThat(world.jobsOf("orders")).hasSize(2);
    assertThat(status.currentRevisions()).isEmpty();
    assertThat(World.query(database, "SELECT to_regclass('audit')")).containsOnlyNulls();
  }

  @Test
  void anImageThatDoesNotExistIsToldAndItsCorrectionHealsAtOnce() throws IOException {
    world.apply("orders", "example/none:1");

    DatabaseMigrationStatus status = world.awaitReason("orders", "ImageUnavailable");
    assertThat(World.message(status)).contains("example/none:1").contains("spec.image");
    assertThat(World.has(status, "Reconciling")).isTrue();

    world.apply("orders", IMAGE);
    world.awaitReady("orders");
    assertThat(world.jobsOf("orders")).hasSize(2);
    assertThat(World.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void anImageThatIsPushedLateIsPulled() {
    world.apply("orders", "example/late:1");
    world.awaitReason("orders", "ImageUnavailable");

    world.image("example/late:1", world.project().revisions(1, 2));

    world.awaitReady("orders");
    assertThat(world.jobsOf("orders")).hasSize(1);
  }

  @Test
  void aRefusedPodIsToldAndHealsWhenItIsAdmitted() {
    world.jobs().refusePods("pods \"orders\" is forbidden: exceeded quota: compute");
    world.apply("orders", IMAGE);

    DatabaseMigrationStatus status = world.awaitReason("orders", "PodRejected");
    assertThat(World.message(status)).contains("exceeded quota: compute").contains("quota");

    world.jobs().admitPods();
    world.awaitReady("orders");
    assertThat(world.jobsOf("orders")).hasSize(1);
  }

  @Test
  void aSecretThatOnlyThePodNeedsIsNamed() {
    world.apply(
        "orders",
        IMAGE,
        "pod:",
        "  env:",
        "  - {name: TOKEN, valueFrom: {secretKeyRef: {name: orders-token, key: token}}}");

    DatabaseMigrationStatus status = world.awaitReason("orders", "SecretNotFound");
    assertThat(World.message(status)).contains("orders-token");

    world.secret("orders-token", Map.of("other", "x"));
    status = world.awaitReason("orders", "SecretKeyNotFound");
    assertThat(World.message(status)).contains("orders-token").contains("token");

    world.secret("orders-token", Map.of("token", "x"));
    world.awaitReady("orders");
    assertThat(world.jobsOf("orders")).hasSize(1);
  }

  private Path quick() {
    return folder.resolve("quick");
  }

  private void runUntilSecondRevision(String image) throws IOException {
    world.apply("orders", image, SOON_AGAIN);
    awaitSecondRevision();
    // The next try is quick.
    Files.createFile(quick());
  }

  private void awaitSecondRevision() {
    Awaitility.await("the second revision")
        .atMost(PATIENCE)
        .until(() -> !sessions(world.jobsStarted() + "/%/0002").isEmpty());
  }

  private LocalPod pod() {
    return world.jobs().pod(world.jobsOf("orders").getLast());
  }

  private DatabaseMigrationStatus await(Predicate<DatabaseMigrationStatus> until, String what) {
    return world.await("orders", until, what, PATIENCE);
  }

  private DatabaseMigrationStatus awaitOutcome(Outcome outcome) {
    return await(
        s -> s.attempt() != null && s.attempt().outcome() == outcome, "outcome " + outcome);
  }

  /** While the first attempt's session lives, there is no second Job. */
  private DatabaseMigrationStatus awaitReadyNeverTwoAtOnce() throws IOException {
    return await(
        status -> {
          int jobs = world.jobsOf("orders").size();
          List<String> first = sessions("1/%");
          assertThat(jobs > 1 && !first.isEmpty())
              .as("a second Job beside the session %s", first)
              .isFalse();
          return "True".equals(World.ready(status));
        },
        "Ready");
  }

  /** The names of the migration's sessions on the server. */
  private List<String> sessions(String suffix) {
    return World.query(
        database,
        "SELECT application_name FROM pg_stat_activity WHERE datname = current_database()"
            + " AND application_name LIKE '%/orders/"
            + suffix
            + "'");
  }

  private void askForRetry() {
    world
        .user()
        .resource(world.get("orders"))
        .edit(r -> {
          r.getMetadata().setAnnotations(Map.of("alembic-operator.dev/retry", "now"));
          return r;
        });
  }

  private List<String> eventReasons() {
    return world
        .user()
        .events()
        .v1()
        .events()
        .inNamespace(World.NAMESPACE)
        .list()
        .getItems()
        .stream()
        .map(e -> e.getReason())
        .toList();
  }
}

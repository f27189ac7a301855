package dev.alembicoperator.image;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.testing.MockCluster;
import dev.alembicoperator.testing.TestPostgres;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * Fills the image's cache of loaded and linked classes (JEP 483, JEP 514): runs the operator as the
 * image does, against a mock API server and a real PostgreSQL, through a whole migration whose pod
 * is only told of. A start of the operator then takes half the time and CPU. A cache that does not
 * fit is ignored by the JVM, never wrong.
 *
 * <p>Called by the Maven profile {@code image}.
 */
final class TrainingRun {

  private static final String NAMESPACE = "training";
  private static final int PATIENCE_SECONDS = 120;

  private static final String REPORT =
      """
      {"version": 1, "action": "migrate", "phase": "done", "outcome": "applied", "direction": "upgrade",
       "target": {"asked": "head", "resolved": ["0001"]}, "before": [], "after": ["0001"],
       "heads": ["0001"], "expected": ["0001"], "halfApplied": "no",
       "plan": [{"revision": "0001", "message": "create orders"}], "planCount": 1,
       "applied": [{"revision": "0001", "seconds": 0.1, "committed": true}], "appliedCount": 1}
      """;

  private final Path image;
  private final MockCluster cluster;
  private final TestPostgres postgres;

  private TrainingRun(Path image, MockCluster cluster, TestPostgres postgres) {
    this.image = image;
    this.cluster = cluster;
    this.postgres = postgres;
  }

  /** The image's folder is the argument. */
  public static void main(String[] arguments) throws Exception {
    try (MockCluster cluster = MockCluster.startWithTls();
        TestPostgres postgres = TestPostgres.start(Map.of())) {
      new TrainingRun(Path.of(arguments[0]).toAbsolutePath(), cluster, postgres).run();
    }
    System.exit(0);
  }

  private void run() throws IOException, InterruptedException, SQLException {
    cluster.createNamespace(NAMESPACE);
    Process operator = start();
    try {
      migrate();
    } finally {
      operator.destroy();
    }
    // The JVM writes the cache while it ends.
    if (!operator.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || !Files.exists(cache())) {
      operator.destroyForcibly();
      throw new IllegalStateException(
          "the training run left no cache of classes; see " + log().toAbsolutePath());
    }
  }

  private Process start() throws IOException {
    ProcessBuilder command =
        new ProcessBuilder(
            image.resolve("runtime/bin/java").toString(),
            "@java.options",
            "-XX:AOTCacheOutput=" + cache().getFileName(),
            "-jar",
            // In full, as in the image: a relative path would be looked up from wherever it is
            // started.
            image.resolve("alembic-operator.jar").toString(),
            "--http-port=0",
            "--allowed-hosts=127.0.0.0/8",
            "--leader-election=false");
    command.environment().put("KUBECONFIG", kubeconfig().toString());
    return command
        .directory(image.toFile())
        .redirectErrorStream(true)
        .redirectOutput(log().toFile())
        .start();
  }

  private Path kubeconfig() throws IOException {
    Path file = Files.createTempFile("kubeconfig", ".yaml");
    file.toFile().deleteOnExit();
    return Files.writeString(
        file,
        """
        apiVersion: v1
        kind: Config
        clusters: [{name: c, cluster: {server: "%s", insecure-skip-tls-verify: true}}]
        users: [{name: u, user: {token: none}}]
        contexts: [{name: c, context: {cluster: c, user: u, namespace: %s}}]
        current-context: c
        """
            .formatted(cluster.undisturbed().getMasterUrl(), NAMESPACE));
  }

  private void migrate() throws SQLException {
    TestPostgres.Database database = postgres.database();
    cluster.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: orders-db, namespace: %1$s}
        data: {url: "%2$s"}
        ---
        apiVersion: alembic-operator.dev/v1alpha1
        kind: DatabaseMigration
        metadata: {name: orders, namespace: %1$s, uid: 00000000-0000-0000-0000-000000000001, generation: 1}
        spec:
          image: registry.example/orders:1
          database: {urlFrom: {secretKeyRef: {name: orders-db, key: url}}}
        """
            .formatted(
                NAMESPACE,
                Base64.getEncoder()
                    .encodeToString(database.url().getBytes(StandardCharsets.UTF_8))));
    Awaitility.await("the Job of a migration, see " + log().toAbsolutePath())
        .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .until(() -> !jobs().isEmpty());
    try (Connection connection = postgres.connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)");
      statement.execute("INSERT INTO alembic_version VALUES ('0001')");
    }
    cluster.undisturbed().resource(pod(jobs().getFirst())).create();
    Awaitility.await("the migration to be over, see " + log().toAbsolutePath())
        .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .until(this::ready);
  }

  private List<Job> jobs() {
    return cluster.undisturbed().batch().v1().jobs().inNamespace(NAMESPACE).list().getItems();
  }

  private boolean ready() {
    DatabaseMigration resource =
        cluster
            .undisturbed()
            .resources(DatabaseMigration.class)
            .inNamespace(NAMESPACE)
            .withName("orders")
            .get();
    return resource.getStatus() != null
        && resource.getStatus().conditions().stream()
            .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
  }

  /** As the Job controller and the kubelet leave it behind. */
  private static Pod pod(Job job) {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Container container = job.getSpec().getTemplate().getSpec().getContainers().getFirst();
    return new PodBuilder()
        .withNewMetadataLike(job.getSpec().getTemplate().getMetadata())
        .withName(job.getMetadata().getName() + "-abcde")
        .withNamespace(NAMESPACE)
        .addNewOwnerReference()
        .withApiVersion("batch/v1")
        .withKind("Job")
        .withName(job.getMetadata().getName())
        .withUid(job.getMetadata().getUid())
        .withController(true)
        .endOwnerReference()
        .endMetadata()
        .withSpec(job.getSpec().getTemplate().getSpec())
        .withNewStatus()
        .withPhase("Succeeded")
        .addNewContainerStatus()
        .withName(container.getName())
        .withImage(container.getImage())
        .withImageID("registry.example/orders@sha256:" + "0".repeat(64))
        .withNewState()
        .withNewTerminated()
        .withExitCode(0)
        .withReason("Completed")
        .withStartedAt(now.toString())
        .withFinishedAt(now.toString())
        .withMessage(REPORT)
        .endTerminated()
        .endState()
        .endContainerStatus()
        .endStatus()
        .build();
  }

  private Path cache() {
    return image.resolve("alembic-operator.aot");
  }

  private Path log() {
    return image.resolveSibling("training.log");
  }
}

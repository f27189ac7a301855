package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.api.v1alpha1.HistoryEntry.AppliedRevision;
import dev.alembicoperator.config.Settings;
import dev.alembicoperator.config.SettingsBuilder;
import dev.alembicoperator.database.HostPolicy;
import dev.alembicoperator.database.JdbcDatabaseReader;
import dev.alembicoperator.reconcile.AlembicOperator;
import dev.alembicoperator.testing.RealApiServer;
import dev.alembicoperator.testing.TestPostgres;
import dev.alembicoperator.testing.Venvs;
import dev.alembicoperator.testing.jobs.LocalImages;
import dev.alembicoperator.testing.jobs.LocalJobs;
import dev.alembicoperator.testing.jobs.Timing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A chain that others wrote, ten revisions long, applied through a real API server to a real
 * PostgreSQL.
 */
class OptunaTest {

  private static final String IMAGE = "registry.example/optuna:5";

  private static RealApiServer server;

  @RegisterExtension
  static final BeforeAllCallback SHARED_SERVER = context -> server = RealApiServer.shared(context);

  private final LocalImages images = new LocalImages();
  private String namespace;
  private LocalJobs jobs;
  private AlembicOperator operator;

  @BeforeEach
  void start() throws IOException {
    // No controller ends a namespace here, so each test has a new one.
    namespace = "optuna-" + Long.toString(System.nanoTime(), Character.MAX_RADIX);
    server.createNamespace(namespace);
    Path venv = Venvs.get("optuna");
    images.add(IMAGE, migrations(venv), venv);
    jobs = LocalJobs.inNamespace(server.client(), namespace, images, Timing.fast());
    Settings settings =
        SettingsBuilder.builder(Settings.defaults()).namespaces(Set.of(namespace)).build();
    operator =
        new AlembicOperator(
            server.client(),
            settings,
            new JdbcDatabaseReader(
                new HostPolicy(List.of("127.0.0.0/8"), Set.of()), Clock.systemUTC()),
            new SimpleMeterRegistry(),
            Clock.systemUTC());
    operator.start();
  }

  @AfterEach
  void stop() {
    operator.close();
    jobs.close();
  }

  @Test
  void fromEmptyToHead() {
    TestPostgres.Database database = TestPostgres.shared().database();

    apply("studies", database, "head");
    DatabaseMigrationStatus status = awaitReady("studies");

    List<String> rows = World.rows(database);
    assertThat(status.currentRevisions()).isEqualTo(rows).isEqualTo(status.heads());
    assertThat(status.targetRevisions()).isEqualTo(rows);
    assertThat(status.history()).hasSize(1);
    HistoryEntry entry = status.history().getFirst();
    assertThat(entry.revisions()).hasSize(10);
    assertThat(entry.revisions())
        .extracting(AppliedRevision::duration)
        .allMatch(d -> d.matches("\\d+\\.\\d{3}s"));
    assertThat(entry.to()).isEqualTo(rows);
    assertThat(World.query(database, "SELECT count(*) FROM trials")).containsExactly("0");
    assertThat(jobs.started()).hasSize(1);
  }

  @Test
  void firstToAnOlderRevisionThenToHead() {
    TestPostgres.Database database = TestPostgres.shared().database();

    apply("studies", database, "v2.6.0.a");
    DatabaseMigrationStatus older = awaitReady("studies");
    assertThat(older.currentRevision()).isEqualTo("v2.6.0.a");
    assertThat(World.rows(database)).containsExactly("v2.6.0.a");

    apply("studies", database, "head");
    DatabaseMigrationStatus newest = awaitReady("studies");
    assertThat(newest.currentRevisions()).isEqualTo(World.rows(database)).isEqualTo(newest.heads());
    assertThat(newest.history()).hasSize(2);
    long applied = newest.history().stream().mapToLong(h -> h.revisions().size()).sum();
    assertThat(applied).isEqualTo(10);
  }

  private void apply(String name, TestPostgres.Database database, String target) {
    server.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: %1$s-db, namespace: %2$s}
        stringData: {url: "%3$s"}
        ---
        apiVersion: alembic-operator.dev/v1alpha1
        kind: DatabaseMigration
        metadata: {name: %1$s, namespace: %2$s}
        spec:
          image: %4$s
          target: "%5$s"
          database:
            urlFrom: {secretKeyRef: {name: %1$s-db, key: url}}
        """
            .formatted(name, namespace, database.url(), IMAGE, target));
  }

  private DatabaseMigrationStatus awaitReady(String name) {
    Awaitility.await("Ready")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> ready(get(name)));
    return get(name).getStatus();
  }

  private static boolean ready(DatabaseMigration resource) {
    DatabaseMigrationStatus status = resource.getStatus();
    return status != null
        && resource.getMetadata().getGeneration().equals(status.observedGeneration())
        && "True".equals(World.ready(status));
  }

  private DatabaseMigration get(String name) {
    return server
        .client()
        .resources(DatabaseMigration.class)
        .inNamespace(namespace)
        .withName(name)
        .get();
  }

  /** Optuna's alembic.ini names its folders relative to the one that it lies in. */
  private static Path migrations(Path venv) throws IOException {
    try (Stream<Path> pythons = Files.list(venv.resolve("lib"))) {
      return pythons
          .map(p -> p.resolve("site-packages/optuna/storages/_rdb"))
          .filter(Files::isDirectory)
          .findFirst()
          .orElseThrow();
    }
  }
}

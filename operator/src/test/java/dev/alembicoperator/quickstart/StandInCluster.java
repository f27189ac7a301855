package dev.alembicoperator.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpecBuilder;
import dev.alembicoperator.config.Settings;
import dev.alembicoperator.database.HostPolicy;
import dev.alembicoperator.database.JdbcDatabaseReader;
import dev.alembicoperator.reconcile.AlembicOperator;
import dev.alembicoperator.testing.MockCluster;
import dev.alembicoperator.testing.TestPostgres;
import dev.alembicoperator.testing.jobs.Folders;
import dev.alembicoperator.testing.jobs.LocalImages;
import dev.alembicoperator.testing.jobs.LocalJobs;
import dev.alembicoperator.testing.jobs.Timing;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the story needs of a cluster: a mock API server, Jobs as processes, a real PostgreSQL with
 * the database of the sample, and the real operator.
 */
final class StandInCluster implements AutoCloseable {

  private static final String NAMESPACE = "default";
  private static final Path DEFINITION =
      Path.of("crds/databasemigrations.alembic-operator.dev.yaml");
  private static final Path LAYERS = Path.of("config/dev/quickstart.d");

  /** The sample's own: on 127.0.0.1, for the time of the story. */
  private static final String PASSWORD = "change-me";

  private final TestPostgres postgres;
  private final TestPostgres.Database database;
  private final MockCluster api;
  private final LocalImages images = new LocalImages();
  private final LocalJobs jobs;
  private final AlembicOperator operator;
  private final Path folder;
  private final Path venv;
  private final Releases releases;
  private final StatusTable table;
  private final AtomicBoolean closed = new AtomicBoolean();

  private StandInCluster(Path venv) throws IOException {
    this.venv = venv;
    postgres = TestPostgres.start(Map.of());
    database = new TestPostgres.Database(postgres.port(), "orders", "orders", PASSWORD);
    postgres.execute(
        "postgres",
        "CREATE ROLE orders LOGIN PASSWORD '" + PASSWORD + "'",
        "CREATE DATABASE orders OWNER orders");
    folder = Files.createTempDirectory("quickstart");
    releases = new Releases(LAYERS, folder);
    api = MockCluster.start();
    api.createNamespace(NAMESPACE);
    jobs = LocalJobs.inAllNamespaces(api.undisturbed(), images, Timing.realistic());
    // Loopback is refused by default, and here it is where the database is.
    operator =
        new AlembicOperator(
            api.client(),
            Settings.defaults(),
            new JdbcDatabaseReader(
                new HostPolicy(List.of("127.0.0.0/8"), Set.of()), Clock.systemUTC()),
            new SimpleMeterRegistry(),
            Clock.systemUTC());
    table =
        StatusTable.of(
            Serialization.unmarshal(Files.readString(DEFINITION), CustomResourceDefinition.class),
            Clock.systemUTC());
  }

  /** Starts everything; it is stopped at the end of the process at the latest. */
  static StandInCluster start(Path venv) {
    try {
      StandInCluster cluster = new StandInCluster(venv);
      Runtime.getRuntime().addShutdownHook(new Thread(cluster::close, "quickstart-close"));
      cluster.operator.start();
      return cluster;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The image of a release. */
  static String image(String version) {
    return "registry.example/orders:" + version;
  }

  /** Makes the image of a release available. */
  void publish(String version) {
    images.add(image(version), releases.get(version), venv);
  }

  /**
   * Applies a sample as it is, but for the URL of the database.
   *
   * @return what kubectl would say
   */
  List<String> apply(Path sample) {
    List<String> said = new ArrayList<>();
    for (HasMetadata item : load(sample)) {
      if (item instanceof Secret secret) {
        secret.setStringData(null);
        secret.setData(Map.of("url", base64(database.url())));
      }
      item.getMetadata().setNamespace(NAMESPACE);
      client().resource(item).createOr(NonDeletingOperation::update);
      said.add(name(item) + " created");
    }
    return said;
  }

  /**
   * Sets {@code spec.image}.
   *
   * @return what kubectl would say
   */
  String patchImage(String name, String image) {
    DatabaseMigration patched =
        client()
            .resource(get(name))
            .edit(r -> {
              r.setSpec(DatabaseMigrationSpecBuilder.builder(r.getSpec()).image(image).build());
              return r;
            });
    return name(patched) + " patched";
  }

  /** Returns the resource as the API server has it. */
  DatabaseMigration get(String name) {
    return client().resources(DatabaseMigration.class).inNamespace(NAMESPACE).withName(name).get();
  }

  /** Begins to follow a resource. */
  StatusWatch watch(String name) {
    return new StatusWatch(client(), NAMESPACE, name, table);
  }

  /** Does what the application would do. */
  void sql(String... statements) {
    try (Connection connection = postgres.connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns the rows of the version table. */
  List<String> revisions() {
    List<String> revisions = new ArrayList<>();
    try (Connection connection = postgres.connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT version_num FROM alembic_version")) {
      while (rows.next()) {
        revisions.add(rows.getString(1));
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return revisions;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      operator.close();
      jobs.close();
      api.close();
      postgres.close();
      deleteFolder();
    }
  }

  private void deleteFolder() {
    try {
      Folders.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private KubernetesClient client() {
    return api.undisturbed();
  }

  private List<HasMetadata> load(Path sample) {
    try (var text = Files.newInputStream(sample)) {
      return client().load(text).items();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  private static String name(HasMetadata item) {
    String[] group = item.getApiVersion().split("/", 2);
    String kind = item.getKind().toLowerCase(Locale.ROOT);
    return "%s/%s"
        .formatted(group.length == 1 ? kind : kind + "." + group[0], item.getMetadata().getName());
  }
}

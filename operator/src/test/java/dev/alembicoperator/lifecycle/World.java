package dev.alembicoperator.lifecycle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpecBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.config.Settings;
import dev.alembicoperator.config.SettingsBuilder;
import dev.alembicoperator.database.HostPolicy;
import dev.alembicoperator.database.JdbcDatabaseReader;
import dev.alembicoperator.plan.PlanSettings;
import dev.alembicoperator.reconcile.AlembicOperator;
import dev.alembicoperator.report.StatusReport;
import dev.alembicoperator.testing.MockCluster;
import dev.alembicoperator.testing.TestPostgres;
import dev.alembicoperator.testing.Venvs;
import dev.alembicoperator.testing.jobs.LocalImages;
import dev.alembicoperator.testing.jobs.LocalJobs;
import dev.alembicoperator.testing.jobs.Timing;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A cluster of one test: mock API server, Jobs as processes, a real PostgreSQL, and the real
 * operator.
 */
final class World implements AutoCloseable {

  static final String NAMESPACE = "shop";
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private final MockCluster cluster = MockCluster.start();
  private final StatusWatcher watcher = StatusWatcher.through(cluster.undisturbed());
  private final LocalImages images = new LocalImages();
  private final LocalJobs jobs;
  private final Path folder;
  private HostPolicy hosts = new HostPolicy(List.of("127.0.0.0/8"), Set.of());
  private PrometheusMeterRegistry metrics;
  private Settings settings =
      SettingsBuilder.builder(Settings.defaults())
          .plan(new PlanSettings(Duration.ofSeconds(10), Duration.ofMinutes(2), Set.of()))
          .build();
  private AlembicOperator operator;

  private World() {
    jobs = LocalJobs.inAllNamespaces(cluster.undisturbed(), images, Timing.fast());
    jobs.collectGarbageOf(DatabaseMigration.class);
    cluster.serveLogs(jobs::log);
    cluster.createNamespace(NAMESPACE);
    try {
      folder = Files.createTempDirectory("world");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A running operator in an empty cluster. */
  static World start() {
    World world = new World();
    world.startOperator();
    return world;
  }

  /** A running operator with other settings in an empty cluster. */
  static World with(PlanSettings plan) {
    World world = new World();
    world.settings = SettingsBuilder.builder(world.settings).plan(plan).build();
    world.startOperator();
    return world;
  }

  /** As {@link #with(PlanSettings)}, for an operator that may dial no address of this machine. */
  static World blind(PlanSettings plan) {
    World world = new World();
    world.settings = SettingsBuilder.builder(world.settings).plan(plan).build();
    world.hosts = new HostPolicy(List.of("127.99.99.99"), Set.of());
    world.startOperator();
    return world;
  }

  MockCluster cluster() {
    return cluster;
  }

  LocalImages images() {
    return images;
  }

  LocalJobs jobs() {
    return jobs;
  }

  /** The user's client: neither recorded nor disturbed. */
  KubernetesClient user() {
    return cluster.undisturbed();
  }

  String metrics() {
    return metrics.scrape();
  }

  /** Starts a new operator, which knows nothing but what the API server tells it. */
  void startOperator() {
    metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    operator =
        new AlembicOperator(
            cluster.client(),
            settings,
            new JdbcDatabaseReader(hosts, Clock.systemUTC()),
            metrics,
            Clock.systemUTC());
    operator.start();
  }

  AlembicOperator operator() {
    return operator;
  }

  /** The operator dies: from now on nothing of it reaches the API server. */
  void killOperator() {
    cluster.faults().goAway();
    stopOperator();
    cluster.faults().comeBack();
  }

  void stopOperator() {
    operator.close();
    operator = null;
  }

  /** A new project in a folder of its own. */
  AlembicProject project() {
    try {
      return AlembicProject.in(Files.createTempDirectory(folder, "app"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Publishes the project as an image with the newest Alembic. */
  World image(String reference, AlembicProject project) {
    return image(reference, project, "alembic-latest");
  }

  World image(String reference, AlembicProject project, String venv) {
    images.add(reference, project.folder(), Venvs.get(venv));
    return this;
  }

  /** A new database on the shared server, and the Secret "NAME-db" with its URL. */
  TestPostgres.Database database(String name) {
    return database(name, TestPostgres.shared());
  }

  /** As {@link #database(String)}, on a server of the test's own. */
  TestPostgres.Database database(String name, TestPostgres server) {
    TestPostgres.Database database = server.database();
    secret(name + "-db", Map.of("url", database.url()));
    return database;
  }

  World secret(String name, Map<String, String> data) {
    user()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(NAMESPACE)
                .endMetadata()
                .withData(encoded(data))
                .build())
        .createOr(r -> r.update());
    return this;
  }

  private static Map<String, String> encoded(Map<String, String> data) {
    Map<String, String> out = new HashMap<>();
    data.forEach((k, v) -> out.put(k, Base64.getEncoder().encodeToString(v.getBytes(UTF_8))));
    return out;
  }

  /** Applies the smallest resource, with more lines below spec. */
  World apply(String name, String image, String... lines) {
    StringBuilder yaml =
        new StringBuilder(
            """
            apiVersion: alembic-operator.dev/v1alpha1
            kind: DatabaseMigration
            metadata: {name: %1$s, namespace: %2$s}
            spec:
              image: %3$s
              database:
                urlFrom: {secretKeyRef: {name: %1$s-db, key: url}}
            """
                .formatted(name, NAMESPACE, image));
    for (String line : lines) {
      yaml.append("  ").append(line).append('\n');
    }
    cluster.apply(yaml.toString());
    return this;
  }

  /** Changes the resource as "kubectl edit", "label" and "annotate" do: what stands is kept. */
  World edit(String name, Consumer<DatabaseMigration> change) {
    user()
        .resource(get(name))
        .edit(r -> {
          change.accept(r);
          return r;
        });
    return this;
  }

  /** Sets an annotation. */
  World annotate(String name, String key, String value) {
    return edit(
        name,
        r -> {
          Map<String, String> annotations = new HashMap<>();
          if (r.getMetadata().getAnnotations() != null) {
            annotations.putAll(r.getMetadata().getAnnotations());
          }
          annotations.put(key, value);
          r.getMetadata().setAnnotations(annotations);
        });
  }

  /** Asks for another try. */
  World retry(String name, String token) {
    return annotate(name, DatabaseMigration.GROUP + "/retry", token);
  }

  /** Edits spec.suspend. */
  World suspend(String name, boolean suspend) {
    return edit(
        name,
        r -> r.setSpec(DatabaseMigrationSpecBuilder.builder(r.getSpec()).suspend(suspend).build()));
  }

  /** The events about the resource of that type, as their reasons, oldest first. */
  List<String> events(String name, String type) {
    return user().events().v1().events().inNamespace(NAMESPACE).list().getItems().stream()
        .filter(e -> name.equals(e.getRegarding().getName()) && type.equals(e.getType()))
        .sorted(Comparator.comparing(e -> e.getEventTime().getTime()))
        .map(Event::getReason)
        .toList();
  }

  /** What the events about the resource with that reason say. */
  List<String> notes(String name, String reason) {
    return user().events().v1().events().inNamespace(NAMESPACE).list().getItems().stream()
        .filter(e -> name.equals(e.getRegarding().getName()) && reason.equals(e.getReason()))
        .map(Event::getNote)
        .toList();
  }

  /** Asks for the end of the attempt that is open. */
  World cancel(String name, String token) {
    return annotate(name, DatabaseMigration.GROUP + "/cancel", token);
  }

  DatabaseMigration get(String name) {
    return user().resources(DatabaseMigration.class).inNamespace(NAMESPACE).withName(name).get();
  }

  DatabaseMigrationStatus status(String name) {
    DatabaseMigration resource = get(name);
    return resource.getStatus() == null ? DatabaseMigrationStatus.empty() : resource.getStatus();
  }

  /** Waits for the reason on the Ready condition of the current generation. */
  DatabaseMigrationStatus awaitReason(String name, String reason) {
    return await(name, s -> reason.equals(reason(s)), "reason " + reason, PATIENCE);
  }

  DatabaseMigrationStatus awaitReady(String name) {
    return await(
        name, s -> "True".equals(ready(s)) && "UpToDate".equals(reason(s)), "Ready", PATIENCE);
  }

  DatabaseMigrationStatus await(
      String name, Predicate<DatabaseMigrationStatus> until, String what, Duration within) {
    try {
      Awaitility.await(what)
          .atMost(within)
          .pollInterval(Duration.ofMillis(50))
          .until(() -> met(name, until));
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(
          "waited in vain for %s; status is %s; the last pod said: %s"
              .formatted(what, status(name), lastLog()),
          e);
    }
    return status(name);
  }

  private boolean met(String name, Predicate<DatabaseMigrationStatus> until) {
    DatabaseMigration resource = get(name);
    DatabaseMigrationStatus status = resource.getStatus();
    return status != null
        && resource.getMetadata().getGeneration().equals(status.observedGeneration())
        && until.test(status);
  }

  private String lastLog() {
    List<LocalJobs.StartedJob> started = jobs.started();
    try {
      return started.isEmpty() ? "(none)" : jobs.pod(started.getLast().name()).logs();
    } catch (IllegalArgumentException e) {
      return "(no pod)";
    }
  }

  /**
   * Gives the operator the time in which it would do something wrong, if it did: two of its
   * intervals' worth of events.
   */
  void settle() {
    Awaitility.await("quiet")
        .pollDelay(Duration.ofMillis(1500))
        .atMost(Duration.ofSeconds(5))
        .until(() -> true);
  }

  static String ready(DatabaseMigrationStatus status) {
    return StatusReport.ready(status).map(Condition::getStatus).orElse("");
  }

  static String reason(DatabaseMigrationStatus status) {
    return StatusReport.ready(status).map(Condition::getReason).orElse("");
  }

  static String message(DatabaseMigrationStatus status) {
    return StatusReport.ready(status).map(Condition::getMessage).orElse("");
  }

  static boolean has(DatabaseMigrationStatus status, String condition) {
    return status.conditions().stream()
        .anyMatch(c -> c.getType().equals(condition) && "True".equals(c.getStatus()));
  }

  /** The audit rows in the order in which they were written. */
  static List<String> audit(TestPostgres.Database database) {
    return query(database, "SELECT revision FROM audit ORDER BY at, revision");
  }

  /** The version table's rows. */
  static List<String> rows(TestPostgres.Database database) {
    return query(database, "SELECT version_num FROM alembic_version ORDER BY 1");
  }

  /** The tables that are there. */
  static List<String> tables(TestPostgres.Database database) {
    return query(
        database,
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename");
  }

  static List<String> query(TestPostgres.Database database, String sql) {
    List<String> out = new ArrayList<>();
    withDatabase(
        database,
        statement -> {
          try (ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
              out.add(rows.getString(1));
            }
          } catch (SQLException e) {
            throw new AssertionError(e);
          }
        });
    return out;
  }

  static void execute(TestPostgres.Database database, String sql) {
    withDatabase(
        database,
        statement -> {
          try {
            statement.execute(sql);
          } catch (SQLException e) {
            throw new AssertionError(e);
          }
        });
  }

  private static void withDatabase(TestPostgres.Database database, Consumer<Statement> work) {
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:%d/%s".formatted(database.port(), database.name()),
                database.user(),
                database.password());
        Statement statement = connection.createStatement()) {
      work.accept(statement);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  /** The names of a resource's Jobs that were ever begun, in that order. */
  List<String> jobsOf(String name) {
    String prefix = name + "-";
    return jobs.started().stream()
        .map(LocalJobs.StartedJob::name)
        .filter(j -> j.startsWith(prefix))
        .toList();
  }

  /** How many Jobs were ever begun. */
  int jobsStarted() {
    return jobs.started().size();
  }

  /** Whoever saw every version of every resource; what it saw is judged when this is closed. */
  StatusWatcher watcher() {
    return watcher;
  }

  @Override
  public void close() {
    if (operator != null) {
      operator.close();
    }
    try {
      watcher.assertHonest();
    } finally {
      watcher.close();
      jobs.close();
      cluster.close();
      AlembicProject.in(folder).delete("");
      assertThat(Files.exists(folder)).isFalse();
    }
  }
}

package dev.alembicoperator.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import dev.alembicoperator.lifecycle.AlembicProject;
import dev.alembicoperator.lifecycle.StatusWatcher;
import dev.alembicoperator.report.StatusReport;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A team's namespace: restricted, with databases and Secrets of its own. Every version of every
 * status in it is watched, and judged at the end.
 */
final class Shop implements AutoCloseable {

  /** For a pod on a busy machine; what is asserted are orders, not times. */
  static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Cluster cluster;
  private final Images images;
  private final String namespace;
  private final List<String> namespaces = new ArrayList<>();
  private final List<Database> databases = new ArrayList<>();
  private final StatusWatcher watcher;

  Shop(Cluster cluster, Images images, String namespace) {
    this.cluster = cluster;
    this.images = images;
    this.namespace = namespace;
    cluster.restrictedNamespace(namespace);
    namespaces.add(namespace);
    watcher = StatusWatcher.in(namespace, cluster.client());
  }

  String namespace() {
    return namespace;
  }

  /** All that were made for this test. */
  List<String> namespaces() {
    return List.copyOf(namespaces);
  }

  /** Another namespace, which goes with this one. Statuses in it are not judged. */
  String anotherNamespace(String suffix) {
    String name = namespace + "-" + suffix;
    cluster.restrictedNamespace(name);
    namespaces.add(name);
    return name;
  }

  KubernetesClient client() {
    return cluster.client();
  }

  Cluster cluster() {
    return cluster;
  }

  StatusWatcher watcher() {
    return watcher;
  }

  // --- what users make --------------------------------------------------------------------------

  AlembicProject project() {
    return images.project();
  }

  /** A folder for an image that adds nothing, or only a Dockerfile of its own. */
  AlembicProject emptyFolder() {
    return images.project().delete("migrations").delete("alembic.ini");
  }

  /** Publishes the project as a release of an application of that name. */
  Image image(String name, String version, AlembicProject project) {
    return images.release(name, version, project);
  }

  Image image(String name, String version, AlembicProject project, String venv) {
    return images.release(name, version, project.folder(), venv);
  }

  /** Publishes a folder with a Dockerfile of its own, which begins with nothing but Debian. */
  Image debian(String name, Path folder) {
    return images.debian(name, folder);
  }

  /** An empty database without a Secret. */
  Database database() {
    return keep(cluster.postgres().database());
  }

  /** A new database, and the Secret "NAME-db" with its URL. */
  Database database(String name) {
    Database database = database();
    secret(name + "-db", Map.of("url", database.url()));
    return database;
  }

  /** A new database whose owner has that password; without a Secret. */
  Database databaseWithPassword(String password) {
    return keep(cluster.postgres().database(password));
  }

  private Database keep(Database database) {
    databases.add(database);
    return database;
  }

  Shop secret(String name, Map<String, String> data) {
    return secret(namespace, name, data);
  }

  Shop secret(String where, String name, Map<String, String> data) {
    Map<String, String> encoded = new HashMap<>();
    data.forEach((k, v) -> encoded.put(k, Base64.getEncoder().encodeToString(v.getBytes(UTF_8))));
    client()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(where)
                .endMetadata()
                .withData(encoded)
                .build())
        .createOr(r -> r.update());
    return this;
  }

  /** Applies the smallest resource, with more lines below spec. */
  Shop apply(String name, Image image, String... lines) {
    return apply(name, image.tagged(), lines);
  }

  Shop apply(String name, String image, String... lines) {
    cluster.apply(smallest(namespace, name, image, lines));
    return this;
  }

  /** The smallest resource, with more lines below spec, which are indented for it. */
  static String smallest(String namespace, String name, String image, String... lines) {
    return """
    apiVersion: alembic-operator.dev/v1alpha1
    kind: DatabaseMigration
    metadata: {name: %1$s, namespace: %2$s}
    spec:
      image: %3$s
      database:
        urlFrom: {secretKeyRef: {name: %1$s-db, key: url}}
    """
            .formatted(name, namespace, image)
        + String.join("\n", lines).indent(2);
  }

  // --- what can be seen -------------------------------------------------------------------------

  DatabaseMigration get(String name) {
    return client().resources(DatabaseMigration.class).inNamespace(namespace).withName(name).get();
  }

  DatabaseMigrationStatus status(String name) {
    DatabaseMigration resource = get(name);
    return resource == null || resource.getStatus() == null
        ? DatabaseMigrationStatus.empty()
        : resource.getStatus();
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
          .pollInterval(Duration.ofMillis(200))
          .until(() -> current(name) && until.test(status(name)));
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(
          "waited in vain for %s of %s; status is %s".formatted(what, name, status(name)), e);
    }
    return status(name);
  }

  private boolean current(String name) {
    DatabaseMigration resource = get(name);
    return resource != null
        && resource.getStatus() != null
        && resource.getMetadata().getGeneration().equals(resource.getStatus().observedGeneration());
  }

  /**
   * Gives the operator the time in which it would do something wrong, if it did: more than one of
   * its intervals.
   */
  void settle() {
    Awaitility.await("quiet")
        .pollDelay(Duration.ofSeconds(12))
        .atMost(Duration.ofSeconds(30))
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

  /** The Jobs of one resource. */
  List<Job> jobsOf(String name) {
    String uid = get(name).getMetadata().getUid();
    return jobs().stream()
        .filter(j ->
            j.getMetadata().getOwnerReferences().stream().anyMatch(o -> uid.equals(o.getUid())))
        .toList();
  }

  /** The Jobs that are there, oldest first. */
  List<Job> jobs() {
    return client().batch().v1().jobs().inNamespace(namespace).list().getItems().stream()
        .sorted((a, b) ->
            a.getMetadata()
                .getCreationTimestamp()
                .compareTo(b.getMetadata().getCreationTimestamp()))
        .toList();
  }

  /** The reasons of a resource's events of that type, in the order of their times. */
  List<String> events(String name, String type) {
    return client().events().v1().events().inNamespace(namespace).list().getItems().stream()
        .filter(e -> name.equals(e.getRegarding().getName()) && type.equals(e.getType()))
        .filter(e -> e.getEventTime() != null)
        .sorted(Comparator.comparing(e -> e.getEventTime().getTime()))
        .map(Event::getReason)
        .toList();
  }

  /** Waits for exactly these; an event is published after the status that it is about. */
  void awaitEvents(String name, String type, String... reasons) {
    Awaitility.await("events of " + name)
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(events(name, type)).containsExactly(reasons));
  }

  List<Pod> pods() {
    return client().pods().inNamespace(namespace).list().getItems();
  }

  String logs(Pod pod) {
    return client().pods().inNamespace(namespace).withName(pod.getMetadata().getName()).getLog();
  }

  /** The audit rows in the order in which they were written. */
  List<String> audit(Database database) {
    return query(database, "SELECT revision FROM audit ORDER BY at, revision");
  }

  /** The version table's rows. */
  List<String> rows(Database database) {
    return query(database, "SELECT version_num FROM alembic_version ORDER BY 1");
  }

  List<String> tables(Database database) {
    return query(
        database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
  }

  List<String> query(Database database, String sql) {
    return cluster.postgres().query(database, sql);
  }

  void execute(Database database, String sql) {
    cluster.postgres().execute(database, sql);
  }

  // --- the end ----------------------------------------------------------------------------------

  /** Fails if any version of any status was not so. */
  void assertHonest() {
    watcher.assertHonest();
  }

  @Override
  public void close() {
    watcher.close();
    namespaces.forEach(n -> client().namespaces().withName(n).delete());
    databases.forEach(cluster.postgres()::drop);
  }
}

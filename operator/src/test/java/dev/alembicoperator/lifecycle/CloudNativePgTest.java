package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.plan.PlanSettings;
import dev.alembicoperator.testing.TestPostgres;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Issue 5, 6: the Secret of a CloudNativePG cluster, with the keys that it really has. */
class CloudNativePgTest {

  private static final String IMAGE = "example/app:1";

  private final World world =
      World.with(new PlanSettings(Duration.ofSeconds(1), Duration.ofMinutes(2), Set.of()));
  private final TestPostgres.Database database = TestPostgres.shared().database();

  CloudNativePgTest() {
    world.image(IMAGE, world.project().revisions(1, 2));
  }

  @AfterEach
  void close() {
    world.close();
  }

  /** As cloudnative-pg, pkg/specs/secrets.go, makes it. */
  private Map<String, String> secret(String dbname) {
    Map<String, String> data = new HashMap<>();
    data.put("username", database.user());
    data.put("user", database.user());
    data.put("password", database.password());
    data.put("dbname", dbname);
    data.put("host", "127.0.0.1");
    data.put("port", Integer.toString(database.port()));
    data.put("pgpass", "127.0.0.1:5432:*:x:y\n");
    data.put("uri", "postgresql://nobody:wrong@elsewhere.shop:5432/" + dbname);
    data.put("jdbc-uri", "jdbc:postgresql://elsewhere.shop:5432/x?password=wrong&user=nobody");
    data.put("fqdn-uri", "postgresql://nobody:wrong@elsewhere.shop.svc.cluster.local:5432/x");
    return data;
  }

  private void cluster() {
    ResourceDefinitionContext clusters =
        new ResourceDefinitionContext.Builder()
            .withGroup("postgresql.cnpg.io")
            .withVersion("v1")
            .withKind("Cluster")
            .withPlural("clusters")
            .withNamespaced(true)
            .build();
    world
        .user()
        .genericKubernetesResources(clusters)
        .inNamespace(World.NAMESPACE)
        .resource(
            new GenericKubernetesResourceBuilder()
                .withApiVersion("postgresql.cnpg.io/v1")
                .withKind("Cluster")
                .withNewMetadata()
                .withName("main")
                .withNamespace(World.NAMESPACE)
                .endMetadata()
                .build())
        .create();
  }

  private void apply(String cnpg, String observe) {
    world
        .cluster()
        .apply(
            """
            apiVersion: alembic-operator.dev/v1alpha1
            kind: DatabaseMigration
            metadata: {name: orders, namespace: %s}
            spec:
              image: %s
              database:
                cnpg: %s
                observe: %s
            """
                .formatted(World.NAMESPACE, IMAGE, cnpg, observe));
  }

  @Test
  void clusterThenSecretThenMigrated() {
    apply("{cluster: {name: main}}", "Operator");
    DatabaseMigrationStatus status = world.awaitReason("orders", "ClusterNotFound");
    assertThat(World.message(status)).contains("\"main\"").contains("\"main-app\"");
    assertThat(World.has(status, "Reconciling")).isTrue();

    cluster();
    status = world.awaitReason("orders", "SecretNotFound");
    assertThat(World.message(status)).contains("\"main-app\"");
    assertThat(world.jobsStarted()).isZero();

    world.secret("main-app", secret(database.name()));
    world.awaitReady("orders");
    assertThat(World.rows(database)).containsExactly("0002");
    assertThat(world.jobsStarted()).isOne();
  }

  @Test
  void whereOnlyThePodLooksItGetsThePartsByReference() {
    world.secret("main-app", secret(database.name()));
    apply("{cluster: {name: main}}", "Job");

    world.awaitReady("orders");
    assertThat(World.rows(database)).containsExactly("0002");
    assertThat(
            world
                .user()
                .batch()
                .v1()
                .jobs()
                .inNamespace(World.NAMESPACE)
                .list()
                .getItems()
                .toString())
        .contains("main-app")
        .doesNotContain(database.password());
  }

  @Test
  void aSuperusersSecretNeedsTheNameOfADatabase() {
    world.secret("main-superuser", secret("*"));
    apply("{cluster: {name: main}, secretName: main-superuser}", "Operator");
    DatabaseMigrationStatus status = world.awaitReason("orders", "InvalidConnection");
    assertThat(World.message(status)).contains("spec.database.cnpg.database");

    apply(
        "{cluster: {name: main}, secretName: main-superuser, database: %s}"
            .formatted(database.name()),
        "Operator");
    world.awaitReady("orders");
    assertThat(World.rows(database)).containsExactly("0002");
  }
}

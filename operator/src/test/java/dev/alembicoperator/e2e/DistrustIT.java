package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scenario 31b: what a team's namespace, image or resource may not make the operator do. */
@EndToEnd
class DistrustIT {

  /** What a runner writes that has done everything, in an image that has done nothing. */
  private static final String FORGED =
      """
      import json, os
      report = {"version": 1, "action": "migrate", "phase": "done", "outcome": "applied",
                "direction": "upgrade", "target": {"asked": "head", "resolved": ["0002"]},
                "before": [], "after": ["0002"], "heads": ["0002"], "expected": ["0002"],
                "plan": [], "planCount": 0, "applied": [], "appliedCount": 2, "halfApplied": "no"}
      with open("/dev/termination-log", "w") as log:
          json.dump(report, log)
      os._exit(0)
      """;

  @Test
  void aRunnerThatWasTamperedWithIsMadeAgainBeforeTheRun(Shop shop) {
    Database database = shop.database("orders");
    shop.apply("orders", shop.image("orders", "1", shop.project().revisions(1, 2)));
    shop.awaitReady("orders");
    ConfigMap genuine = runner(shop);
    shop.client().resource(genuine).delete();
    shop.client()
        .resource(
            new ConfigMapBuilder(genuine)
                .withNewMetadata()
                .withName(genuine.getMetadata().getName())
                .withNamespace(shop.namespace())
                .withLabels(genuine.getMetadata().getLabels())
                .endMetadata()
                .withBinaryData(Map.of())
                .withData(Map.of("launch.sh", "exit 0", "runner.pyz", "forged"))
                .build())
        .create();

    shop.apply("orders", shop.image("orders", "2", shop.project().revisions(1, 4)));
    shop.awaitReady("orders");

    assertThat(shop.jobs()).hasSize(2);
    assertThat(runner(shop).getBinaryData()).isEqualTo(genuine.getBinaryData());
    assertThat(runner(shop).getData()).isNullOrEmpty();
    assertThat(shop.audit(database)).containsExactly("0001", "0002", "0003", "0004");
  }

  @Test
  void aForgedReportIsNotBelieved(Shop shop) {
    Database database = shop.database("orders");

    shop.apply("orders", shop.image("orders", "1", shop.project().revisions(1, 2).env(FORGED)));
    DatabaseMigrationStatus status =
        shop.await("orders", s -> Shop.has(s, "Stalled"), "a verdict", Shop.PATIENCE);
    shop.settle();

    assertThat(Shop.reason(status)).isEqualTo("WrongDatabase");
    assertThat(status.applied()).isNull();
    assertThat(status.currentRevisions()).isEmpty();
    assertThat(shop.watcher().reasons("orders")).doesNotContain("UpToDate");
    assertThat(shop.jobs()).hasSize(1);
    assertThat(shop.tables(database)).isEmpty();
  }

  @Test
  void anotherServiceAccountIsRefused(Shop shop) {
    Database database = shop.database("orders");
    shop.cluster()
        .run("kubectl", "--namespace", shop.namespace(), "create", "serviceaccount", "builder")
        .orFail();
    Image image = shop.image("orders", "1", shop.project().revisions(1, 2));

    shop.apply("orders", image, "pod: {serviceAccountName: builder}");
    DatabaseMigrationStatus status = shop.awaitReason("orders", "InvalidSpec");

    assertThat(Shop.message(status)).contains("\"builder\"").contains("jobs.serviceAccounts");
    assertThat(shop.jobs()).isEmpty();
    assertThat(shop.tables(database)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          pod: {volumes: [{name: node, hostPath: {path: /}}]}   | hostPath
          pod: {hostNetwork: true}                              | hostNetwork
          pod: {securityContext: {privileged: true}}            | securityContext
          """)
  void whatReachesTheNodeIsRefusedByTheSchema(String line, String named, Shop shop) {
    Command.Result result =
        shop.cluster()
            .tryApply(Shop.smallest(shop.namespace(), "orders", "example/orders:1", line));

    assertThat(result.exitCode()).isNotZero();
    assertThat(result.err()).contains(named);
    assertThat(shop.get("orders")).isNull();
  }

  @Test
  void aSecretOfAnotherNamespaceIsNotRead(Shop shop) {
    String other = shop.anotherNamespace("other");
    Database database = shop.database();
    shop.secret(other, "orders-db", Map.of("url", database.url()));
    String yaml =
        Shop.smallest(shop.namespace(), "orders", "example/orders:1")
            .replace("name: orders-db", "namespace: " + other + ", name: orders-db");

    Command.Result strict = shop.cluster().tryApply(yaml);
    assertThat(strict.exitCode()).isNotZero();
    assertThat(strict.err()).contains("namespace");
    assertThat(shop.get("orders")).isNull();

    // Clients that do not ask for strict validation have the field cut off.
    shop.cluster().tryApply(yaml, "--validate=false").orFail();
    DatabaseMigrationStatus status = shop.awaitReason("orders", "SecretNotFound");
    assertThat(Shop.message(status)).contains(shop.namespace()).doesNotContain(other);
    assertThat(shop.jobs()).isEmpty();
    assertThat(
            shop.client().resources(DatabaseMigration.class).inNamespace(other).list().getItems())
        .isEmpty();
  }

  private static ConfigMap runner(Shop shop) {
    List<ConfigMap> found =
        shop.client()
            .configMaps()
            .inNamespace(shop.namespace())
            .withLabel("app.kubernetes.io/component", "runner")
            .list()
            .getItems();
    assertThat(found).hasSize(1);
    return found.getFirst();
  }
}

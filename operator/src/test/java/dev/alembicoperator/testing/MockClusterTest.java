package dev.alembicoperator.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.alembicoperator.testing.Faults.Moment;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MockClusterTest {

  private static final String CONFIG_MAPS = "/api/v1/namespaces/shop/configmaps";

  private MockCluster cluster;

  @BeforeEach
  void start() {
    cluster = MockCluster.start();
    cluster.createNamespace("shop");
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void writesDownWhatTheOperatorAsksAndNobodyElse() {
    create(cluster.client(), "a");
    create(cluster.undisturbed(), "b");
    cluster.client().configMaps().inNamespace("shop").withName("b").get();

    assertThat(cluster.writes())
        .singleElement()
        .satisfies(write -> {
          assertThat(write).hasToString("POST " + CONFIG_MAPS + " -> 201");
          assertThat(write.body()).contains("\"name\":\"a\"");
        });
    assertThat(cluster.requests())
        .extracting(ApiRequest::toString)
        .contains("GET " + CONFIG_MAPS + "/b -> 200");
  }

  @Test
  void aRequestThatFailsChangesNothing() {
    cluster.faults().failNext("POST", ".*/configmaps", 409, Moment.BEFORE_APPLYING);

    assertFailsWith(409, () -> create(cluster.client(), "a"));
    assertThat(find("a")).isNull();
    create(cluster.client(), "a");
    assertThat(find("a")).isNotNull();
  }

  @Test
  void aLostAnswer() {
    cluster.faults().failNext("POST", ".*/configmaps", 500, Moment.AFTER_APPLYING);

    assertFailsWith(500, () -> create(cluster.client(), "a"));
    assertThat(find("a")).isNotNull();
  }

  @Test
  void faultsMeetOnlyWhatTheyAreMeantFor() {
    cluster.faults().failNext("DELETE", ".*/configmaps/a", 500, Moment.BEFORE_APPLYING);
    create(cluster.undisturbed(), "a");

    create(cluster.client(), "b");
    cluster.undisturbed().configMaps().inNamespace("shop").withName("b").delete();
    assertFailsWith(
        500, () -> cluster.client().configMaps().inNamespace("shop").withName("a").delete());
  }

  @Test
  void afterAnOutageInformersKnowWhatTheyMissed() {
    create(cluster.undisturbed(), "a");
    try (SharedIndexInformer<ConfigMap> informer =
        cluster.client().configMaps().inNamespace("shop").inform()) {
      await().until(() -> names(informer).equals(List.of("a")));

      cluster.faults().goAway();
      assertFailsWith(503, () -> create(cluster.client(), "c"));
      create(cluster.undisturbed(), "b");
      cluster.undisturbed().configMaps().inNamespace("shop").withName("a").delete();
      // The watch is cut, and so nothing of it arrives.
      await().during(Duration.ofMillis(300)).until(() -> names(informer).equals(List.of("a")));

      cluster.faults().comeBack();
      await().until(() -> names(informer).equals(List.of("b")));
    }
  }

  @Test
  void theWorldEndsAtTheNthWrite() {
    cluster.faults().goAwayAtWrite(2, Moment.AFTER_APPLYING);

    create(cluster.client(), "a");
    assertFailsWith(503, () -> create(cluster.client(), "b"));
    assertFailsWith(503, () -> create(cluster.client(), "c"));
    cluster.faults().comeBack();

    assertThat(find("b")).isNotNull();
    assertThat(find("c")).isNull();
    create(cluster.client(), "c");
  }

  @Test
  void statusIsASubresource() {
    cluster.apply(
        """
        apiVersion: alembic-operator.dev/v1alpha1
        kind: DatabaseMigration
        metadata: {name: orders, namespace: shop}
        spec:
          image: registry.example/orders:1
          database: {inPod: {}}
        status: {currentRevision: forged}
        """);

    assertThat(
            cluster
                .client()
                .genericKubernetesResources("alembic-operator.dev/v1alpha1", "DatabaseMigration")
                .inNamespace("shop")
                .withName("orders")
                .get()
                .getAdditionalProperties())
        .containsKey("spec")
        .doesNotContainKey("status");
  }

  private static List<String> names(SharedIndexInformer<ConfigMap> informer) {
    return informer.getStore().list().stream()
        .map(object -> object.getMetadata().getName())
        .sorted()
        .toList();
  }

  private static void create(KubernetesClient client, String name) {
    client
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName(name)
                .endMetadata()
                .build())
        .create();
  }

  private ConfigMap find(String name) {
    return cluster.undisturbed().configMaps().inNamespace("shop").withName(name).get();
  }

  private static void assertFailsWith(int status, ThrowingCallable request) {
    assertThatExceptionOfType(KubernetesClientException.class)
        .isThrownBy(request)
        .extracting(KubernetesClientException::getCode)
        .isEqualTo(status);
  }
}

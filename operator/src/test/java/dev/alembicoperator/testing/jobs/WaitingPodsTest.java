package dev.alembicoperator.testing.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Pods that lack something: what they say, and that they start as soon as it is there. */
class WaitingPodsTest extends LocalJobsTestCase {

  @Test
  void aSecretAndThenItsKey() {
    create(
        shell(
            "secret",
            "echo \"$URL\"",
            container ->
                container
                    .addNewEnv()
                    .withName("URL")
                    .withNewValueFrom()
                    .withNewSecretKeyRef("url", "orders-db", null)
                    .endValueFrom()
                    .endEnv()));

    assertThat(awaitWaiting("secret", "CreateContainerConfigError").getMessage())
        .isEqualTo("secret \"orders-db\" not found");
    assertThat(pod("secret").getStatus().getPhase()).isEqualTo("Pending");

    createSecret("orders-db", Map.of("password", "x"));
    await()
        .untilAsserted(() ->
            assertThat(awaitWaiting("secret", "CreateContainerConfigError").getMessage())
                .isEqualTo("couldn't find key url in Secret %s/orders-db", namespace));

    client.secrets().inNamespace(namespace).withName("orders-db").delete();
    createSecret("orders-db", Map.of("url", "postgresql://db/orders"));
    awaitTerminated("secret");
    assertThat(jobs.pod("secret").logs()).isEqualTo("postgresql://db/orders\n");
  }

  @Test
  void aConfigMapOfTheEnvironment() {
    create(
        shell(
            "config",
            "echo $A",
            container ->
                container.addNewEnvFrom().withNewConfigMapRef("orders", false).endEnvFrom()));

    assertThat(awaitWaiting("config", "CreateContainerConfigError").getMessage())
        .isEqualTo("configmap \"orders\" not found");

    createConfigMap("orders", Map.of("A", "a"));
    awaitTerminated("config");
    assertThat(jobs.pod("config").logs()).isEqualTo("a\n");
  }

  @Test
  void aVolume() {
    create(
        withPod(
            shell(
                "volume",
                "cat /alembic-operator/launch.sh",
                container ->
                    container
                        .addNewVolumeMount()
                        .withName("runner")
                        .withMountPath("/alembic-operator")
                        .endVolumeMount()),
            pod ->
                pod.addNewVolume()
                    .withName("runner")
                    .withNewConfigMap()
                    .withName("runner")
                    .endConfigMap()
                    .endVolume()));

    awaitWaiting("volume", "ContainerCreating");
    createConfigMap("runner", Map.of("launch.sh", "exec python"));
    awaitTerminated("volume");
    assertThat(jobs.pod("volume").logs()).isEqualTo("exec python");
  }

  @Test
  void anImage() {
    images.remove(IMAGE);
    create(shell("image", "echo up"));

    assertThat(awaitWaiting("image", "ImagePullBackOff").getMessage())
        .startsWith("Back-off pulling image \"registry.example/orders:1\": ErrImagePull: ")
        .endsWith("registry.example/orders:1: not found");

    images.add(IMAGE, app);
    assertThat(awaitTerminated("image").getExitCode()).isZero();
  }

  @Test
  void anImageByTheDigestOfAMovedTag() {
    String byDigest = images.add(IMAGE, app).imageId();
    images.remove(IMAGE);
    create(shell("digest", "echo up", container -> container.withImage(byDigest)));

    awaitTerminated("digest");
    assertThat(containerStatus(pod("digest")).orElseThrow().getImageID()).isEqualTo(byDigest);
  }

  @Test
  void anImageNameThatIsNone() {
    create(shell("name", "echo up", container -> container.withImage("Registry/Orders:1")));

    assertThat(awaitWaiting("name", "InvalidImageName").getMessage())
        .contains("couldn't parse image name \"Registry/Orders:1\"");
  }

  @Test
  void aPullThatTakesLong() {
    images.hold(IMAGE);
    create(shell("held", "echo up"));
    awaitWaiting("held", "ContainerCreating");
    assertThat(jobs.running()).isEmpty();

    images.release(IMAGE);
    awaitTerminated("held");
  }

  @Test
  void aQuota() {
    jobs.refusePods("pods \"x\" is forbidden: exceeded quota: compute");
    create(shell("quota", "echo up"));

    await()
        .untilAsserted(() ->
            assertThat(client.v1().events().inNamespace(namespace).list().getItems())
                .singleElement()
                .satisfies(event -> {
                  assertThat(event.getReason()).isEqualTo("FailedCreate");
                  assertThat(event.getInvolvedObject().getName()).isEqualTo("quota");
                  assertThat(event.getMessage())
                      .isEqualTo(
                          "Error creating: pods \"x\" is forbidden: exceeded quota: compute");
                }));
    assertThat(findPod("quota")).isEmpty();

    jobs.admitPods();
    awaitTerminated("quota");
  }
}

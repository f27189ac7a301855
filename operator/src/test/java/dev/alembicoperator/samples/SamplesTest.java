package dev.alembicoperator.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.alembicoperator.testing.RealApiServer;
import dev.alembicoperator.testing.Repository;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable.Validation;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every sample is accepted by a real API server, without a field that it does not know. */
class SamplesTest {

  private static final Path FOLDER = Repository.root().resolve("config/samples");
  private static final String KUSTOMIZATION = "kustomization.yaml";

  @RegisterExtension static final RealApiServer.Shared API = new RealApiServer.Shared();

  private final KubernetesSerialization yaml = new KubernetesSerialization();
  private String namespace;

  @BeforeEach
  void createNamespace() {
    namespace = "samples-" + Long.toString(System.nanoTime(), Character.MAX_RADIX);
    API.get().createNamespace(namespace);
  }

  static List<String> samples() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".yaml") && !name.equals(KUSTOMIZATION))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void isAccepted(String sample) throws IOException {
    List<GenericKubernetesResource> resources = read(Files.readString(FOLDER.resolve(sample)));

    assertThat(resources).extracting(r -> r.getKind()).contains("DatabaseMigration");
    resources.forEach(this::create);
  }

  @Test
  void anUnknownFieldWouldBeNoticed() throws IOException {
    String text = Files.readString(FOLDER.resolve("orders.yaml"));
    GenericKubernetesResource misspelt =
        read(text.replace("urlFrom:", "targett: head\n    urlFrom:")).getLast();

    assertThatThrownBy(() -> create(misspelt))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("targett");
  }

  @Test
  void kustomizeBuildsAllOfThem() throws IOException {
    JsonNode kustomization =
        yaml.unmarshal(Files.readString(FOLDER.resolve(KUSTOMIZATION)), JsonNode.class);

    assertThat(kustomization.path("resources"))
        .extracting(JsonNode::asText)
        .containsExactlyElementsOf(samples());
  }

  private void create(GenericKubernetesResource resource) {
    resource.getMetadata().setNamespace(namespace);
    API.get()
        .client()
        .genericKubernetesResources(resource.getApiVersion(), resource.getKind())
        .inNamespace(namespace)
        .resource(resource)
        .fieldValidation(Validation.STRICT)
        .create();
  }

  /** As they stand: into the API types they would lose the fields that those do not know. */
  private List<GenericKubernetesResource> read(String text) {
    return Stream.of(text.split("(?m)^---$", -1))
        .map(document -> yaml.unmarshal(document, GenericKubernetesResource.class))
        .toList();
  }
}

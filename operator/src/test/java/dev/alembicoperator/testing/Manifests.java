package dev.alembicoperator.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import java.io.ByteArrayInputStream;
import java.util.List;

/** YAML as users write it. */
final class Manifests {

  private Manifests() {}

  /** Creates or replaces what a YAML text of one or more documents describes. */
  static List<HasMetadata> apply(KubernetesClient client, String yaml) {
    return client.load(new ByteArrayInputStream(yaml.getBytes(UTF_8))).items().stream()
        .map(item -> client.resource(item).createOr(NonDeletingOperation::update))
        .toList();
  }
}

package dev.alembicoperator.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import java.io.ByteArrayInputStream;
import java.net.HttpURLConnection;
import java.util.List;

/** YAML as users write it. */
final class Manifests {

  private static final int MOST_TRIES = 10;

  private Manifests() {}

  /** Creates or replaces what a YAML text of one or more documents describes. */
  static List<HasMetadata> apply(KubernetesClient client, String yaml) {
    return client.load(new ByteArrayInputStream(yaml.getBytes(UTF_8))).items().stream()
        .map(item -> apply(client, item))
        .toList();
  }

  /**
   * As "kubectl apply", which begins anew when somebody else, such as the operator with its status,
   * writes in between.
   */
  private static HasMetadata apply(KubernetesClient client, HasMetadata item) {
    for (int tries = 1; ; tries++) {
      try {
        return client.resource(item).createOr(NonDeletingOperation::update);
      } catch (KubernetesClientException e) {
        if (e.getCode() != HttpURLConnection.HTTP_CONFLICT || tries == MOST_TRIES) {
          throw e;
        }
      }
    }
  }
}

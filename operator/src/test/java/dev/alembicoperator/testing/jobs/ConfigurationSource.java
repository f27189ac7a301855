package dev.alembicoperator.testing.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The Secrets and ConfigMaps that the pods of one namespace may read, each as key and bytes. */
record ConfigurationSource(KubernetesClient client, String namespace) {

  Optional<Map<String, byte[]>> find(Kind kind, String name) {
    return switch (kind) {
      case SECRET ->
          Optional.ofNullable(client.secrets().inNamespace(namespace).withName(name).get())
              .map(ConfigurationSource::bytes);
      case CONFIG_MAP ->
          Optional.ofNullable(client.configMaps().inNamespace(namespace).withName(name).get())
              .map(ConfigurationSource::bytes);
    };
  }

  private static Map<String, byte[]> bytes(Secret secret) {
    Map<String, byte[]> bytes = new HashMap<>();
    // A real API server turns stringData into data; the mock one keeps it as it came.
    orEmpty(secret.getData())
        .forEach((key, value) -> bytes.put(key, Base64.getDecoder().decode(value)));
    orEmpty(secret.getStringData()).forEach((key, value) -> bytes.put(key, value.getBytes(UTF_8)));
    return bytes;
  }

  private static Map<String, byte[]> bytes(ConfigMap configMap) {
    Map<String, byte[]> bytes = new HashMap<>();
    orEmpty(configMap.getData()).forEach((key, value) -> bytes.put(key, value.getBytes(UTF_8)));
    orEmpty(configMap.getBinaryData())
        .forEach((key, value) -> bytes.put(key, Base64.getDecoder().decode(value)));
    return bytes;
  }

  private static Map<String, String> orEmpty(Map<String, String> map) {
    return map == null ? Map.of() : map;
  }

  /** A kind of configuration, and how the kubelet's messages call it. */
  enum Kind {
    SECRET("secret", "Secret"),
    CONFIG_MAP("configmap", "ConfigMap");

    private final String resource;
    private final String kind;

    Kind(String resource, String kind) {
      this.resource = resource;
      this.kind = kind;
    }

    ConfigurationMissing notFound(String name) {
      return new ConfigurationMissing("%s \"%s\" not found".formatted(resource, name));
    }

    ConfigurationMissing keyNotFound(String namespace, String name, String key) {
      return new ConfigurationMissing(
          "couldn't find key %s in %s %s/%s".formatted(key, kind, namespace, name));
    }
  }
}

package dev.alembicoperator.apiserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** The YAML documents among the test's resources. */
final class Documents {

  private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private Documents() {}

  /** The resources of {@code everything.yaml}. */
  static List<JsonNode> everything() {
    // By fabric8's reader, since Jackson's does not know YAML's anchors.
    return Stream.of(text("resources/everything.yaml").split("(?m)^---$"))
        .<JsonNode>map(
            document -> JSON.valueToTree(SERIALIZATION.unmarshal(document, Object.class)))
        .toList();
  }

  /** One of them, by name. */
  static JsonNode everything(String name) {
    return everything().stream()
        .filter(resource -> resource.at("/metadata/name").asText().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** A file as text. */
  static String text(String name) {
    try (InputStream file = Documents.class.getResourceAsStream("/" + name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As a type. */
  static <T> T as(Class<T> type, JsonNode tree) {
    return SERIALIZATION.unmarshal(tree.toString(), type);
  }

  /** As what a client sends. */
  static JsonNode tree(Object resource) {
    try {
      return YAML.readTree(SERIALIZATION.asJson(resource));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

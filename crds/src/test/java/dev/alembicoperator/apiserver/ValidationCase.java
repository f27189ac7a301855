package dev.alembicoperator.apiserver;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;

/**
 * One line of the tables in {@code src/test/resources/validation}.
 *
 * @param title what the case is about
 * @param patch what differs from the smallest resource, as a JSON merge patch (RFC 7396)
 * @param at the field at which it is refused; null if it must be accepted
 * @param refused a part of the message; null if it must be accepted
 */
record ValidationCase(
    @JsonProperty("case") String title, JsonNode patch, String at, String refused) {

  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  /** Every case of every table. */
  static List<ValidationCase> all() {
    return Stream.of("spec.yaml", "database.yaml", "pod.yaml")
        .flatMap(table -> read(table, new TypeReference<List<ValidationCase>>() {}).stream())
        .toList();
  }

  /** The resource that the case is about. */
  GenericKubernetesResource resource() {
    JsonNode smallest = read("smallest.yaml", new TypeReference<>() {});
    return YAML.convertValue(merge(smallest, patch), GenericKubernetesResource.class);
  }

  boolean isRefused() {
    return refused != null;
  }

  @Override
  public String toString() {
    return title;
  }

  private static JsonNode merge(JsonNode target, JsonNode patch) {
    if (!(patch instanceof ObjectNode changes)) {
      return patch;
    }
    ObjectNode merged =
        target instanceof ObjectNode object ? object.deepCopy() : YAML.createObjectNode();
    changes
        .properties()
        .forEach(field -> {
          if (field.getValue().isNull()) {
            merged.remove(field.getKey());
          } else {
            merged.set(field.getKey(), merge(merged.get(field.getKey()), field.getValue()));
          }
        });
    return merged;
  }

  private static <T> T read(String name, TypeReference<T> type) {
    try (InputStream file = ValidationCase.class.getResourceAsStream("/validation/" + name)) {
      return YAML.readValue(file, type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

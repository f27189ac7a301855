package dev.alembicoperator.apiserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What the server's schema knows: its fields, as paths in which {@code []} stands for an entry of a
 * list and {@code *} for one of a map, and at each of them its rules, patterns, enumerations and
 * bounds, as texts.
 */
final class SchemaLimits {

  private final Map<String, Set<String>> byPath = new TreeMap<>();

  private SchemaLimits() {}

  /** The schema of {@code spec} and {@code status}. */
  static SchemaLimits of(ApiServer server) {
    JsonNode properties =
        new ObjectMapper()
            .<JsonNode>valueToTree(
                server
                    .client()
                    .apiextensions()
                    .v1()
                    .customResourceDefinitions()
                    .withName("databasemigrations.alembic-operator.dev")
                    .get())
            .at("/spec/versions/0/schema/openAPIV3Schema/properties");
    SchemaLimits limits = new SchemaLimits();
    limits.collect(properties.get("spec"), "spec");
    limits.collect(properties.get("status"), "status");
    return limits;
  }

  /** Every named field. */
  Set<String> fields() {
    Predicate<String> isEntry = path -> path.endsWith("[]") || path.endsWith("*");
    return byPath.keySet().stream().filter(isEntry.negate()).collect(Collectors.toSet());
  }

  /** Every limit; equal ones count once, wherever they stand. */
  Set<String> all() {
    return byPath.values().stream().flatMap(Set::stream).collect(Collectors.toSet());
  }

  /** The limits that a case is refused for. */
  Set<String> hitBy(ValidationCase refused) {
    String path =
        refused
            .at()
            .replaceAll("\\[[0-9]+]", "[]")
            .replaceAll("(limits|requests)\\.[a-z]+$", "$1.*");
    return byPath.getOrDefault(path, Set.of()).stream()
        .filter(limit -> matches(limit, refused.refused()))
        .collect(Collectors.toSet());
  }

  private static boolean matches(String limit, String message) {
    return switch (limit.substring(0, limit.indexOf(' '))) {
      case "rule" -> limit.equals("rule " + message);
      case "pattern" -> message.equals("should match");
      case "enum" -> message.startsWith("supported values");
      case "minimum" -> message.startsWith("should be greater than or equal to");
      case "maximum" -> message.startsWith("should be less than or equal to");
      default -> false;
    };
  }

  private void collect(JsonNode schema, String path) {
    Set<String> limits = byPath.computeIfAbsent(path, p -> new HashSet<>());
    schema
        .path("x-kubernetes-validations")
        .forEach(rule -> limits.add("rule " + rule.path("message").asText()));
    for (String name : Set.of("pattern", "minimum", "maximum")) {
      if (schema.hasNonNull(name)) {
        limits.add(name + " " + schema.get(name).asText());
      }
    }
    if (!schema.path("enum").isEmpty()) {
      limits.add("enum " + schema.get("enum"));
    }
    schema
        .path("properties")
        .properties()
        .forEach(field -> collect(field.getValue(), path + "." + field.getKey()));
    if (schema.path("items").isObject()) {
      collect(schema.get("items"), path + "[]");
    }
    if (schema.path("additionalProperties").isObject()) {
      collect(schema.get("additionalProperties"), path + ".*");
    }
  }
}

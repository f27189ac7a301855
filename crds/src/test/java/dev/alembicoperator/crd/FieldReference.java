package dev.alembicoperator.crd;

import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The fields of a schema as a table in Markdown, one row for each. */
final class FieldReference {

  private static final String HEAD =
      """
      | Field | Type | Meaning | When absent | Limits |
      | --- | --- | --- | --- | --- |
      """;
  private static final String ABSENT = "When absent: ";

  /** Told by Kubernetes' own reference, or by the row of another field. */
  private static final Set<String> NOT_OPENED =
      Set.of("spec.pod.affinity", "status.applied.alembic");

  private final List<String> rows = new ArrayList<>();

  private FieldReference() {}

  /**
   * The table of everything below a schema.
   *
   * @param path the path of the schema itself, with which every row's path begins
   */
  static String of(String path, JSONSchemaProps schema) {
    FieldReference reference = new FieldReference();
    reference.open(path, schema);
    return HEAD + String.join("", reference.rows);
  }

  private void open(String path, JSONSchemaProps schema) {
    Map<String, JSONSchemaProps> properties = new TreeMap<>(schema.getProperties());
    properties.forEach(
        (name, child) -> add(path + "." + name, child, schema.getRequired().contains(name)));
  }

  private void add(String path, JSONSchemaProps schema, boolean required) {
    String description = schema.getDescription() == null ? "" : schema.getDescription();
    int absent = description.indexOf(ABSENT);
    String meaning = absent < 0 ? description : description.substring(0, absent);
    String whenAbsent = absent < 0 ? "" : description.substring(absent + ABSENT.length());
    rows.add(
        "| `%s` | %s | %s | %s | %s |\n"
            .formatted(
                path,
                type(schema),
                cell(meaning.strip()),
                required ? "*required*" : cell(whenAbsent.replaceFirst("\\.$", "")),
                cell(String.join("; ", limits(schema)))));
    if (NOT_OPENED.contains(path) || isKeyReference(schema)) {
      return;
    }
    JSONSchemaProps entry = schema.getItems() == null ? schema : schema.getItems().getSchema();
    open(schema.getItems() == null ? path : path + "[]", entry);
  }

  private static String type(JSONSchemaProps schema) {
    if (schema.getItems() != null) {
      return "list of " + plural(type(schema.getItems().getSchema()));
    }
    if (schema.getAdditionalProperties() != null) {
      return "map of " + plural(type(schema.getAdditionalProperties().getSchema()));
    }
    if (Boolean.TRUE.equals(schema.getXKubernetesIntOrString())) {
      return "quantity";
    }
    if ("date-time".equals(schema.getFormat())) {
      return "time";
    }
    if (isDuration(schema)) {
      return "duration";
    }
    return isKeyReference(schema) ? "`{name, key}`" : schema.getType();
  }

  private static String plural(String type) {
    return type.endsWith("y") ? type.substring(0, type.length() - 1) + "ies" : type + "s";
  }

  private static boolean isDuration(JSONSchemaProps schema) {
    return schema.getPattern() != null && schema.getPattern().endsWith("s)?$");
  }

  private static boolean isKeyReference(JSONSchemaProps schema) {
    return schema.getProperties().keySet().equals(Set.of("name", "key"));
  }

  private static List<String> limits(JSONSchemaProps schema) {
    List<String> limits = new ArrayList<>();
    if (schema.getEnum() != null && !schema.getEnum().isEmpty()) {
      limits.add(
          schema.getEnum().stream()
              .map(value -> "`" + (value.asText().isEmpty() ? "\"\"" : value.asText()) + "`")
              .collect(Collectors.joining(", ")));
    }
    if (schema.getMinimum() != null || schema.getMaximum() != null) {
      limits.add(
          schema.getMaximum() == null
              ? "at least %d".formatted(schema.getMinimum().longValue())
              : "%d to %d"
                  .formatted(schema.getMinimum().longValue(), schema.getMaximum().longValue()));
    }
    JSONSchemaProps text = schema.getItems() == null ? schema : schema.getItems().getSchema();
    if (text.getPattern() != null && !isDuration(text) && !"quantity".equals(type(text))) {
      limits.add("`" + text.getPattern() + "`");
    }
    if (text.getMaxLength() != null && !isDuration(text)) {
      limits.add("%d characters".formatted(text.getMaxLength()));
    }
    if (schema.getMaxItems() != null) {
      limits.add("%d entries".formatted(schema.getMaxItems()));
    }
    if (schema.getMaxProperties() != null) {
      limits.add("%d entries".formatted(schema.getMaxProperties()));
    }
    if (schema.getXKubernetesListMapKeys() != null
        && !schema.getXKubernetesListMapKeys().isEmpty()) {
      limits.add("one entry for each " + String.join(", ", schema.getXKubernetesListMapKeys()));
    }
    addRules(limits, schema.getXKubernetesValidations());
    if (schema.getItems() != null) {
      addRules(limits, text.getXKubernetesValidations());
    }
    return limits;
  }

  private static void addRules(List<String> limits, List<ValidationRule> rules) {
    if (rules != null) {
      rules.forEach(rule -> limits.add(rule.getMessage()));
    }
  }

  /** A pipe would end the cell, even in a code span. */
  private static String cell(String text) {
    return text.replace("|", "\\|");
  }
}

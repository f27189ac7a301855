package dev.alembicoperator.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One column that "kubectl get" shows, as the definition describes it.
 *
 * @param name the heading
 * @param type {@code string}, {@code integer} or {@code date}; a date is shown as an age
 * @param jsonPath where the value stands: fields, and filters of the form {@code
 *     [?(@.type=="Ready")]}
 */
record PrinterColumn(String name, String type, String jsonPath) {

  private static final Pattern STEP =
      Pattern.compile("\\.(?<field>\\w+)|\\[\\?\\(@\\.(?<key>\\w+)==\"(?<value>[^\"]*)\"\\)]");

  /** Returns what the cell of this resource shows; empty where there is no value. */
  String cell(JsonNode resource, Instant now) {
    JsonNode value = find(resource);
    if (value.isMissingNode() || value.isNull()) {
      return "";
    }
    return type.equals("date") ? age(Instant.parse(value.asText()), now) : value.asText();
  }

  private JsonNode find(JsonNode resource) {
    Matcher step = STEP.matcher(jsonPath);
    JsonNode node = resource;
    int end = 0;
    while (step.find() && step.start() == end) {
      node =
          step.group("field") == null
              ? select(node, step.group("key"), step.group("value"))
              : node.path(step.group("field"));
      end = step.end();
    }
    if (end != jsonPath.length()) {
      throw new IllegalStateException(
          "The path of the column %s cannot be read from character %d: %s"
              .formatted(name, end, jsonPath));
    }
    return node;
  }

  private static JsonNode select(JsonNode list, String key, String value) {
    for (JsonNode entry : list) {
      if (entry.path(key).asText().equals(value)) {
        return entry;
      }
    }
    return MissingNode.getInstance();
  }

  /** As kubectl shows ages of up to ten minutes. */
  private static String age(Instant since, Instant now) {
    Duration age = Duration.between(since, now);
    if (age.toSeconds() < 120) {
      return Math.max(0, age.toSeconds()) + "s";
    }
    String seconds = age.toSecondsPart() == 0 ? "" : age.toSecondsPart() + "s";
    return age.toMinutes() + "m" + seconds;
  }
}

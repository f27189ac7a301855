package dev.alembicoperator.runner;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads a termination message as hostile input: bounded in size and depth, every text cut and freed
 * of control characters. The kubelet keeps 4096 bytes of one container's message (Kubernetes,
 * "Determine the Reason for Pod Failure"); what is larger did not come from a kubelet.
 */
public final class RunReportParser {

  private static final int MAX_MESSAGE_CHARS = 4096;
  private static final int MAX_TEXT_CHARS = 1000;
  private static final int MAX_LIST_ITEMS = 500;

  /** Of a whole report out of the log, in bytes; its reader has made sure of that. */
  private static final int MAX_WHOLE_BYTES = 1 << 20;

  /** More revisions than any project has. */
  private static final int MAX_WHOLE_LIST_ITEMS = 10_000;

  private final ObjectMapper mapper =
      JsonMapper.builder(
              com.fasterxml.jackson.core.JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(8)
                          .maxStringLength(MAX_WHOLE_BYTES)
                          .maxNumberLength(30)
                          .build())
                  .build())
          .disable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  /**
   * The report, or empty when the text is none: not JSON, another version of the contract, too
   * large. A text that is no report is never quoted anywhere, since it may hold anything.
   */
  public Optional<RunReport> parse(String message) {
    if (message == null || message.isBlank() || message.length() > MAX_MESSAGE_CHARS) {
      return Optional.empty();
    }
    return parse(message, MAX_LIST_ITEMS);
  }

  /**
   * As {@link #parse}, for a whole report in UTF-8 that stood in the log; the termination message
   * has its digest.
   */
  public Optional<RunReport> parseWhole(byte[] report) {
    return report.length > MAX_WHOLE_BYTES
        ? Optional.empty()
        : parse(new String(report, StandardCharsets.UTF_8), MAX_WHOLE_LIST_ITEMS);
  }

  private Optional<RunReport> parse(String json, int items) {
    try {
      JsonNode tree = mapper.readTree(json);
      if (!tree.isObject() || tree.path("version").asInt() != 1) {
        return Optional.empty();
      }
      RunReport report = mapper.treeToValue(clean(tree, items), RunReport.class);
      return Optional.of(withSql(report, tree.path("sql").path("text")));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** SQL is a text of many lines, and no sentence: it is scrubbed where it goes out. */
  private static RunReport withSql(RunReport report, JsonNode text) {
    return report.sql() == null || !text.isTextual()
        ? report
        : RunReportBuilder.builder(report)
            .sql(
                new RunReport.Sql(
                    report.sql().available(), report.sql().because(), text.textValue()))
            .build();
  }

  private JsonNode clean(JsonNode node, int items) {
    if (node.isTextual()) {
      return TextNode.valueOf(cleanText(node.textValue()));
    }
    if (node instanceof ArrayNode array) {
      ArrayNode out = mapper.createArrayNode();
      for (int i = 0; i < Math.min(array.size(), items); i++) {
        out.add(clean(array.get(i), items));
      }
      return out;
    }
    if (node instanceof ObjectNode object) {
      ObjectNode out = mapper.createObjectNode();
      object.properties().forEach(field -> out.set(field.getKey(), clean(field.getValue(), items)));
      return out;
    }
    return node;
  }

  private static String cleanText(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .limit(MAX_TEXT_CHARS)
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? ' ' : c)
        .forEach(out::appendCodePoint);
    return out.toString();
  }
}

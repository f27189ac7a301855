package dev.alembicoperator.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Termination messages as the runner's contract has them. */
public final class Reports {

  /** The identity of the database that a {@link Situation} reads. */
  public static final String IDENTITY = "7300000000000000000/16384";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, Object> fields = new LinkedHashMap<>();

  private Reports() {
    fields.put("version", 1);
    fields.put("action", "migrate");
  }

  /** Brought the database from one set of rows to another by these steps. */
  public static Reports applied(List<String> from, List<String> to, String... steps) {
    Reports report = new Reports().done("applied").planned(from, to, steps);
    List<Map<String, Object>> applied =
        Arrays.stream(steps)
            .<Map<String, Object>>map(
                s -> new TreeMap<>(Map.of("revision", s, "seconds", 0.25, "committed", true)))
            .toList();
    return report
        .with("after", to)
        .with("applied", applied)
        .with("appliedCount", applied.size())
        .with("halfApplied", "no");
  }

  /** Found nothing to do. */
  public static Reports upToDate(String... rows) {
    return new Reports().done("upToDate").planned(List.of(rows), List.of(rows)).with("after", rows);
  }

  /** Only looked: these steps would lead from one set of rows to another. */
  public static Reports checked(List<String> from, List<String> to, String... steps) {
    return new Reports()
        .done("checked")
        .with("action", "check")
        .planned(from, to, steps)
        .with("planDigest", "sha256:" + "5".repeat(64))
        .with("models", Map.of("available", true, "count", 0));
  }

  /** Refused before the first step; such a report says nothing of half-applied steps. */
  public static Reports refused(String kind, String message) {
    return new Reports().done("refused").error(kind, message, null);
  }

  /** Would have to go down, and may not: says from where, to where, and by undoing what. */
  public static Reports downgradeForbidden(List<String> from, List<String> to, String... steps) {
    return new Reports()
        .done("refused")
        .planned(from, to, steps)
        .with("direction", "downgrade")
        .with("planDigest", digest(from, to, steps))
        .error("DowngradeForbidden", "Set spec.downgradePolicy to ToTarget.", null);
  }

  /** Went down. */
  public static Reports undone(List<String> from, List<String> to, String... steps) {
    return applied(from, to, steps)
        .with("direction", "downgrade")
        .with("planDigest", digest(from, to, steps));
  }

  /** Does not know the rows; says what the target is in its own image. */
  public static Reports ahead(String row, String... resolved) {
    return new Reports()
        .done("refused")
        .with("target", Map.of("asked", "head", "resolved", List.of(resolved)))
        .with("before", List.of(row))
        .with("heads", List.of(resolved))
        .with("expected", List.of(resolved))
        .error("DatabaseAhead", "The image does not know \"" + row + "\".", row)
        .database(IDENTITY);
  }

  /** The digest of a plan as runner and operator know it. */
  public static String digest(List<String> from, List<String> to, String... steps) {
    try {
      List<String> parts = new ArrayList<>(from);
      parts.add("->");
      parts.addAll(to);
      parts.addAll(List.of(steps));
      byte[] text = String.join("\n", parts).getBytes(StandardCharsets.UTF_8);
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Failed in a step, with everything rolled back. */
  public static Reports failed(String kind, String message, String revision) {
    return new Reports()
        .done("failed")
        .planned(List.of("0002"), List.of("0004"), "0003", "0004")
        .error(kind, message, revision)
        .with("after", List.of("0002"))
        .with("halfApplied", "no");
  }

  /** What stands in the termination message of a process that died in a step. */
  public static Reports died(String running) {
    return new Reports()
        .with("phase", "running")
        .planned(List.of("0002"), List.of("0004"), "0003", "0004")
        .with("running", Map.of("revision", running))
        .with("halfApplied", "no");
  }

  private Reports done(String outcome) {
    return with("phase", "done").with("outcome", outcome);
  }

  private Reports planned(List<String> from, List<String> to, String... steps) {
    List<Map<String, String>> plan = new ArrayList<>();
    for (String step : steps) {
      plan.add(Map.of("revision", step, "message", "step " + step));
    }
    return with("target", Map.of("asked", "head", "resolved", to))
        .with("direction", steps.length == 0 ? null : "upgrade")
        .with("before", from)
        .with("heads", to)
        .with("expected", to)
        .with("plan", plan)
        .with("planCount", steps.length)
        .database(IDENTITY);
  }

  /** Names the database that the image met. */
  public Reports database(String identity) {
    Map<String, Object> database = new LinkedHashMap<>();
    database.put("dialect", "postgresql");
    database.put("host", "db");
    database.put("name", "orders");
    database.put("identity", identity);
    database.put("versionTable", Map.of("schema", "public", "name", "alembic_version"));
    return with("database", database);
  }

  /** Names an error. */
  public Reports error(String kind, String message, String revision) {
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("kind", kind);
    error.put("message", message);
    error.put("revision", revision);
    error.values().removeIf(v -> v == null);
    return with("error", error);
  }

  /** Sets any field; null takes it out. */
  public Reports with(String field, Object value) {
    if (value == null) {
      fields.remove(field);
    } else {
      fields.put(field, value);
    }
    return this;
  }

  /** The termination message. */
  public String text() {
    try {
      return JSON.writeValueAsString(fields);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}

package dev.alembicoperator.crd;

import dev.alembicoperator.api.v1alpha1.Reason;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The reasons as a table in Markdown, in the order in which the enum has them. */
final class ReasonReference {

  private static final String HEAD =
      """
      | Reason | Ready | Beside it | Tried again | What is the case | What to do |
      | --- | --- | --- | --- | --- | --- |
      """;

  private ReasonReference() {}

  static String table() {
    return HEAD
        + Arrays.stream(Reason.values()).map(ReasonReference::row).collect(Collectors.joining());
  }

  private static String row(Reason reason) {
    return "| `%s` | %s | %s | %s | %s | %s |\n"
        .formatted(
            reason, ready(reason), phase(reason), retry(reason), reason.cause(), reason.remedy());
  }

  private static String ready(Reason reason) {
    return switch (reason.ready()) {
      case TRUE -> "True";
      case FALSE -> "False";
      case UNKNOWN -> "Unknown";
      case KEEP -> "as it was";
    };
  }

  private static String phase(Reason reason) {
    return switch (reason.phase()) {
      case NONE -> "";
      case RECONCILING -> "Reconciling";
      case STALLED ->
          reason.retry() == Reason.Retry.ONCE
              ? "Stalled; Reconciling while a retry is due"
              : "Stalled";
      case RECONCILING_THEN_STALLED -> "Reconciling for two minutes, then Stalled";
    };
  }

  private static String retry(Reason reason) {
    return switch (reason.retry()) {
      case NEVER -> reason.phase() == Reason.Phase.STALLED ? "no" : "";
      case WATCHED -> "when what it depends on changes";
      case WITHIN_LIMIT -> "within `spec.retry.for`";
      case ALWAYS -> "without end";
      case SLOWLY -> "rarely, and without a pod";
      case ONCE -> "once, if nothing can have half-happened";
    };
  }
}

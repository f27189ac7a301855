package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Applied;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.runner.RunReport;
import dev.alembicoperator.runner.RunReport.RunError;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A check's report, told in sentences: where the database is, what is pending, how models and
 * tables differ, where the SQL is; and whether the image has moved behind its reference.
 */
final class CheckFindings {

  private static final int DIFFERENCES_TOLD = 3;

  private final RunReport report;
  private final Optional<String> image;
  private final Observation o;

  CheckFindings(RunReport report, Optional<String> image, Observation o) {
    this.report = report;
    this.image = image;
    this.o = o;
  }

  CheckVerdict verdict() {
    if (!"check".equals(report.action())) {
      return CheckVerdict.without(
          Reason.EnvUnsupported,
          "The check found out nothing: its report is of another action. The image may write to the"
              + " termination log; let env.py leave /dev/termination-log alone.");
    }
    Optional<String> sql = text().map(t -> Requests.sqlName(o.resource().getMetadata()));
    return report
        .failure()
        .map(error -> refused(error, sql))
        .orElseGet(
            () -> new CheckVerdict(Optional.empty(), sentences(sql), Optional.of(report), sql));
  }

  private CheckVerdict refused(RunError error, Optional<String> sql) {
    String said = error.message() == null ? "" : error.message().strip();
    return new CheckVerdict(
        Optional.of(Reason.ofKind(error.kind()).orElse(Reason.EnvUnsupported)),
        said.isEmpty() ? "The check ended with an error; see its Job's log." : Texts.sentence(said),
        Optional.of(report),
        sql);
  }

  private String sentences(Optional<String> sql) {
    List<String> out = new ArrayList<>();
    out.add(pending());
    moved().ifPresent(out::add);
    out.add(models());
    sql(sql).ifPresent(out::add);
    return String.join(" ", out);
  }

  private String pending() {
    String at =
        report.before() == null
            ? "The database was read"
            : "The database is at " + Texts.revisions(report.before());
    if (report.planCount() == 0) {
      return at + "; nothing is pending.";
    }
    String to = report.expected() == null ? "the target" : Texts.revisions(report.expected());
    String count = report.planCount() == 1 ? "1 revision" : report.planCount() + " revisions";
    return "downgrade".equals(report.direction())
        ? "%s; %s would be undone on the way to %s.".formatted(at, count, to)
        : "%s; %s pending, up to %s."
            .formatted(at, count + (report.planCount() == 1 ? " is" : " are"), to);
  }

  /** The same reference is another image now. */
  private Optional<String> moved() {
    Applied applied = o.status().applied();
    if (applied == null
        || !Goal.matches(applied, o)
        || report.before() == null
        || !Confirmation.same(applied.revisions(), report.before())) {
      return Optional.empty();
    }
    if (report.planCount() > 0) {
      return Optional.of(
          "The image has changed behind its reference since it was applied, so none of that is run"
              + " by itself: set the annotation alembic-operator.dev/retry to a new value to run"
              + " it.");
    }
    boolean other =
        image.isPresent()
            && applied.imageDigest() != null
            && !digest(image.get()).equals(digest(applied.imageDigest()));
    return other
        ? Optional.of(
            "The image has changed behind its reference since it was applied; its revisions ask for"
                + " nothing more.")
        : Optional.empty();
  }

  private static String digest(String image) {
    return image.substring(image.indexOf('@') + 1);
  }

  private String models() {
    RunReport.Models models = report.models();
    if (models == null || !models.available()) {
      return unavailable(
          "The models were not compared with the tables", models == null ? null : models.because());
    }
    if (models.count() <= 0) {
      return "The models and the tables agree.";
    }
    String first =
        models.differences().stream()
            .limit(DIFFERENCES_TOLD)
            .map(d -> "\"" + d + "\"")
            .collect(Collectors.joining(", "));
    return "The models and the tables differ in %s%s."
        .formatted(
            models.count() == 1 ? "1 place" : models.count() + " places",
            first.isEmpty() ? "" : ": " + first + (models.count() > DIFFERENCES_TOLD ? ", …" : ""));
  }

  private Optional<String> sql(Optional<String> name) {
    if (!asked()) {
      return Optional.empty();
    }
    return Optional.of(
        name.map("The SQL is in the ConfigMap \"%s\"."::formatted)
            .orElseGet(() -> unavailable("There is no SQL", sqlUnavailable(report))));
  }

  private boolean asked() {
    return o.status().check() != null && Boolean.TRUE.equals(o.status().check().sql());
  }

  private Optional<String> text() {
    return asked() && report.sql() != null && report.sql().available()
        ? Optional.ofNullable(report.sql().text()).filter(t -> !t.isBlank())
        : Optional.empty();
  }

  /** Why there is no SQL in the report although it was asked for. */
  static String sqlUnavailable(RunReport report) {
    if (report.sql() == null) {
      return "the runner did not render any";
    }
    if (!report.sql().available()) {
      return report.sql().because();
    }
    return report.planCount() == 0
        ? "nothing is pending"
        : "the pod's log, which held it, could not be read";
  }

  private static String unavailable(String what, String because) {
    return because == null || because.isBlank()
        ? what + "."
        : Texts.sentence(what + ", because " + because.strip());
  }
}

package dev.alembicoperator.report;

import dev.alembicoperator.api.v1alpha1.Check;
import dev.alembicoperator.api.v1alpha1.CheckBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatusBuilder;
import dev.alembicoperator.api.v1alpha1.HandledRequests;
import dev.alembicoperator.api.v1alpha1.HandledRequestsBuilder;
import dev.alembicoperator.api.v1alpha1.Plan;
import dev.alembicoperator.api.v1alpha1.PlanBuilder;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.plan.CheckVerdict;
import dev.alembicoperator.plan.Decision;
import dev.alembicoperator.plan.Verbs;
import dev.alembicoperator.runner.RunReport;
import dev.alembicoperator.runner.RunRequest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Checks in status: their intent, their progress, and what they found. The conditions are not
 * touched; what a check finds is advice.
 */
final class Checked {

  private static final int PLAN_STEPS = 20;
  private static final int DIFFERENCES = 10;

  /** Of one difference; the runner cuts them to this, and is not trusted to. */
  private static final int LONGEST_MESSAGE = 200;

  /** The intent of a check, or the progress of the one that goes on. */
  DatabaseMigrationStatus begun(
      DatabaseMigrationStatus status, Decision.Check decision, Observation o) {
    RunRequest request = decision.request();
    String message = Outgoing.of(o).text(decision.message());
    Check old = status.check();
    boolean again =
        old != null && old.completedAt() == null && Objects.equals(old.number(), request.attempt());
    if (again) {
      return with(status, CheckBuilder.builder(old).message(message).build());
    }
    Check check =
        CheckBuilder.builder()
            .number(request.attempt())
            .generation(request.generation())
            .sql(sql(request) ? true : null)
            .job(request.job())
            .startedAt(o.now().truncatedTo(ChronoUnit.MILLIS))
            .message(message)
            .build();
    return handled(with(status, check), o);
  }

  /** The check's Job exists. */
  DatabaseMigrationStatus created(DatabaseMigrationStatus status, String jobUid) {
    return with(status, CheckBuilder.builder(status.check()).jobUID(jobUid).build());
  }

  /** The check's Job cannot be: somebody else's has its name. */
  DatabaseMigrationStatus nameTaken(DatabaseMigrationStatus status, Instant now) {
    return with(
        status,
        closed(
            status.check(),
            now,
            Reason.Cancelled.name(),
            "There was no check: a Job named \"%s\" exists and is not this resource's. Ask again with a new value of the annotation."
                .formatted(status.check().job())));
  }

  /** A migration begins: it waits for no check. */
  DatabaseMigrationStatus superseded(DatabaseMigrationStatus status, Observation o) {
    Check open = status.check();
    return open == null || open.number() == null || open.completedAt() != null
        ? status
        : with(
            status,
            closed(
                open,
                o.now(),
                Reason.Cancelled.name(),
                "The check was withdrawn, because a migration had to begin. Ask for another with a"
                    + " new value of the annotation."));
  }

  /** What a check found, or why there was none. */
  DatabaseMigrationStatus into(
      DatabaseMigrationStatus status, CheckVerdict verdict, Observation o, Outgoing out) {
    Check open = status.check();
    boolean ran = open != null && open.number() != null && open.completedAt() == null;
    Check begun =
        ran
            ? open
            : CheckBuilder.builder()
                .sql(Verbs.checkSqlAsked(o) ? true : null)
                .startedAt(o.now().truncatedTo(ChronoUnit.MILLIS))
                .build();
    Check closed =
        closed(
            begun,
            o.now(),
            verdict.reason().map(Reason::name).orElse(null),
            out.text(verdict.message()));
    DatabaseMigrationStatus told =
        with(ran ? status : handled(status, o), differences(closed, verdict, out));
    return verdict.report().map(r -> learned(told, verdict, r, o, out)).orElse(told);
  }

  private static Check differences(Check check, CheckVerdict verdict, Outgoing out) {
    Optional<RunReport.Models> models =
        verdict.report().map(RunReport::models).filter(RunReport.Models::available);
    return models
        .map(m ->
            CheckBuilder.builder(check)
                .differences(Math.max(m.count(), m.differences().size()))
                .firstDifferences(
                    m.differences().stream()
                        .limit(DIFFERENCES)
                        .map(d -> out.text(d, LONGEST_MESSAGE))
                        .toList())
                .build())
        .orElse(check);
  }

  private static DatabaseMigrationStatus learned(
      DatabaseMigrationStatus status,
      CheckVerdict verdict,
      RunReport report,
      Observation o,
      Outgoing out) {
    DatabaseMigrationStatusBuilder b = DatabaseMigrationStatusBuilder.builder(status);
    if (report.target() != null && !report.target().resolved().isEmpty()) {
      List<String> resolved = names(report.target().resolved(), out);
      b.targetRevision(String.join(",", resolved)).targetRevisions(resolved);
    }
    if (!report.heads().isEmpty()) {
      b.heads(names(report.heads(), out));
    }
    if (report.database() != null) {
      b.database(Collected.database(status.database(), report.database(), out));
    }
    if (report.before() != null && o.databaseRead().isEmpty()) {
      // Nobody else looks at this database: these rows are the latest truth about it.
      List<String> rows = names(report.before(), out);
      b.currentRevision(rows.isEmpty() ? "base" : String.join(",", rows))
          .currentRevisions(rows)
          .lastCheckTime(o.now().truncatedTo(ChronoUnit.SECONDS));
    }
    if (report.expected() != null && report.before() != null) {
      b.plan(plan(status, verdict, report, out));
    }
    return b.build();
  }

  private static Plan plan(
      DatabaseMigrationStatus status, CheckVerdict verdict, RunReport report, Outgoing out) {
    List<String> from = names(report.before(), out);
    List<String> to = names(report.expected(), out);
    List<Plan.Step> steps =
        report.plan().stream()
            .limit(PLAN_STEPS)
            .map(s -> new Plan.Step(out.name(s.revision()), out.name(s.message())))
            .toList();
    boolean asked = Boolean.TRUE.equals(status.check().sql());
    String digest = report.planDigest();
    boolean whole = digest != null && digest.matches("sha256:[0-9a-f]{64}");
    return PlanBuilder.builder()
        .digest(whole ? digest : Collected.digest(from, to, steps))
        .from(from)
        .to(to)
        .count(Math.max(report.planCount(), 0))
        .revisions(steps)
        .sql(verdict.sqlName().orElse(null))
        .sqlUnavailable(
            asked && verdict.sqlName().isEmpty()
                ? out.text(CheckVerdict.sqlUnavailable(report))
                : null)
        .build();
  }

  private static List<String> names(List<String> revisions, Outgoing out) {
    return revisions.stream().map(out::name).toList();
  }

  private static Check closed(Check open, Instant now, String reason, String message) {
    return CheckBuilder.builder(open)
        .completedAt(now.truncatedTo(ChronoUnit.MILLIS))
        .reason(reason)
        .message(message)
        .build();
  }

  /** One pod answers both verbs. */
  private static DatabaseMigrationStatus handled(DatabaseMigrationStatus status, Observation o) {
    HandledRequests old =
        status.lastHandledRequests() == null
            ? HandledRequestsBuilder.builder().build()
            : status.lastHandledRequests();
    HandledRequests now =
        HandledRequestsBuilder.builder(old)
            .check(Verbs.checkAsked(o) ? Verbs.checkToken(o) : old.check())
            .checkSql(Verbs.checkSqlAsked(o) ? Verbs.checkSqlToken(o) : old.checkSql())
            .build();
    return now.equals(old)
        ? status
        : DatabaseMigrationStatusBuilder.builder(status).lastHandledRequests(now).build();
  }

  private static boolean sql(RunRequest request) {
    return request.purpose() instanceof RunRequest.Purpose.Check check && check.sql();
  }

  private static DatabaseMigrationStatus with(DatabaseMigrationStatus status, Check check) {
    return DatabaseMigrationStatusBuilder.builder(status).check(check).build();
  }
}

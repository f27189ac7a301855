package dev.alembicoperator.report;

import dev.alembicoperator.api.v1alpha1.Applied;
import dev.alembicoperator.api.v1alpha1.AppliedBuilder;
import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.AttemptBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseInfo;
import dev.alembicoperator.api.v1alpha1.DatabaseInfoBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpec;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatusBuilder;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.api.v1alpha1.HistoryEntry.Action;
import dev.alembicoperator.api.v1alpha1.HistoryEntry.AppliedRevision;
import dev.alembicoperator.api.v1alpha1.HistoryEntryBuilder;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.api.v1alpha1.Plan;
import dev.alembicoperator.database.DatabaseView;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.plan.NextTry;
import dev.alembicoperator.plan.SpecFingerprint;
import dev.alembicoperator.plan.Verdict;
import dev.alembicoperator.runner.RunReport;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Takes a verdict into status: the attempt is closed, and what it taught is kept. */
final class Collected {

  private static final int PLAN_STEPS = 20;
  private static final int ENTRY_STEPS = 50;
  private static final int HISTORY = 20;
  private static final int HISTORY_MOST = 50;

  /** Alembic's word for no revision at all. */
  private static final List<String> BASE = List.of("base");

  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

  DatabaseMigrationStatus into(
      DatabaseMigrationStatus status, Verdict verdict, Observation o, Outgoing out) {
    Attempt open = status.attempt();
    Instant now = o.now().truncatedTo(ChronoUnit.MILLIS);
    NextTry next = NextTry.after(verdict, o);
    Attempt closed =
        AttemptBuilder.builder(open)
            .outcome(verdict.outcome())
            .reason(next.reason().name())
            .message(out.text(next.message()))
            .completedAt(now)
            .imageDigest(verdict.imageId().map(out::name).orElse(null))
            .resolved(verdict.report().map(r -> resolved(r, out)).orElse(List.of()))
            .build();
    DatabaseMigrationStatusBuilder b =
        DatabaseMigrationStatusBuilder.builder(status)
            .attempt(closed)
            .retries(next.retries())
            .nextAttemptTime(next.at().orElse(null));
    verdict.rows().ifPresent(rows -> rows(b, rows, out));
    verdict.report().ifPresent(r -> learned(b, status, r, verdict, o, out));
    if (verdict.outcome() == Outcome.Succeeded) {
      b.applied(applied(open, verdict, o, now, out));
    }
    entry(closed, verdict, out).ifPresent(e -> b.history(history(e, status, o.spec())));
    return b.build();
  }

  private static void rows(DatabaseMigrationStatusBuilder b, List<String> rows, Outgoing out) {
    b.currentRevision(out.name(rows.isEmpty() ? "base" : String.join(",", rows)))
        .currentRevisions(rows.stream().map(out::name).toList());
  }

  private static void learned(
      DatabaseMigrationStatusBuilder b,
      DatabaseMigrationStatus status,
      RunReport report,
      Verdict verdict,
      Observation o,
      Outgoing out) {
    List<String> resolved =
        report.target() == null
            ? List.of()
            : report.target().resolved().stream().map(out::name).toList();
    boolean toBase = report.target() != null && BASE.equals(resolved(report, out));
    if (!resolved.isEmpty() || toBase) {
      b.targetRevision(toBase ? BASE.getFirst() : String.join(",", resolved))
          .targetRevisions(resolved);
    }
    // Another image that was run for the spec's has heads of its own.
    if (!report.heads().isEmpty() && status.attempt().requested().forImage() == null) {
      b.heads(report.heads().stream().map(out::name).toList());
    }
    if (report.database() != null) {
      DatabaseInfo read = o.databaseRead().isPresent() ? status.database() : null;
      b.database(database(read, report.database(), out));
    }
    if (report.expected() != null) {
      b.plan(plan(report, verdict, out));
    }
  }

  /** The rows that stand when the target is reached; {@code base} for none, and none if unknown. */
  private static List<String> resolved(RunReport report, Outgoing out) {
    if (report.expected() == null) {
      return report.target() == null
          ? List.of()
          : report.target().resolved().stream().map(out::name).toList();
    }
    return report.expected().isEmpty()
        ? BASE
        : report.expected().stream().map(out::name).sorted().toList();
  }

  /**
   * What JDBC read stays; the report adds what only the image knows, or everything where nothing
   * was read.
   */
  static DatabaseInfo database(DatabaseInfo read, RunReport.DatabaseFacts facts, Outgoing out) {
    RunReport.Table table = facts.versionTable();
    String versionTable =
        table == null || table.name() == null
            ? null
            : table.schema() == null ? table.name() : table.schema() + "." + table.name();
    DatabaseInfoBuilder b =
        read == null
            ? DatabaseInfoBuilder.builder()
                .serverVersion(out.name(facts.serverVersion()))
                .host(out.name(facts.host()))
                .name(out.name(facts.name()))
                .identity(out.name(facts.identity()))
                .tls(facts.tls() != null)
            : DatabaseInfoBuilder.builder(read);
    return b.dialect(out.name(facts.dialect())).versionTable(out.name(versionTable)).build();
  }

  /**
   * What is still to do: nothing after a success, all of it after a failure that was rolled back.
   */
  private static Plan plan(RunReport report, Verdict verdict, Outgoing out) {
    List<String> to = report.expected().stream().map(out::name).toList();
    List<String> from =
        verdict.rows().orElse(report.before() == null ? List.of() : report.before()).stream()
            .map(out::name)
            .toList();
    if (verdict.outcome() == Outcome.Succeeded) {
      return new Plan(digest(from, to, List.of()), from, to, 0, List.of(), null, null);
    }
    Steps steps = new Steps(report, verdict);
    List<Plan.Step> left =
        steps.left().stream()
            .limit(PLAN_STEPS)
            .map(s -> new Plan.Step(out.name(s.revision()), out.name(s.message())))
            .toList();
    String digest =
        steps.done() == 0 && DIGEST.matcher(String.valueOf(report.planDigest())).matches()
            ? report.planDigest()
            : digest(from, to, left);
    return new Plan(digest, from, to, steps.leftCount(), left, null, null);
  }

  static String digest(List<String> from, List<String> to, List<Plan.Step> steps) {
    List<String> parts = new ArrayList<>(from.stream().sorted().toList());
    parts.add("->");
    parts.addAll(to.stream().sorted().toList());
    steps.forEach(s -> parts.add(s.revision()));
    try {
      byte[] text = String.join("\n", parts).getBytes(StandardCharsets.UTF_8);
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(text);
      return "sha256:" + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static Applied applied(
      Attempt attempt, Verdict verdict, Observation o, Instant now, Outgoing out) {
    boolean current = SpecFingerprint.sameRun(o);
    List<String> rows = verdict.rows().orElse(List.of());
    AppliedBuilder b =
        AppliedBuilder.builder()
            .revisions(rows)
            .generation(attempt.generation())
            .alembic(current ? o.spec().alembic() : null)
            .database(identity(verdict, o, out))
            .time(now);
    Attempt.Requested asked = attempt.requested();
    if (asked.forImage() == null) {
      return b.image(asked.image())
          .imageDigest(verdict.imageId().map(out::name).orElse(null))
          .specHash(current ? SpecFingerprint.goal(o.spec()) : null)
          .build();
    }
    // The older image is served without a pod of its own if the rows are those that it resolved.
    boolean served = asked.target().equals(joined(rows));
    return b.image(asked.forImage())
        .imageDigest(asked.forImageDigest())
        .specHash(current && served ? SpecFingerprint.goal(o.spec()) : null)
        .build();
  }

  private static String joined(List<String> rows) {
    return String.join(",", rows.isEmpty() ? BASE : rows.stream().sorted().toList());
  }

  /** As the operator read it, else as the runner met it. */
  private static String identity(Verdict verdict, Observation o, Outgoing out) {
    return o.databaseRead()
        .flatMap(DatabaseView.Read::identity)
        .or(() ->
            verdict
                .report()
                .map(RunReport::database)
                .map(RunReport.DatabaseFacts::identity)
                .map(out::name))
        .orElse(null);
  }

  /**
   * A run that found nothing to do, or was refused before its first step, is no part of the
   * database's history.
   */
  private static Optional<HistoryEntry> entry(Attempt closed, Verdict verdict, Outgoing out) {
    RunReport report = verdict.report().orElse(null);
    Optional<Steps> steps = verdict.report().map(r -> new Steps(r, verdict));
    boolean lost = verdict.outcome() == Outcome.Lost && !verdict.repeatable();
    boolean stamped = stamped(report);
    if (steps.filter(Steps::any).isEmpty() && !lost && !stamped) {
      return Optional.empty();
    }
    List<AppliedRevision> revisions =
        steps.map(s -> s.standing(out)).orElse(List.of()).stream().limit(ENTRY_STEPS).toList();
    int omitted = steps.map(Steps::done).orElse(0) - revisions.size();
    boolean succeeded = verdict.outcome() == Outcome.Succeeded;
    return Optional.of(
        HistoryEntryBuilder.builder()
            .number(closed.number())
            .action(action(report))
            .from(from(closed, report, out))
            .to(verdict.rows().orElse(List.of()).stream().map(out::name).toList())
            .revisions(revisions)
            .omitted(omitted > 0 ? omitted : null)
            .image(closed.requested().image())
            .forImage(closed.requested().forImage())
            .imageDigest(verdict.imageId().map(out::name).orElse(null))
            .startedAt(closed.startedAt())
            .completedAt(closed.completedAt())
            .outcome(verdict.outcome())
            .reason(succeeded ? null : closed.reason())
            .message(message(closed, report, succeeded, out))
            .job(closed.job())
            .build());
  }

  private static boolean stamped(RunReport report) {
    return report != null && report.baseline() != null && report.baseline().stamped();
  }

  private static String message(Attempt closed, RunReport report, boolean succeeded, Outgoing out) {
    String failure = succeeded ? null : closed.message();
    if (!stamped(report)) {
      return failure;
    }
    String baseline =
        "Revision \"%s\" was stamped, as spec.adopt.baseline says."
            .formatted(report.baseline().revision());
    return out.text(failure == null ? baseline : baseline + " " + failure);
  }

  private static List<String> from(Attempt closed, RunReport report, Outgoing out) {
    return report == null || report.before() == null
        ? closed.from()
        : report.before().stream().map(out::name).toList();
  }

  private static Action action(RunReport report) {
    String direction = report == null || report.direction() == null ? "" : report.direction();
    return switch (direction) {
      case "downgrade" -> Action.Downgrade;
      case "stamp" -> Action.Stamp;
      default -> Action.Upgrade;
    };
  }

  private static List<HistoryEntry> history(
      HistoryEntry entry, DatabaseMigrationStatus status, DatabaseMigrationSpec spec) {
    int limit = spec.historyLimit() == null ? HISTORY : Math.min(spec.historyLimit(), HISTORY_MOST);
    List<HistoryEntry> all = new ArrayList<>();
    all.add(entry);
    all.addAll(status.history());
    return all.stream().limit(limit).toList();
  }
}

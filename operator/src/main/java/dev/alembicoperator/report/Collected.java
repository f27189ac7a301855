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

/** Takes a verdict into status: the attempt is closed, and what it taught is kept. */
final class Collected {

  private static final int PLAN_STEPS = 20;
  private static final int ENTRY_STEPS = 50;
  private static final int HISTORY = 20;
  private static final int HISTORY_MOST = 50;

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
            .build();
    DatabaseMigrationStatusBuilder b =
        DatabaseMigrationStatusBuilder.builder(status)
            .attempt(closed)
            .retries(next.retries())
            .nextAttemptTime(next.at().orElse(null));
    verdict.rows().ifPresent(rows -> rows(b, rows, out));
    verdict.report().ifPresent(r -> learned(b, status, r, verdict, out));
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
      Outgoing out) {
    if (report.target() != null && !report.target().resolved().isEmpty()) {
      List<String> resolved = report.target().resolved().stream().map(out::name).toList();
      b.targetRevision(String.join(",", resolved)).targetRevisions(resolved);
    }
    if (!report.heads().isEmpty()) {
      b.heads(report.heads().stream().map(out::name).toList());
    }
    if (report.database() != null) {
      b.database(database(status.database(), report.database(), out));
    }
    if (report.expected() != null) {
      b.plan(plan(report, verdict, out));
    }
  }

  /**
   * What JDBC read stays; the report adds what only the image knows, or everything where nothing
   * was read.
   */
  private static DatabaseInfo database(
      DatabaseInfo read, RunReport.DatabaseFacts facts, Outgoing out) {
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
    return new Plan(digest(from, to, left), from, to, steps.leftCount(), left, null, null);
  }

  private static String digest(List<String> from, List<String> to, List<Plan.Step> steps) {
    List<String> parts = new ArrayList<>(from);
    parts.add("->");
    parts.addAll(to);
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
    return AppliedBuilder.builder()
        .image(attempt.requested().image())
        .imageDigest(verdict.imageId().map(out::name).orElse(null))
        .revisions(verdict.rows().orElse(List.of()))
        .generation(attempt.generation())
        .specHash(current ? SpecFingerprint.goal(o.spec()) : null)
        .alembic(current ? o.spec().alembic() : null)
        .time(now)
        .build();
  }

  /**
   * A run that found nothing to do, or was refused before its first step, is no part of the
   * database's history.
   */
  private static Optional<HistoryEntry> entry(Attempt closed, Verdict verdict, Outgoing out) {
    RunReport report = verdict.report().orElse(null);
    Optional<Steps> steps = verdict.report().map(r -> new Steps(r, verdict));
    boolean lost = verdict.outcome() == Outcome.Lost && !verdict.repeatable();
    if (steps.filter(Steps::any).isEmpty() && !lost) {
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
            .imageDigest(verdict.imageId().map(out::name).orElse(null))
            .startedAt(closed.startedAt())
            .completedAt(closed.completedAt())
            .outcome(verdict.outcome())
            .reason(succeeded ? null : closed.reason())
            .message(succeeded ? null : closed.message())
            .job(closed.job())
            .build());
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

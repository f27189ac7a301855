package dev.alembicoperator.report;

import dev.alembicoperator.api.v1alpha1.HistoryEntry.AppliedRevision;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.plan.Verdict;
import dev.alembicoperator.runner.RunReport;
import dev.alembicoperator.runner.RunReport.AppliedStep;
import dev.alembicoperator.runner.RunReport.Step;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Which steps of a run stand in the database and which are still to do. The report's lists may have
 * lost their middle, and the report of a process that died says nothing of commits: then the rows
 * tell.
 */
final class Steps {

  /** More than any project has; a forged report must not be able to show any number. */
  private static final int MOST = 100_000;

  private static final double LONGEST_SECONDS = 1e7;

  private final RunReport report;
  private final boolean succeeded;
  private final int ran;
  private final int done;

  Steps(RunReport report, Verdict verdict) {
    this.report = report;
    this.succeeded = verdict.outcome() == Outcome.Succeeded;
    this.ran = Math.clamp(Math.max(report.appliedCount(), report.applied().size()), 0, MOST);
    int planned = Math.clamp(report.planCount(), 0, MOST);
    this.done =
        succeeded
            ? Math.max(ran, planned)
            : Math.max(marked(), reached(verdict.rows().orElse(List.of())));
  }

  /** Whether any step began. */
  boolean any() {
    return ran > 0
        || report.running() != null
        || ("failed".equals(report.outcome()) && report.planCount() > 0);
  }

  /** How many stand. */
  int done() {
    return done;
  }

  /** How many are left. */
  int leftCount() {
    return Math.max(0, Math.clamp(report.planCount(), 0, MOST) - done);
  }

  /** Those that are left, as far as the report lists them. */
  List<Step> left() {
    return report.planCount() == 0
        ? List.of()
        : IntStream.range(0, report.plan().size())
            .filter(i -> place(i, report.plan().size(), report.planCount()) >= done)
            .mapToObj(report.plan()::get)
            .toList();
  }

  /** Those that stand, as far as the report lists them, with their durations. */
  List<AppliedRevision> standing(Outgoing out) {
    List<AppliedStep> applied = report.applied();
    List<AppliedRevision> listed = new ArrayList<>();
    for (int i = 0; i < applied.size(); i++) {
      if (place(i, applied.size(), ran) < done) {
        AppliedStep step = applied.get(i);
        listed.add(new AppliedRevision(out.name(step.revision()), seconds(step.seconds())));
      }
    }
    if (succeeded && report.running() != null) {
      // It was committed; its process died before it could say how long it took.
      listed.add(new AppliedRevision(out.name(report.running().revision()), null));
    }
    return listed;
  }

  /** Committed steps are a beginning of all: what is marked as not committed is the end. */
  private int marked() {
    long open = report.applied().stream().filter(a -> !a.committed()).count();
    return open == report.applied().size() ? 0 : (int) Math.max(0, ran - open);
  }

  private int reached(List<String> rows) {
    if ("downgrade".equals(report.direction())) {
      return 0;
    }
    Set<String> standing = new HashSet<>(rows);
    return IntStream.range(0, report.plan().size())
        .filter(i -> standing.contains(report.plan().get(i).revision()))
        .map(i -> place(i, report.plan().size(), report.planCount()) + 1)
        .max()
        .orElse(0);
  }

  /** The place in the whole list of the i-th of those that were kept: its beginning and end. */
  private static int place(int i, int kept, int all) {
    return i < (kept + 1) / 2 ? i : Math.max(i, all - kept + i);
  }

  private static String seconds(double seconds) {
    return String.format(Locale.ROOT, "%.3fs", Math.clamp(seconds, 0, LONGEST_SECONDS));
  }
}

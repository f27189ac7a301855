package dev.alembicoperator.report;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.Check;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatusBuilder;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.plan.Decision;
import dev.alembicoperator.plan.SpecFingerprint;
import java.util.List;

/** What only a run can tell (target, heads, plan) stands in status for the spec that it ran. */
final class Learned {

  private Learned() {}

  /**
   * Drops what a run of another spec resolved: shown beside a new image it would be taken for that
   * image's.
   */
  static DatabaseMigrationStatus ofThisSpec(
      DatabaseMigrationStatus status, Observation o, Decision decision) {
    Attempt last = status.attempt();
    boolean open = last != null && last.outcome() == null;
    if (last == null || open || SpecFingerprint.sameRun(o) || checked(status, o)) {
      return status;
    }
    boolean goalStands = last.outcome() == Outcome.Succeeded && aboutTheGoal(decision);
    return goalStands
        ? status
        : DatabaseMigrationStatusBuilder.builder(status)
            .targetRevision(null)
            .targetRevisions(List.of())
            .heads(List.of())
            .plan(null)
            .build();
  }

  /** A check has looked at this spec since the last run of another. */
  private static boolean checked(DatabaseMigrationStatus status, Observation o) {
    Check check = status.check();
    return check != null
        && check.completedAt() != null
        && check.generation() != null
        && check.generation() == o.generation()
        && !check.completedAt().isBefore(status.attempt().completedAt());
  }

  /** The spec differs only in what does not change its goal: a memory limit, a time-out. */
  private static boolean aboutTheGoal(Decision decision) {
    return switch (decision) {
      case Decision.Nothing n -> true;
      case Decision.Refuse r ->
          r.reason() == Reason.Drifted || r.reason() == Reason.DatabaseChanged;
      default -> false;
    };
  }
}

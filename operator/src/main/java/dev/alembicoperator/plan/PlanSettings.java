package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpec;
import java.time.Duration;
import java.util.Set;

/**
 * The operator's settings that decisions depend on.
 *
 * @param checkInterval how often an idle database is looked at
 * @param blindAfter how long the operator may fail to reach a database before one run is started
 *     anyway, whose report tells which side is blind
 * @param serviceAccounts that a resource may name, beside the namespace's {@code default}
 */
public record PlanSettings(
    Duration checkInterval, Duration blindAfter, Set<String> serviceAccounts) {

  /** How often the database of this resource is looked at while it is idle. */
  Duration interval(DatabaseMigrationSpec spec) {
    return spec.drift() == null
        ? checkInterval
        : Durations.orElse(spec.drift().interval(), checkInterval);
  }

  /** Five minutes, two minutes, none. */
  public static PlanSettings defaults() {
    return new PlanSettings(Duration.ofMinutes(5), Duration.ofMinutes(2), Set.of());
  }
}

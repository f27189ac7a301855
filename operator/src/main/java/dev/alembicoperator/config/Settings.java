package dev.alembicoperator.config;

import dev.alembicoperator.act.JobSettings;
import dev.alembicoperator.plan.PlanSettings;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Set;

/**
 * The operator's own settings, valid as a whole.
 *
 * @param namespaces to watch; empty for all
 * @param plan what decisions depend on
 * @param jobs what pods depend on
 * @param allowedHosts where the operator itself may connect to; empty for anywhere but link-local
 *     and the API server
 * @param httpPort of health and metrics; 0 for any free one
 * @param instance the name under which events are published
 * @param leaderElection whether to wait for the lease before working
 * @param leaseNamespace where the lease is; empty for the pod's own
 */
@RecordBuilder
public record Settings(
    Set<String> namespaces,
    PlanSettings plan,
    JobSettings jobs,
    List<String> allowedHosts,
    int httpPort,
    String instance,
    boolean leaderElection,
    String leaseNamespace) {

  /** One instance that watches everything. */
  public static Settings defaults() {
    return new Settings(
        Set.of(),
        PlanSettings.defaults(),
        JobSettings.defaults(),
        List.of(),
        8080,
        "alembic-operator",
        false,
        "");
  }
}

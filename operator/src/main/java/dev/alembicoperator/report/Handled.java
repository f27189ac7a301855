package dev.alembicoperator.report;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatusBuilder;
import dev.alembicoperator.api.v1alpha1.HandledRequests;
import dev.alembicoperator.api.v1alpha1.HandledRequestsBuilder;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.plan.Decision;
import dev.alembicoperator.plan.Verbs;

/** Which requests by annotation are answered, and when. */
final class Handled {

  private Handled() {}

  /** The retry token is answered by the attempt that is intended. */
  static HandledRequests retry(Observation o) {
    String token = Verbs.retryToken(o);
    return token == null || token.isEmpty()
        ? o.status().lastHandledRequests()
        : handled(o.status()).retry(token).build();
  }

  private static HandledRequestsBuilder handled(DatabaseMigrationStatus status) {
    return HandledRequestsBuilder.builder(
        status.lastHandledRequests() == null
            ? new HandledRequests(null, null, null, null)
            : status.lastHandledRequests());
  }

  /**
   * A request to cancel is answered when the attempt's end is intended or there; where none is open
   * there is nothing to end, and a later attempt must not meet it.
   */
  static DatabaseMigrationStatus cancel(
      DatabaseMigrationStatus status, Observation o, Decision decision) {
    Attempt last = o.status().attempt();
    boolean open = last != null && last.number() != null && last.outcome() == null;
    boolean answered =
        switch (decision) {
          case Decision.Cancel c -> c.why() == Reason.Cancelled;
          case Decision.Collect c -> true;
          default -> !open;
        };
    return answered && Verbs.cancelAsked(o)
        ? DatabaseMigrationStatusBuilder.builder(status)
            .lastHandledRequests(handled(status).cancel(Verbs.cancelToken(o)).build())
            .build()
        : status;
  }
}

package dev.alembicoperator.report;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.Attempt.Progress;
import dev.alembicoperator.api.v1alpha1.AttemptBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatusBuilder;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.api.v1alpha1.Plan;
import dev.alembicoperator.api.v1alpha1.PlanBuilder;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.database.Backend;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.plan.CheckVerdict;
import dev.alembicoperator.plan.Decision;
import dev.alembicoperator.plan.Sessions;
import dev.alembicoperator.runner.ApplicationName;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Observation and Decision to status, by pure functions. Every text that comes from outside passes
 * the {@link Outgoing} scrubber here, so that nothing which is written to the API server holds a
 * credential.
 */
public final class StatusReport {

  private final Collected collected = new Collected();
  private final Checked checked = new Checked();

  /**
   * The status that tells this decision. For {@link Decision.Run} that is the intent, written
   * before the Job is created.
   */
  public DatabaseMigrationStatus tell(Observation o, Decision decision) {
    Outgoing out = Outgoing.of(o);
    DatabaseMigrationStatus read = Learned.ofThisSpec(Facts.of(o), o, decision);
    return Handled.cancel(told(read, decision, o, out), o, decision);
  }

  private DatabaseMigrationStatus told(
      DatabaseMigrationStatus read, Decision decision, Observation o, Outgoing out) {
    return switch (decision) {
      case Decision.Nothing n ->
          conditions(
              read, o, n.ready() ? "True" : "Unknown", n.reason(), out.text(n.message()), "");
      case Decision.Wait w ->
          conditions(
              progress(begun(read, w.reason()), o),
              o,
              ready(w.reason(), o),
              w.reason(),
              out.text(w.message()),
              "Reconciling");
      case Decision.Refuse r ->
          conditions(
              read,
              o,
              "False",
              r.reason(),
              out.text(r.message()),
              r.reason().phase() == Reason.Phase.RECONCILING ? "Reconciling" : "Stalled");
      case Decision.Cancel c ->
          conditions(
              withdrawing(read, c.why()),
              o,
              "False",
              c.reason(),
              out.text(c.message()),
              "Reconciling");
      case Decision.Run r ->
          conditions(
              Intent.into(checked.superseded(read, o), r.request(), o),
              o,
              "False",
              Reason.Preparing,
              out.text(r.message()),
              "Reconciling");
      case Decision.Check c -> checked.begun(tell(o, c.standing()), c, o);
      case Decision.Conclude c -> checked.into(read, c.verdict(), o, out);
      case Decision.Collect c -> collected.into(read, c.verdict(), o, out);
    };
  }

  /** The status once the Job of the open attempt exists. */
  public DatabaseMigrationStatus created(DatabaseMigrationStatus status, String jobUid) {
    Attempt attempt = AttemptBuilder.builder(status.attempt()).jobUID(jobUid).build();
    return DatabaseMigrationStatusBuilder.builder(status).attempt(attempt).build();
  }

  /**
   * The status when the open attempt's name is somebody else's Job: nothing ran, and the next
   * number is tried.
   */
  public DatabaseMigrationStatus nameTaken(DatabaseMigrationStatus status, Instant now) {
    Attempt attempt =
        AttemptBuilder.builder(status.attempt())
            .outcome(Outcome.Cancelled)
            .reason(Reason.Superseded.name())
            .message(
                "A Job named \"%s\" exists and is not this resource's; the next number is taken."
                    .formatted(status.attempt().job()))
            .completedAt(now.truncatedTo(ChronoUnit.MILLIS))
            .build();
    return DatabaseMigrationStatusBuilder.builder(status).attempt(attempt).build();
  }

  /** The status once the Job of the open check exists. */
  public DatabaseMigrationStatus checkCreated(DatabaseMigrationStatus status, String jobUid) {
    return checked.created(status, jobUid);
  }

  /** The status when the open check's name is somebody else's Job. */
  public DatabaseMigrationStatus checkNameTaken(DatabaseMigrationStatus status, Instant now) {
    return checked.nameTaken(status, now);
  }

  /** The SQL that a check brought, fit to be published. */
  public Optional<String> sql(Observation o, CheckVerdict verdict) {
    return verdict.sql().map(Outgoing.of(o)::lines);
  }

  /** The status when the ConfigMap for the SQL is somebody else's. */
  public DatabaseMigrationStatus sqlNameTaken(DatabaseMigrationStatus status) {
    Plan plan =
        PlanBuilder.builder(status.plan())
            .sql(null)
            .sqlUnavailable(
                "a ConfigMap named \"%s\" exists and is not this resource's"
                    .formatted(status.plan().sql()))
            .build();
    return DatabaseMigrationStatusBuilder.builder(status).plan(plan).build();
  }

  /** Unknown only where the truth could not be read. */
  private static String ready(Reason reason, Observation o) {
    return reason.ready() == Reason.Ready.UNKNOWN && o.databaseRead().isEmpty()
        ? "Unknown"
        : "False";
  }

  private static DatabaseMigrationStatus conditions(
      DatabaseMigrationStatus status,
      Observation o,
      String ready,
      Reason reason,
      String message,
      String second) {
    Conditions conditions = new Conditions(o.status().conditions(), o.generation(), o.now());
    conditions.set("Ready", ready, reason.name(), message);
    if (!second.isEmpty()) {
      conditions.set(second, "True", reason.name(), message);
    }
    return DatabaseMigrationStatusBuilder.builder(status)
        .observedGeneration(o.generation())
        .conditions(conditions.list())
        .build();
  }

  /**
   * The deletion is intended before it is done; the reason stays until the Job is seen to be gone.
   */
  private static DatabaseMigrationStatus withdrawing(DatabaseMigrationStatus status, Reason why) {
    Attempt attempt = AttemptBuilder.builder(status.attempt()).reason(why.name()).build();
    return DatabaseMigrationStatusBuilder.builder(status).attempt(attempt).build();
  }

  /** A container that started before its withdrawal took effect is an attempt like any other. */
  private static DatabaseMigrationStatus begun(DatabaseMigrationStatus status, Reason reason) {
    Attempt attempt = status.attempt();
    boolean marked =
        attempt != null
            && attempt.outcome() == null
            && Reason.Superseded.name().equals(attempt.reason());
    return marked && reason == Reason.Running
        ? DatabaseMigrationStatusBuilder.builder(status)
            .attempt(AttemptBuilder.builder(attempt).reason(null).build())
            .build()
        : status;
  }

  /** Where the running step is, as its session tells. */
  private static DatabaseMigrationStatus progress(DatabaseMigrationStatus status, Observation o) {
    Attempt attempt = status.attempt();
    if (attempt == null || attempt.outcome() != null) {
      return status;
    }
    Optional<Backend> session = Sessions.of(attempt, o).stream().findFirst();
    if (session.isEmpty()) {
      return status;
    }
    Outgoing out = Outgoing.of(o);
    ApplicationName.Position position = Sessions.position(session.get(), attempt, o);
    String revision = out.name(position.revision());
    boolean counted = position.steps() > 0;
    String waitingFor =
        session.get().blockedBy().stream()
            .findFirst()
            .map(Sessions::name)
            .map(out::text)
            .orElse(null);
    Progress progress =
        new Progress(
            revision.isEmpty() ? null : revision,
            counted ? Math.max(0, position.step() - 1) : null,
            counted ? position.steps() : null,
            waitingFor);
    return DatabaseMigrationStatusBuilder.builder(status)
        .attempt(AttemptBuilder.builder(attempt).progress(progress).build())
        .build();
  }

  /** The condition that people and columns look at. */
  public static Optional<Condition> ready(DatabaseMigrationStatus status) {
    return status == null ? Optional.empty() : Conditions.find(status.conditions(), "Ready");
  }
}

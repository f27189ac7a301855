package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.Check;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.observe.ConnectionView;
import dev.alembicoperator.observe.JobView;
import dev.alembicoperator.observe.JobView.PodView;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.runner.RunReport;
import dev.alembicoperator.runner.RunReportParser;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Checks: pods that read and change nothing, beside whatever the resource's state is. A check never
 * changes what the rules decided, and never keeps a migration waiting: a Run withdraws it.
 */
final class Checks {

  /** Where only a pod can look, each look costs one: the schema allows no shorter interval. */
  private static final Duration SHORTEST_INTERVAL = Duration.ofHours(1);

  private final RunReportParser parser = new RunReportParser();
  private final DeathCertificate deaths = new DeathCertificate();

  /** The standing decision, with the check that goes on, is over, or is wanted beside it. */
  Decision beside(Decision standing, Observation o) {
    if (standing instanceof Decision.Collect
        || o.resource().getMetadata().getDeletionTimestamp() != null) {
      return standing;
    }
    Check check = o.status().check();
    return open(check) ? follow(check, standing, o) : wanted(standing, o);
  }

  /** Whether a check has begun and its end is not in status yet. */
  static boolean open(Check check) {
    return check != null && check.number() != null && check.completedAt() == null;
  }

  private Decision follow(Check check, Decision standing, Observation o) {
    Optional<CheckVerdict> verdict =
        o.check()
            .map(job -> over(check, job, o))
            .orElseGet(() -> check.jobUID() == null ? Optional.empty() : Optional.of(lost(check)));
    if (verdict.isPresent()) {
      return new Decision.Conclude(verdict.get());
    }
    return standing instanceof Decision.Run
        ? standing
        : new Decision.Check(
            Requests.check(o, check.number(), Boolean.TRUE.equals(check.sql())),
            progress(check, o),
            standing);
  }

  private Optional<CheckVerdict> over(Check check, JobView job, Observation o) {
    if (job.pod().flatMap(PodView::ended).isPresent() || OpenAttempt.dead(job)) {
      return Optional.of(ended(job, o));
    }
    boolean started = job.pod().filter(PodView::started).isPresent();
    if (started || job.deleting() || job.gone()) {
      return Optional.empty();
    }
    return Preparation.lastingTrouble(job, check.startedAt(), o.now())
        .map(trouble ->
            new CheckVerdict(
                Optional.of(trouble.reason()),
                "The check could not start: " + trouble.message(),
                Optional.empty(),
                Optional.empty()));
  }

  private CheckVerdict ended(JobView job, Observation o) {
    Optional<RunReport> report =
        job.pod().flatMap(PodView::ended).flatMap(end -> end.report(parser));
    if (report.filter(RunReport::done).isPresent()) {
      Optional<String> image = job.pod().flatMap(PodView::imageId);
      return new CheckFindings(report.get(), image, o).verdict();
    }
    DeathCertificate.Death death = deaths.of(job);
    return CheckVerdict.without(
        death.reason(), "The check found out nothing. %s".formatted(death.message()));
  }

  private static CheckVerdict lost(Check check) {
    return CheckVerdict.without(
        Reason.JobLost,
        "The check found out nothing: its Job \"%s\" was deleted. Ask for another with a new value of the annotation."
            .formatted(check.job()));
  }

  private static String progress(Check check, Observation o) {
    Optional<PodView> pod = o.check().flatMap(JobView::pod);
    if (pod.filter(PodView::started).isPresent()) {
      return "Check %d is running.".formatted(check.number());
    }
    return o.check()
        .flatMap(Preparation::trouble)
        .map(t -> "Check %d cannot start: %s".formatted(check.number(), t.message()))
        .orElse("Check %d: preparing the pod.".formatted(check.number()));
  }

  private static Decision wanted(Decision standing, Observation o) {
    boolean asked = Verbs.checkAsked(o) || Verbs.checkSqlAsked(o);
    if (busy(standing, o) || !(asked || due(standing, o))) {
      return standing;
    }
    Optional<CheckVerdict> refusal = refusal(standing, o);
    if (refusal.isPresent()) {
      return asked ? new Decision.Conclude(refusal.get()) : standing;
    }
    if (o.connection() instanceof ConnectionView.Missing
        || o.connection() instanceof ConnectionView.Unreadable) {
      // It begins when the pod has something to connect with; the conditions tell what is missing.
      return standing;
    }
    long number = Requests.nextNumber(o);
    return new Decision.Check(
        Requests.check(o, number, Verbs.checkSqlAsked(o)),
        "Check %d: preparing the pod.".formatted(number),
        standing);
  }

  private static boolean busy(Decision standing, Observation o) {
    Attempt attempt = o.status().attempt();
    boolean open = attempt != null && attempt.number() != null && attempt.outcome() == null;
    return open || standing instanceof Decision.Run || standing instanceof Decision.Cancel;
  }

  /** What is answered without a pod. */
  private static Optional<CheckVerdict> refusal(Decision standing, Observation o) {
    if (Boolean.TRUE.equals(o.spec().suspend())) {
      return Optional.of(
          CheckVerdict.without(
              Reason.Suspended,
              "There was no check: spec.suspend is true, so no pod is started. Set it to false,"
                  + " then ask again with a new value of the annotation."));
    }
    if (standing instanceof Decision.Refuse refuse && refuse.reason() == Reason.InvalidSpec) {
      return Optional.of(
          CheckVerdict.without(Reason.InvalidSpec, "There was no check: " + refuse.message()));
    }
    if (o.spec().alembic() != null && !o.spec().alembic().command().isEmpty()) {
      return Optional.of(
          CheckVerdict.without(
              null,
              "Plan, SQL and differences are not available, because spec.alembic.command is run"
                  + " instead of Alembic's own, and all that it can do is migrate."));
    }
    return Optional.empty();
  }

  /** An idle database that only a pod can look at, and whose interval is over. */
  private static boolean due(Decision standing, Observation o) {
    if (o.spec().drift() == null
        || o.spec().drift().interval() == null
        || !Goal.onlyPodsLook(o)
        || !idle(standing)) {
      return false;
    }
    Duration given = Durations.orElse(o.spec().drift().interval(), SHORTEST_INTERVAL);
    Duration interval = given.compareTo(SHORTEST_INTERVAL) < 0 ? SHORTEST_INTERVAL : given;
    Check check = o.status().check();
    Attempt attempt = o.status().attempt();
    return Stream.of(
            Optional.ofNullable(check).map(Check::completedAt),
            Optional.ofNullable(attempt).map(Attempt::completedAt))
        .flatMap(Optional::stream)
        .max(Instant::compareTo)
        .filter(last -> !last.plus(interval).isAfter(o.now()))
        .isPresent();
  }

  private static boolean idle(Decision standing) {
    return standing instanceof Decision.Nothing
        || (standing instanceof Decision.Refuse refuse && refuse.reason() == Reason.Drifted);
  }
}

package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.database.Backend;
import dev.alembicoperator.database.Blocker;
import dev.alembicoperator.observe.JobView;
import dev.alembicoperator.observe.JobView.PodView;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.plan.Preparation.Withdrawal;
import dev.alembicoperator.runner.ApplicationName;
import dev.alembicoperator.runner.RunRequest;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * An attempt whose verdict is not in status yet is followed to its end before anything else is
 * thought of. Intent without Job, Job without pod, pod without container, running, ended, gone:
 * each is one of the cases below.
 */
final class OpenAttempt {

  /** Events tell of every change; this is for the progress that only the database shows. */
  static final Duration WATCH = Duration.ofSeconds(2);

  private final Judge judge = new Judge();
  private final Preparation preparation = new Preparation();

  Optional<Decision> follow(Observation o) {
    Attempt attempt = o.status().attempt();
    if (attempt == null || attempt.number() == null || attempt.outcome() != null) {
      return Optional.empty();
    }
    return Optional.of(
        o.job().map(job -> follow(attempt, job, o)).orElseGet(() -> withoutJob(attempt, o)));
  }

  private Decision follow(Attempt attempt, JobView job, Observation o) {
    if (attempt.jobUID() == null && !job.gone()) {
      // The answer to its creation was lost. Asking again is harmless and makes sure that it is
      // ours.
      return again(attempt, o);
    }
    if (job.pod().flatMap(PodView::ended).isPresent() || dead(job)) {
      return judge.ended(attempt, job, o);
    }
    if (job.pod().filter(PodView::started).isPresent()) {
      return Judge.cancelled(attempt, o) && !job.gone() && !job.deleting()
          ? stop(attempt, job)
          : running(attempt, o);
    }
    if (job.gone()) {
      return preparation.waitForPod(attempt);
    }
    return preparation.decide(attempt, job, withdrawal(attempt, o), o);
  }

  /** The runner is told to end, and rolls back. */
  private static Decision stop(Attempt attempt, JobView job) {
    return new Decision.Cancel(
        job.name(),
        job.uid(),
        Reason.Cancelled,
        Reason.Running,
        "Attempt %d is told to stop, as was asked.".formatted(attempt.number()),
        WATCH);
  }

  /** Why an attempt is not to be started any more, although it was intended. */
  private static Optional<Withdrawal> withdrawal(Attempt attempt, Observation o) {
    if (Judge.cancelled(attempt, o)) {
      return Optional.of(new Withdrawal(Reason.Cancelled, "its cancellation was asked for"));
    }
    if (superseded(attempt, o)) {
      return Optional.of(new Withdrawal(Reason.Superseded, "the resource was changed"));
    }
    return Verbs.retryAsked(o)
        ? Optional.of(new Withdrawal(Reason.Superseded, "another try was asked for"))
        : Optional.empty();
  }

  /**
   * Without a terminated container: evicted before it started, or failed by the Job controller. A
   * container that runs is not dead, whatever the Job says: its runner may be rolling back. Nor is
   * a pod that only waits: the cache may know of the Job's failure before it knows of the
   * container's end.
   */
  static boolean dead(JobView job) {
    boolean evicted =
        job.pod().flatMap(PodView::trouble).filter(t -> t.reason().equals("Evicted")).isPresent();
    boolean live =
        job.pod().filter(p -> p.running() || (!p.deleting() && !p.givenUp())).isPresent();
    return evicted || (job.failure().isPresent() && !live);
  }

  private Decision withoutJob(Attempt attempt, Observation o) {
    Optional<Backend> alive = alive(attempt, o);
    if (alive.isPresent()) {
      return new Decision.Wait(
          Reason.Running,
          "The Job \"%s\" is gone, but its session (pid %d) still works in the database; it is waited for."
              .formatted(attempt.job(), alive.get().pid()),
          WATCH);
    }
    if (attempt.jobUID() != null) {
      return Judge.withdrawn(attempt) ? judge.superseded(attempt) : judge.lost(attempt, o);
    }
    if (Judge.cancelled(attempt, o)) {
      return judge.cancelledUnstarted(attempt);
    }
    if (superseded(attempt, o)) {
      return judge.superseded(attempt);
    }
    boolean moved =
        o.databaseRead()
            .filter(r -> !new HashSet<>(r.rows()).equals(new HashSet<>(attempt.from())))
            .isPresent();
    // Somebody moved the database between the intent and the Job: what was intended is no longer
    // what is needed.
    return moved ? judge.superseded(attempt) : again(attempt, o);
  }

  private static Decision running(Attempt attempt, Observation o) {
    boolean older = attempt.generation() != null && attempt.generation() != o.generation();
    String which = older ? " (generation %d) is still".formatted(attempt.generation()) : " is";
    String told = Judge.cancelled(attempt, o) ? " It was told to stop." : "";
    return new Decision.Wait(
        Reason.Running,
        "Attempt %d%s running%s.%s".formatted(attempt.number(), which, progress(attempt, o), told),
        WATCH);
  }

  private static String progress(Attempt attempt, Observation o) {
    Optional<Backend> session = alive(attempt, o);
    if (session.isEmpty()) {
      return "";
    }
    ApplicationName.Position position = Sessions.position(session.get(), attempt, o);
    String at =
        position.revision().isEmpty() ? "" : ", at revision \"%s\"".formatted(position.revision());
    at +=
        position.step() == 0 || position.steps() == 0
            ? ""
            : " (%d of %d)".formatted(position.step(), position.steps());
    List<Blocker> blockers = session.get().blockedBy();
    return blockers.isEmpty() ? at : at + ", waiting for " + Sessions.name(blockers.getFirst());
  }

  private static Optional<Backend> alive(Attempt attempt, Observation o) {
    return Sessions.of(attempt, o).stream().findFirst();
  }

  private static boolean superseded(Attempt attempt, Observation o) {
    return attempt.requested() == null
        || !SpecFingerprint.run(o.spec()).equals(attempt.requested().specHash());
  }

  private static Decision again(Attempt attempt, Observation o) {
    RunRequest request = Requests.ofIntent(attempt, o);
    return new Decision.Run(
        request,
        Texts.preparing(attempt.number(), request.task().downgrade(), o.status().plan()),
        WATCH);
  }
}

package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.database.Backend;
import dev.alembicoperator.database.DatabaseView;
import dev.alembicoperator.observe.JobView;
import dev.alembicoperator.observe.JobView.Ended;
import dev.alembicoperator.observe.JobView.PodView;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.plan.DeathCertificate.Death;
import dev.alembicoperator.runner.RunReport;
import dev.alembicoperator.runner.RunReport.HalfApplied;
import dev.alembicoperator.runner.RunReport.RunError;
import dev.alembicoperator.runner.RunReportParser;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Gives the verdict on an attempt whose process has ended. The report is a hint; what the database
 * says decides, wherever the operator can read it.
 */
final class Judge {

  private static final Duration SOON = Duration.ofSeconds(2);

  private static final String LOOK_FIRST =
      "A step may be half-done. Look at the database, mend it, then set the annotation"
          + " alembic-operator.dev/retry to a new value.";

  private static final String RUN_AGAIN =
      "To run it again, set the annotation alembic-operator.dev/retry to a new value, or change the"
          + " spec.";

  /** Causes that would be tried again without a person. */
  private static final Set<Reason.Retry> BY_ITSELF =
      EnumSet.of(
          Reason.Retry.ALWAYS, Reason.Retry.SLOWLY, Reason.Retry.WITHIN_LIMIT, Reason.Retry.ONCE);

  private final RunReportParser parser = new RunReportParser();
  private final DeathCertificate deaths = new DeathCertificate();
  private final Confirmation confirmation = new Confirmation();

  /** The container has terminated, or the pod will never have one. */
  Decision ended(Attempt attempt, JobView job, Observation o) {
    Optional<Ended> ended = job.pod().flatMap(PodView::ended);
    if (withdrawn(attempt) && ended.filter(DeathCertificate::neverRan).isPresent()) {
      return superseded(attempt);
    }
    Optional<RunReport> report = ended.flatMap(e -> e.report(parser));
    Optional<String> image = job.pod().flatMap(PodView::imageId);
    if (report.isPresent() && report.get().done() && report.get().failure().isEmpty()) {
      return confirmation.of(attempt, report.get(), image, o);
    }
    Optional<Backend> alive = Sessions.of(attempt, o).stream().findFirst();
    if (alive.isPresent()) {
      return new Decision.Wait(
          Reason.Running,
          "Attempt %d: its pod has ended, but its session (pid %d) still works in the database; it is waited for."
              .formatted(attempt.number(), alive.get().pid()),
          SOON);
    }
    if (report.isPresent() && report.get().done() && !terminated(report.get())) {
      Verdict verdict = failed(attempt, report.get(), image, o);
      return new Decision.Collect(cancelled(attempt, o) ? notAgain(attempt, verdict) : verdict);
    }
    if (cancelled(attempt, o) && ended.filter(DeathCertificate::neverRan).isPresent()) {
      return cancelledUnstarted(attempt);
    }
    return died(attempt, deaths.of(job), Optional.of(job), report, o);
  }

  /** The runner was told to end, and says so; who told it, and why, is Kubernetes' to say. */
  private static boolean terminated(RunReport report) {
    return "terminated".equals(report.outcome());
  }

  /** The Job that status knows is gone and left nothing to read. */
  Decision lost(Attempt attempt, Observation o) {
    if (cancelled(attempt, o) && !seenRunning(o)) {
      return cancelledUnstarted(attempt);
    }
    Death death =
        new Death(
            Reason.JobLost,
            "The Job \"%s\" was deleted while attempt %d was open."
                .formatted(attempt.job(), attempt.number()));
    return died(attempt, death, Optional.empty(), Optional.empty(), o);
  }

  /** Its deletion was intended before its container was seen to run: the spec wants another. */
  static boolean withdrawn(Attempt attempt) {
    return Reason.Superseded.name().equals(attempt.reason());
  }

  /** A person asked to end it, now or in an earlier pass. */
  static boolean cancelled(Attempt attempt, Observation o) {
    return Reason.Cancelled.name().equals(attempt.reason()) || Verbs.cancelAsked(o);
  }

  /** Nothing of the attempt ever ran. */
  Decision superseded(Attempt attempt) {
    return unstarted(
        Reason.Superseded,
        "Attempt %d was withdrawn before its container started.".formatted(attempt.number()));
  }

  /** As {@link #superseded}, but nothing follows: a person asked for the end. */
  Decision cancelledUnstarted(Attempt attempt) {
    return unstarted(
        Reason.Cancelled,
        "Attempt %d was cancelled before its container started. %s"
            .formatted(attempt.number(), RUN_AGAIN));
  }

  private static Decision unstarted(Reason reason, String message) {
    return new Decision.Collect(
        new Verdict(
            Outcome.Cancelled,
            reason,
            message,
            true,
            Optional.empty(),
            Optional.empty(),
            Optional.empty()));
  }

  /** It failed while it was being cancelled, in a way that would bring it back. */
  private static Verdict notAgain(Attempt attempt, Verdict verdict) {
    return verdict.repeatable() && BY_ITSELF.contains(verdict.reason().retry())
        ? new Verdict(
            Outcome.Cancelled,
            Reason.Cancelled,
            "Attempt %d was cancelled, as was asked; it had ended with: %s %s"
                .formatted(attempt.number(), verdict.message(), RUN_AGAIN),
            true,
            verdict.rows(),
            verdict.report(),
            verdict.imageId())
        : verdict;
  }

  private static Verdict failed(
      Attempt attempt, RunReport report, Optional<String> image, Observation o) {
    RunError error = report.error();
    Reason reason = Reason.ofKind(error.kind()).orElse(Reason.MigrationFailed);
    boolean clean = report.halfApplied() == HalfApplied.no;
    boolean partial = report.halfApplied() == HalfApplied.yes || reason == Reason.PartiallyApplied;
    // A cause that passes would be called "reconciling", but nothing goes on before somebody has
    // looked.
    boolean stuck = partial || (!clean && reason.phase() == Reason.Phase.RECONCILING);
    String message = sentence(error);
    if (attempt.requested() != null && attempt.requested().forImage() != null) {
      message =
          "The image \"%s\" was run to take the database down for \"%s\": %s"
              .formatted(attempt.requested().image(), attempt.requested().forImage(), message);
    }
    if (reason == Reason.AuthenticationFailed || reason == Reason.InvalidConnection) {
      message += " " + Sources.sentence(o.spec().database());
    }
    return new Verdict(
        partial ? Outcome.PartiallyApplied : Outcome.Failed,
        stuck && reason != Reason.LeftoversFound ? Reason.PartiallyApplied : reason,
        clean || partial ? message : message + " " + LOOK_FIRST,
        clean,
        Confirmation.rows(report, o),
        Optional.of(report),
        image);
  }

  private static String sentence(RunError error) {
    String text = error.message() == null ? "" : error.message().strip();
    if (text.isEmpty()) {
      text = "The migration failed and its runner gave no sentence for it; see the Job's log.";
    }
    boolean named = error.revision() == null || text.contains(error.revision());
    return Texts.sentence(named ? text : "Revision \"%s\": %s".formatted(error.revision(), text));
  }

  /** The process died without a last word of its own. */
  private static Decision died(
      Attempt attempt,
      Death death,
      Optional<JobView> job,
      Optional<RunReport> report,
      Observation o) {
    Optional<DatabaseView> unread = o.database().filter(v -> !(v instanceof DatabaseView.Read));
    if (unread.isPresent() && !Confirmation.blind(attempt)) {
      return new Decision.Wait(
          Reason.WaitingForDatabase,
          "%s What it left in the database cannot be read at the moment. %s"
              .formatted(death.message(), Confirmation.message(unread.get())),
          Confirmation.patience(job, o));
    }
    Optional<String> image = job.flatMap(JobView::pod).flatMap(PodView::imageId);
    Optional<List<String>> rows = o.databaseRead().map(DatabaseView.Read::rows);
    Optional<List<String>> expected = report.map(RunReport::expected);
    if (rows.isPresent()
        && expected.isPresent()
        && Confirmation.same(rows.get(), expected.get())
        && !Confirmation.elsewhere(report.get(), o.databaseRead().get())) {
      return new Decision.Collect(Confirmation.success(report.get(), rows.get(), image));
    }
    boolean touched = touched(attempt, job, report, o);
    boolean cancelled = cancelled(attempt, o);
    String what =
        cancelled
            ? "Attempt %d was cancelled, as was asked.".formatted(attempt.number())
            : death.message();
    String more = cancelled && !touched ? " " + RUN_AGAIN : "";
    return new Decision.Collect(
        new Verdict(
            cancelled && !touched ? Outcome.Cancelled : Outcome.Lost,
            cancelled ? Reason.Cancelled : death.reason(),
            what + " " + standing(rows, touched) + more,
            !touched,
            rows,
            report,
            image));
  }

  /** Whether a step may have left something that neither a rollback nor a revision tells. */
  private static boolean touched(
      Attempt attempt, Optional<JobView> job, Optional<RunReport> report, Observation o) {
    if (report.isPresent()) {
      return report.get().halfApplied() != HalfApplied.no;
    }
    if (attempt.progress() != null && attempt.progress().revision() != null) {
      return true;
    }
    Optional<PodView> pod = job.flatMap(JobView::pod);
    Optional<Ended> ended = pod.flatMap(PodView::ended);
    if (ended.isPresent()) {
      // The runner writes its report before anything else. Without a text it never came so far;
      // with one that is none, somebody wrote over it.
      return !DeathCertificate.neverRan(ended.get()) && !ended.get().message().isBlank();
    }
    // Nobody saw the end. The rows tell what was committed; where they cannot be read, only a
    // container that never started is harmless.
    boolean started = pod.map(PodView::started).orElse(true) || seenRunning(o);
    return started && o.databaseRead().isEmpty();
  }

  private static boolean seenRunning(Observation o) {
    return o.status().conditions().stream()
        .anyMatch(c -> "Ready".equals(c.getType()) && Reason.Running.name().equals(c.getReason()));
  }

  private static String standing(Optional<List<String>> rows, boolean touched) {
    String at =
        rows.map(r -> "The database is at " + Texts.revisions(r)).orElse("Its end is not known");
    return at + (touched ? ". " + LOOK_FIRST : "; nothing is half-done.");
  }
}

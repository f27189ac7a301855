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
import dev.alembicoperator.runner.RunReport;
import dev.alembicoperator.runner.RunReport.HalfApplied;
import dev.alembicoperator.runner.RunReport.RunError;
import dev.alembicoperator.runner.RunReportParser;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * Gives the verdict on an attempt whose process has ended. The report is a hint; what the database
 * says decides, wherever the operator can read it.
 */
final class Judge {

  private static final Duration SOON = Duration.ofSeconds(2);

  private final RunReportParser parser = new RunReportParser();
  private final DeathCertificate deaths = new DeathCertificate();

  /** The container has terminated, or the pod will never have one. */
  Decision ended(Attempt attempt, JobView job, Observation o) {
    Optional<Ended> ended = job.pod().flatMap(PodView::ended);
    Optional<RunReport> report = ended.flatMap(e -> parser.parse(e.message()));
    Optional<String> image = job.pod().flatMap(PodView::imageId);
    if (report.isPresent() && report.get().done() && report.get().failure().isEmpty()) {
      return succeeded(attempt, report.get(), image, o);
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
      return collect(failed(report.get(), image, o));
    }
    return died(attempt, deaths.of(job), report, image, o);
  }

  /** The runner was told to end, and says so; who told it, and why, is Kubernetes' to say. */
  private static boolean terminated(RunReport report) {
    return "terminated".equals(report.outcome());
  }

  /** The Job that status knows is gone and left nothing to read. */
  Decision lost(Attempt attempt, Observation o) {
    DeathCertificate.Death death =
        new DeathCertificate.Death(
            Reason.JobLost,
            "The Job \"%s\" was deleted while attempt %d was open."
                .formatted(attempt.job(), attempt.number()));
    return died(attempt, death, Optional.empty(), Optional.empty(), o);
  }

  /** Nothing of the attempt ever ran. */
  Decision superseded(Attempt attempt) {
    return collect(
        new Verdict(
            Outcome.Cancelled,
            Reason.Cancelled,
            "Attempt %d was withdrawn before its container started.".formatted(attempt.number()),
            true,
            Optional.empty(),
            Optional.empty(),
            Optional.empty()));
  }

  private static Decision succeeded(
      Attempt attempt, RunReport report, Optional<String> image, Observation o) {
    if (report.expected() == null
        || report.after() == null
        || !same(report.expected(), report.after())) {
      return collect(
          failure(
              Reason.PodMisconfigured,
              "The runner's report contradicts itself: it claims success without the rows to show"
                  + " for it. The image may print into the termination log; use the image's own"
                  + " Alembic project unchanged.",
              report,
              image));
    }
    if (o.databaseRead().isPresent()) {
      return collect(confirmed(attempt, report, image, o.databaseRead().get()));
    }
    boolean blind = attempt.requested() == null || attempt.requested().database() == null;
    if (o.database().isPresent() && !blind) {
      return new Decision.Wait(
          Reason.WaitingForDatabase,
          "Attempt %d reports success; the database cannot be read at the moment to confirm it. %s"
              .formatted(attempt.number(), message(o.database().get())),
          SOON);
    }
    return collect(success(report, report.after(), image));
  }

  private static Verdict confirmed(
      Attempt attempt, RunReport report, Optional<String> image, DatabaseView.Read read) {
    if (same(report.expected(), read.rows())) {
      return success(report, read.rows(), image);
    }
    String identity = report.database() == null ? null : report.database().identity();
    boolean other = identity == null || read.identity().filter(identity::equals).isEmpty();
    if (other) {
      return failure(
          Reason.WrongDatabase,
          "The image reports revision %s, but the database \"%s\" on \"%s\", which the Secret names, is at %s: the image migrated another database. Let env.py read the variable that spec.database.urlEnv names."
              .formatted(
                  Texts.revisions(report.after()),
                  read.name(),
                  read.host(),
                  Texts.revisions(read.rows())),
          report,
          image);
    }
    return failure(
        Reason.Drifted,
        "Attempt %d left the database at %s, and it is at %s now: somebody else changed it at the same time. Set the annotation alembic-operator.dev/retry to a new value to migrate it again."
            .formatted(
                attempt.number(), Texts.revisions(report.after()), Texts.revisions(read.rows())),
        report,
        image);
  }

  private static Verdict success(RunReport report, List<String> rows, Optional<String> image) {
    return new Verdict(
        Outcome.Succeeded,
        Reason.UpToDate,
        "The database is at %s.".formatted(Texts.revisions(rows)),
        true,
        Optional.of(rows),
        Optional.of(report),
        image);
  }

  private static Verdict failed(RunReport report, Optional<String> image, Observation o) {
    RunError error = report.error();
    Reason reason = Reason.ofKind(error.kind()).orElse(Reason.MigrationFailed);
    boolean clean = report.halfApplied() == HalfApplied.no;
    boolean partial = report.halfApplied() == HalfApplied.yes || reason == Reason.PartiallyApplied;
    return new Verdict(
        partial ? Outcome.PartiallyApplied : Outcome.Failed,
        partial && reason != Reason.LeftoversFound ? Reason.PartiallyApplied : reason,
        sentence(error),
        clean,
        rows(report, o),
        Optional.of(report),
        image);
  }

  private static String sentence(RunError error) {
    String text = error.message() == null ? "" : error.message().strip();
    if (text.isEmpty()) {
      text = "The migration failed and its runner gave no sentence for it; see the Job's log.";
    }
    boolean named = error.revision() == null || text.contains(error.revision());
    return named ? text : "Revision \"%s\": %s".formatted(error.revision(), text);
  }

  /** The process died without a word of its own. */
  private Decision died(
      Attempt attempt,
      DeathCertificate.Death death,
      Optional<RunReport> report,
      Optional<String> image,
      Observation o) {
    if (o.database().isPresent() && o.databaseRead().isEmpty()) {
      return new Decision.Wait(
          Reason.WaitingForDatabase,
          "%s What it left in the database cannot be read at the moment. %s"
              .formatted(death.message(), message(o.database().get())),
          SOON);
    }
    Optional<List<String>> rows = o.databaseRead().map(DatabaseView.Read::rows);
    Optional<List<String>> expected = report.map(RunReport::expected);
    if (rows.isPresent() && expected.isPresent() && same(rows.get(), expected.get())) {
      return collect(success(report.get(), rows.get(), image));
    }
    boolean touched = touched(attempt, report);
    return collect(
        new Verdict(
            Outcome.Lost,
            death.reason(),
            death.message() + " " + standing(rows, touched),
            !touched,
            rows,
            report,
            image));
  }

  /** Whether a step may have left something that neither a rollback nor a revision tells. */
  private static boolean touched(Attempt attempt, Optional<RunReport> report) {
    if (report.isPresent()) {
      return report.get().halfApplied() != HalfApplied.no;
    }
    return attempt.progress() != null && attempt.progress().revision() != null;
  }

  private static String standing(Optional<List<String>> rows, boolean touched) {
    String at =
        rows.map(r -> "The database is at " + Texts.revisions(r)).orElse("Its end is not known");
    return touched
        ? at
            + "; a step may be half-done. Look at the database, mend it, then set the annotation"
            + " alembic-operator.dev/retry to a new value."
        : at + "; nothing is half-done.";
  }

  private static Verdict failure(
      Reason reason, String message, RunReport report, Optional<String> image) {
    return new Verdict(
        Outcome.Failed, reason, message, false, Optional.empty(), Optional.of(report), image);
  }

  private static Optional<List<String>> rows(RunReport report, Observation o) {
    return o.databaseRead()
        .map(DatabaseView.Read::rows)
        .or(() -> Optional.ofNullable(report.after()));
  }

  private static String message(DatabaseView view) {
    return switch (view) {
      case DatabaseView.Unreachable u -> u.message();
      case DatabaseView.LoginRefused l -> l.message();
      case DatabaseView.Read r -> "";
    };
  }

  private static boolean same(List<String> one, List<String> other) {
    return new HashSet<>(one).equals(new HashSet<>(other));
  }

  private static Decision collect(Verdict verdict) {
    return new Decision.Collect(verdict);
  }
}

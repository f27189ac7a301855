package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.database.DatabaseView;
import dev.alembicoperator.observe.JobView;
import dev.alembicoperator.observe.JobView.Ended;
import dev.alembicoperator.observe.JobView.PodView;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.runner.RunReport;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A report that claims success is believed when the database shows it, on a look of our own. */
final class Confirmation {

  private static final Duration SOONEST = Duration.ofSeconds(2);
  private static final Duration LATEST = Duration.ofSeconds(30);
  private static final Set<String> SUCCESSES = Set.of("upToDate", "applied");

  Decision of(Attempt attempt, RunReport report, Optional<String> image, Observation o) {
    if (!"migrate".equals(report.action())
        || !SUCCESSES.contains(String.valueOf(report.outcome()))
        || report.expected() == null) {
      return new Decision.Collect(contradiction(report, image, o));
    }
    if (o.databaseRead().isPresent()) {
      return byRows(attempt, report, image, o.databaseRead().get());
    }
    if (report.after() == null || !same(report.expected(), report.after())) {
      return new Decision.Collect(contradiction(report, image, o));
    }
    if (o.database().isPresent() && !blind(attempt)) {
      return new Decision.Wait(
          Reason.WaitingForDatabase,
          "Attempt %d reports success; the database cannot be read at the moment to confirm it. %s"
              .formatted(attempt.number(), message(o.database().get())),
          patience(o.job(), o));
    }
    return new Decision.Collect(success(report, report.after(), image));
  }

  private static Decision byRows(
      Attempt attempt, RunReport report, Optional<String> image, DatabaseView.Read read) {
    if (elsewhere(report, read)) {
      return new Decision.Collect(wrongDatabase(report, image, read));
    }
    if (same(report.expected(), read.rows())) {
      return new Decision.Collect(success(report, read.rows(), image));
    }
    if (read.inRecovery()) {
      return new Decision.Wait(
          Reason.WaitingForDatabase,
          "Attempt %d reports success; the server that answers now is a standby at %s, which may lag behind. A primary is waited for to confirm it."
              .formatted(attempt.number(), Texts.revisions(read.rows())),
          SOONEST);
    }
    if (!known(report, read)) {
      return new Decision.Collect(wrongDatabase(report, image, read));
    }
    return new Decision.Collect(
        failure(
            Reason.Drifted,
            "Attempt %d left the database at %s, and it is at %s now: somebody else changed it at the same time. Set the annotation alembic-operator.dev/retry to a new value to migrate it again."
                .formatted(
                    attempt.number(),
                    Texts.revisions(report.expected()),
                    Texts.revisions(read.rows())),
            report,
            image,
            Optional.of(read.rows())));
  }

  /** Whether operator and image surely looked at different databases. */
  static boolean elsewhere(RunReport report, DatabaseView.Read read) {
    Optional<String> met = identity(report);
    return met.isPresent() && read.identity().isPresent() && !met.equals(read.identity());
  }

  private static boolean known(RunReport report, DatabaseView.Read read) {
    return identity(report).isPresent() && read.identity().isPresent();
  }

  private static Optional<String> identity(RunReport report) {
    return Optional.ofNullable(report.database()).map(RunReport.DatabaseFacts::identity);
  }

  private static Verdict wrongDatabase(
      RunReport report, Optional<String> image, DatabaseView.Read read) {
    return failure(
        Reason.WrongDatabase,
        "The image reports revision %s, but the database \"%s\" on \"%s\", which the Secret names, is at %s: the image migrated another database. Let env.py read the variable that spec.database.urlEnv names."
            .formatted(
                Texts.revisions(report.expected()),
                read.name(),
                read.host(),
                Texts.revisions(read.rows())),
        report,
        image,
        Optional.of(read.rows()));
  }

  private static Verdict contradiction(RunReport report, Optional<String> image, Observation o) {
    return failure(
        Reason.EnvUnsupported,
        "The runner's report contradicts itself: it claims success without the rows to show for"
            + " it. The image may write to the termination log; let env.py leave"
            + " /dev/termination-log alone.",
        report,
        image,
        rows(report, o));
  }

  private static Verdict failure(
      Reason reason,
      String message,
      RunReport report,
      Optional<String> image,
      Optional<List<String>> rows) {
    return new Verdict(Outcome.Failed, reason, message, false, rows, Optional.of(report), image);
  }

  static Verdict success(RunReport report, List<String> rows, Optional<String> image) {
    return new Verdict(
        Outcome.Succeeded,
        Reason.UpToDate,
        "The database is at %s.".formatted(Texts.revisions(rows)),
        true,
        Optional.of(rows),
        Optional.of(report),
        image);
  }

  /** The rows as the operator reads them, else as the runner did. */
  static Optional<List<String>> rows(RunReport report, Observation o) {
    return o.databaseRead()
        .map(DatabaseView.Read::rows)
        .or(() -> Optional.ofNullable(report.after()));
  }

  /** The run was started without the operator having seen its database. */
  static boolean blind(Attempt attempt) {
    return attempt.requested() == null || attempt.requested().database() == null;
  }

  /** Why the database was not read. */
  static String message(DatabaseView view) {
    return switch (view) {
      case DatabaseView.Unreachable u -> u.message();
      case DatabaseView.LoginRefused l -> l.message();
      case DatabaseView.Read r -> "";
    };
  }

  /** When to look again for a database that has to be read before a verdict. */
  static Duration patience(Optional<JobView> job, Observation o) {
    Duration waited =
        job.flatMap(JobView::pod)
            .flatMap(PodView::ended)
            .flatMap(Ended::at)
            .map(at -> Duration.between(at, o.now()))
            .orElse(Duration.ZERO);
    return Backoff.patience(waited, SOONEST, LATEST);
  }

  static boolean same(List<String> one, List<String> other) {
    return new HashSet<>(one).equals(new HashSet<>(other));
  }
}

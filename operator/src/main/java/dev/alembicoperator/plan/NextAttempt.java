package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.database.Backend;
import dev.alembicoperator.database.DatabaseView;
import dev.alembicoperator.observe.ConnectionView;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.runner.RunRequest.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** There is work: what has to be there before a pod may start, and the run itself. */
final class NextAttempt {

  private static final Duration SOONEST = Duration.ofSeconds(2);
  private static final Duration LATEST = Duration.ofSeconds(30);

  private final PlanSettings settings;
  private final Downgrades downgrades;

  NextAttempt(PlanSettings settings, Downgrades downgrades) {
    this.settings = settings;
    this.downgrades = downgrades;
  }

  Optional<Decision> suspended(Observation o) {
    return Boolean.TRUE.equals(o.spec().suspend())
        ? Optional.of(
            new Decision.Wait(
                Reason.Suspended,
                "There is work to do, but spec.suspend is true; set it to false to let it start.",
                settings.interval(o.spec())))
        : Optional.empty();
  }

  Optional<Decision> missingReference(Observation o) {
    return o.connection() instanceof ConnectionView.Missing missing
        ? Optional.of(new Decision.Wait(missing.reason(), missing.message(), patience(o)))
        : Optional.empty();
  }

  Optional<Decision> unreadableConnection(Observation o) {
    return o.connection() instanceof ConnectionView.Unreadable unreadable
        ? Optional.of(
            new Decision.Refuse(Reason.InvalidConnection, unreadable.message(), latest(o)))
        : Optional.empty();
  }

  /** Status was lost or restored from a backup while a Job ran: nothing starts beside it. */
  Optional<Decision> forgottenJob(Observation o) {
    return o.owned()
        .unfinished()
        .map(job ->
            new Decision.Wait(
                Reason.WaitingForOtherMigration,
                "The Job \"%s\" of an attempt that status does not know is not finished; it is waited for."
                    .formatted(job),
                Duration.ofSeconds(5)));
  }

  /** The operator can see that a run would be in vain. */
  Optional<Decision> databaseNotReady(Observation o) {
    return o.database()
        .flatMap(view ->
            switch (view) {
              case DatabaseView.Unreachable u -> unreachable(u, o);
              case DatabaseView.LoginRefused l -> Optional.of(refused(l, o));
              case DatabaseView.Read r -> occupied(r, o);
            });
  }

  /** Nothing stands in the way. */
  Optional<Decision> run(Observation o) {
    long number = Requests.nextNumber(o);
    Task task = downgrades.next(o).orElseGet(() -> Tasks.ofSpec(o));
    String message = Texts.preparing(number, task.downgrade(), o.status().plan());
    return Optional.of(
        new Decision.Run(
            Requests.of(o, number, task),
            Goal.drift(o).map(moved -> moved + " It is brought back. " + message).orElse(message),
            OpenAttempt.WATCH));
  }

  /** After a while one run is started all the same: its report tells which side is blind. */
  private Optional<Decision> unreachable(DatabaseView.Unreachable u, Observation o) {
    if (waited(o).compareTo(settings.blindAfter()) >= 0) {
      return Optional.empty();
    }
    return Optional.of(new Decision.Wait(Reason.WaitingForDatabase, u.message(), patience(o)));
  }

  private Decision refused(DatabaseView.LoginRefused l, Observation o) {
    if (l.reason().phase() == Reason.Phase.STALLED) {
      return new Decision.Refuse(l.reason(), l.message(), latest(o));
    }
    return l.reason() == Reason.AuthenticationFailed
        // Each look is a login, and servers lock accounts.
        ? new Decision.Wait(
            l.reason(), l.message() + " " + Sources.sentence(o.spec().database()), latest(o))
        : new Decision.Wait(l.reason(), l.message(), patience(o));
  }

  /** Nothing that is waited for is looked at more rarely than an idle database. */
  private Duration latest(Observation o) {
    Duration interval = settings.interval(o.spec());
    return interval.compareTo(LATEST) < 0 ? interval : LATEST;
  }

  private static Optional<Decision> occupied(DatabaseView.Read read, Observation o) {
    if (read.inRecovery()) {
      return Optional.of(
          new Decision.Wait(
              Reason.NotPrimary,
              "The database \"%s\" on \"%s\" is a standby, which cannot be migrated; correct the host, or wait for the failover."
                  .formatted(read.name(), read.host()),
              patience(o)));
    }
    // A check only reads, and is withdrawn: nothing waits for it.
    List<Backend> ours = read.backends().stream().filter(b -> !Sessions.ofCheck(b, o)).toList();
    if (ours.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Decision.Wait(
            Reason.WaitingForOtherMigration,
            "A session of an earlier attempt (\"%s\", pid %d) still works in the database; it is waited for."
                .formatted(ours.getFirst().applicationName(), ours.getFirst().pid()),
            SOONEST));
  }

  private static Duration patience(Observation o) {
    return Backoff.patience(waited(o), SOONEST, LATEST);
  }

  /** Since work began to be pending, or the last attempt ended. */
  private static Duration waited(Observation o) {
    Instant pending = Backoff.pendingSince(o);
    Attempt last = o.status().attempt();
    Instant ended = last == null || last.completedAt() == null ? pending : last.completedAt();
    return Duration.between(pending.isAfter(ended) ? pending : ended, o.now());
  }
}

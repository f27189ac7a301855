package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.observe.Observation;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** What the verdict of the last attempt means for the next one. */
final class LastAttempt {

  private static final Duration WATCH = Duration.ofSeconds(30);
  private static final Duration UNTIL_ASKED = Duration.ofHours(1);

  /** These may have left something that no revision tells; no new spec mends that. */
  private static final Set<Reason> LEAVE_SOMETHING =
      Set.of(Reason.PartiallyApplied, Reason.LeftoversFound);

  /** Something half-done is in the database: whatever the spec says now, a person looks first. */
  Optional<Decision> leftPartial(Observation o) {
    return closed(o)
        .filter(a -> LEAVE_SOMETHING.contains(reason(a)))
        .filter(a -> !Verbs.retryAsked(o))
        .map(a -> new Decision.Refuse(reason(a), a.message(), UNTIL_ASKED));
  }

  private final Downgrades downgrades;

  LastAttempt(Downgrades downgrades) {
    this.downgrades = downgrades;
  }

  /** The same run failed, and nothing that could change its end has changed. */
  Optional<Decision> failedForGood(Observation o) {
    return standing(o)
        .filter(a -> downgrades.next(o).isEmpty())
        .map(a ->
            new Decision.Refuse(
                reason(a),
                a.message(),
                reason(a).retry() == Reason.Retry.WATCHED ? WATCH : UNTIL_ASKED));
  }

  /** The last attempt, if its verdict stands for what the spec asks now. */
  static Optional<Attempt> standing(Observation o) {
    return failed(o)
        .filter(a -> o.status().nextAttemptTime() == null)
        .filter(a -> !changedSince(a, o));
  }

  /** The last attempt, if it failed for a passing cause and is to be repeated now. */
  static Optional<Attempt> due(Observation o) {
    Instant next = o.status().nextAttemptTime();
    return failed(o).filter(a -> next != null && !o.now().isBefore(next));
  }

  /** The same run failed for a passing cause, and its pause is not over. */
  Optional<Decision> notYetAgain(Observation o) {
    Instant next = o.status().nextAttemptTime();
    return failed(o)
        .filter(a -> next != null && o.now().isBefore(next))
        .filter(a -> !changedSince(a, o))
        .map(a ->
            new Decision.Wait(
                reason(a),
                "%s Next attempt at %s.".formatted(a.message(), Texts.time(next)),
                Duration.between(o.now(), next).plusMillis(50)));
  }

  /**
   * The last attempt, if it is closed, was for this very spec, ran, did not succeed, and nobody
   * asked for another.
   */
  private static Optional<Attempt> failed(Observation o) {
    return closed(o)
        .filter(a -> a.outcome() != Outcome.Succeeded && reason(a) != Reason.Superseded)
        .filter(a -> SpecFingerprint.sameRun(o))
        .filter(a -> !Verbs.retryAsked(o));
  }

  private static Optional<Attempt> closed(Observation o) {
    return Optional.ofNullable(o.status().attempt()).filter(a -> a.outcome() != null);
  }

  /**
   * For verdicts that are watched: an edited Secret, or a database that is somewhere else than the
   * attempt left it.
   */
  private static boolean changedSince(Attempt a, Observation o) {
    if (reason(a).retry() == Reason.Retry.NEVER || reason(a).retry() == Reason.Retry.ONCE) {
      return false;
    }
    String version = o.connection().version();
    boolean edited =
        !version.isEmpty()
            && a.requested().connectionVersion() != null
            && !version.equals(a.requested().connectionVersion());
    return edited || (reason(a).retry() == Reason.Retry.WATCHED && moved(a, o));
  }

  private static boolean moved(Attempt a, Observation o) {
    if (Confirmation.blind(a)) {
      return false;
    }
    List<String> left =
        o.status().history().stream()
            .filter(e -> Objects.equals(e.number(), a.number()))
            .findFirst()
            .map(HistoryEntry::to)
            .orElse(a.from());
    return o.databaseRead()
        .filter(read -> !new HashSet<>(read.rows()).equals(new HashSet<>(left)))
        .isPresent();
  }

  static Reason reason(Attempt attempt) {
    return Arrays.stream(Reason.values())
        .filter(r -> r.name().equals(attempt.reason()))
        .findFirst()
        .orElse(Reason.MigrationFailed);
  }
}

package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.observe.Observation;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Whether, and when, an attempt that did not succeed is repeated by itself.
 *
 * @param at empty when a person has to act first
 * @param retries the counter after this verdict; null when there is none
 * @param reason the verdict's, or {@link Reason#RetriesExhausted}
 */
public record NextTry(Optional<Instant> at, Integer retries, Reason reason, String message) {

  private static final Duration SLOWEST = Duration.ofMinutes(5);
  private static final Duration SLOW = Duration.ofSeconds(30);
  private static final Duration QUICK = Duration.ofSeconds(5);

  /** What follows from the verdict, at the observation's time. */
  public static NextTry after(Verdict verdict, Observation o) {
    if (verdict.outcome() == Outcome.Succeeded) {
      return new NextTry(Optional.empty(), null, verdict.reason(), verdict.message());
    }
    Integer counter = o.status().retries();
    int retries = counter == null ? 0 : counter;
    if (!verdict.repeatable() || verdict.outcome() == Outcome.Cancelled) {
      return new NextTry(Optional.empty(), counter, verdict.reason(), verdict.message());
    }
    return switch (verdict.reason().retry()) {
      case ALWAYS -> uncounted(verdict, o, counter, QUICK);
      case SLOWLY -> uncounted(verdict, o, counter, SLOW);
      case WITHIN_LIMIT -> counted(verdict, o, retries);
      case ONCE -> once(verdict, o, retries);
      // What heals without a person is asked again, rarely: the operator may see another server
      // than the pod, or none.
      case WATCHED ->
          verdict.reason().phase() == Reason.Phase.RECONCILING
              ? uncounted(verdict, o, counter, SLOW)
              : new NextTry(Optional.empty(), counter, verdict.reason(), verdict.message());
      case NEVER -> new NextTry(Optional.empty(), counter, verdict.reason(), verdict.message());
    };
  }

  /** It says nothing against the migration itself: one more try, since nothing can be half-done. */
  private static NextTry once(Verdict verdict, Observation o, int retries) {
    Optional<Instant> at =
        retries == 0
            ? Optional.of(soon(o, new Backoff(o.spec().retry()).pause(0)))
            : Optional.empty();
    return new NextTry(at, Math.max(retries, 1), verdict.reason(), verdict.message());
  }

  private static NextTry uncounted(
      Verdict verdict, Observation o, Integer counter, Duration shortest) {
    // A run that had reached the database did not wait for it: a restart after an hour of work is
    // met as soon as one in the first second.
    boolean reached = verdict.report().filter(r -> r.before() != null).isPresent();
    Duration waited = reached ? Duration.ZERO : Duration.between(Backoff.pendingSince(o), o.now());
    Duration pause = Backoff.patience(waited, shortest, SLOWEST);
    return new NextTry(Optional.of(soon(o, pause)), counter, verdict.reason(), verdict.message());
  }

  private static NextTry counted(Verdict verdict, Observation o, int retries) {
    Backoff backoff = new Backoff(o.spec().retry());
    if (backoff.exhausted(retries)) {
      return new NextTry(
          Optional.empty(),
          retries,
          Reason.RetriesExhausted,
          "Given up after %d retries within %s (%s). %s Set the annotation alembic-operator.dev/retry to a new value to try again."
              .formatted(
                  retries, Durations.text(backoff.limit()), verdict.reason(), verdict.message()));
    }
    return new NextTry(
        Optional.of(soon(o, backoff.pause(retries))),
        retries + 1,
        verdict.reason(),
        verdict.message());
  }

  private static Instant soon(Observation o, Duration pause) {
    return o.now().plus(pause).truncatedTo(ChronoUnit.MILLIS);
  }
}

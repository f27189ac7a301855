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
    if (verdict.outcome() == Outcome.Succeeded || !SpecFingerprint.sameRun(o)) {
      return new NextTry(Optional.empty(), null, verdict.reason(), verdict.message());
    }
    Integer counter = o.status().retries();
    int retries = counter == null ? 0 : counter;
    if (!verdict.repeatable()) {
      return new NextTry(Optional.empty(), counter, verdict.reason(), verdict.message());
    }
    return switch (verdict.reason().retry()) {
      case ALWAYS -> uncounted(verdict, o, counter, QUICK);
      case SLOWLY -> uncounted(verdict, o, counter, SLOW);
      case WITHIN_LIMIT -> counted(verdict, o, retries);
      case ONCE -> once(verdict, o, retries);
      case NEVER, WATCHED ->
          new NextTry(Optional.empty(), counter, verdict.reason(), verdict.message());
    };
  }

  /** It says nothing against the migration itself: one more try, since nothing can be half-done. */
  private static NextTry once(Verdict verdict, Observation o, int retries) {
    Optional<Instant> at =
        retries == 0
            ? Optional.of(soon(o, new Backoff(o.spec().retry()).pause(0)))
            : Optional.empty();
    return new NextTry(at, retries + 1, verdict.reason(), verdict.message());
  }

  private static NextTry uncounted(
      Verdict verdict, Observation o, Integer counter, Duration shortest) {
    Instant since =
        o.status().conditions().stream()
            .filter(c -> "Reconciling".equals(c.getType()))
            .map(c -> Instant.parse(c.getLastTransitionTime()))
            .findFirst()
            .orElse(o.now());
    Duration pause = Backoff.patience(Duration.between(since, o.now()), shortest, SLOWEST);
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

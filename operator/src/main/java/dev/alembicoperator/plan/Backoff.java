package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Retry;
import dev.alembicoperator.observe.Observation;
import java.time.Duration;
import java.time.Instant;

/**
 * The pauses between counted retries: doubling from {@code backoff} to {@code maxBackoff}, as long
 * as their sum stays within {@code for}. Only the count is kept in status; everything else follows
 * from it.
 */
final class Backoff {

  /** The schema refuses 0s; an object that was stored before it did must not spin. */
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  private final Duration limit;
  private final Duration first;
  private final Duration longest;

  /** From the spec's section; absent means 1h, 10s, 5m. */
  Backoff(Retry retry) {
    Retry given = retry == null ? new Retry(null, null, null) : retry;
    limit = Durations.orElse(given.forDuration(), Duration.ofHours(1));
    first = atLeastShortest(Durations.orElse(given.backoff(), Duration.ofSeconds(10)));
    longest = atLeastShortest(Durations.orElse(given.maxBackoff(), Duration.ofMinutes(5)));
  }

  private static Duration atLeastShortest(Duration given) {
    return given.compareTo(SHORTEST) < 0 ? SHORTEST : given;
  }

  /** How long transient failures are retried. */
  Duration limit() {
    return limit;
  }

  /** The pause before retry number {@code n}, from 0. */
  Duration pause(int n) {
    Duration pause = first;
    for (int i = 0; i < n && pause.compareTo(longest) < 0; i++) {
      pause = pause.multipliedBy(2);
    }
    return pause.compareTo(longest) < 0 ? pause : longest;
  }

  /** Whether one more pause after {@code n} retries would leave the limit. */
  boolean exhausted(int n) {
    Duration spent = Duration.ZERO;
    for (int i = 0; i <= n && spent.compareTo(limit) <= 0; i++) {
      spent = spent.plus(pause(i));
    }
    return spent.compareTo(limit) > 0;
  }

  /**
   * The pause for what is waited for without end: a tenth of the time already waited, so that a
   * database that is back after seconds is met within seconds and one that is away for a day costs
   * nothing.
   */
  static Duration patience(Duration waited, Duration shortest, Duration longest) {
    Duration pause = waited.dividedBy(10);
    if (pause.compareTo(shortest) < 0) {
      return shortest;
    }
    return pause.compareTo(longest) > 0 ? longest : pause;
  }

  /** Since when work is pending without a break: now, when status does not tell of any. */
  static Instant pendingSince(Observation o) {
    return o.status().conditions().stream()
        .filter(c -> "Reconciling".equals(c.getType()) && "True".equals(c.getStatus()))
        .map(c -> Instant.parse(c.getLastTransitionTime()))
        .findFirst()
        .orElse(o.now());
  }
}

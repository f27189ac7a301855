package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Retry;
import java.time.Duration;

/**
 * The pauses between counted retries: doubling from {@code backoff} to {@code maxBackoff}, as long
 * as their sum stays within {@code for}. Only the count is kept in status; everything else follows
 * from it.
 */
final class Backoff {

  private final Duration limit;
  private final Duration first;
  private final Duration longest;

  /** From the spec's section; absent means 1h, 10s, 5m. */
  Backoff(Retry retry) {
    Retry given = retry == null ? new Retry(null, null, null) : retry;
    limit = Durations.orElse(given.forDuration(), Duration.ofHours(1));
    first = Durations.orElse(given.backoff(), Duration.ofSeconds(10));
    longest = Durations.orElse(given.maxBackoff(), Duration.ofMinutes(5));
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
}

package dev.alembicoperator.testing.jobs;

import java.time.Duration;

/**
 * How slow the cluster is.
 *
 * @param jobConditionDelay how long after the end of its pod a Job says {@code Complete} or {@code
 *     Failed}; a real Job controller batches and takes about two seconds
 * @param retryInterval how often a pod looks again for what it lacks: its image, its configuration
 */
public record Timing(Duration jobConditionDelay, Duration retryInterval) {

  /** As on a real cluster, except that a kubelet's back-off grows beyond one second. */
  public static Timing realistic() {
    return new Timing(Duration.ofSeconds(2), Duration.ofSeconds(1));
  }

  /** For tests in which time is not the subject. */
  public static Timing fast() {
    return new Timing(Duration.ZERO, Duration.ofMillis(50));
  }
}

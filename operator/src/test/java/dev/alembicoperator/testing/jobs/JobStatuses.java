package dev.alembicoperator.testing.jobs;

import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.JobConditionBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatusBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The status of a Job with one pod and no retries, step by step, as the Job controller of
 * Kubernetes 1.34 writes it (pkg/controller/job/job_controller.go). The API server accepts no other
 * order: {@code Complete} needs {@code SuccessCriteriaMet} first, {@code Failed} needs {@code
 * FailureTarget}.
 */
final class JobStatuses {

  private JobStatuses() {}

  static JobStatus started(Instant now) {
    return new JobStatusBuilder()
        .withStartTime(seconds(now))
        .withActive(1)
        .withReady(0)
        .withTerminating(0)
        .build();
  }

  static JobStatus ready(JobStatus before) {
    return new JobStatusBuilder(before).withReady(1).build();
  }

  /** The pod ended: it is counted, and the Job says where it is going. */
  static JobStatus counted(JobStatus before, Verdict verdict, Instant now) {
    JobStatusBuilder counted =
        new JobStatusBuilder(before).withActive(0).withReady(0).withTerminating(0);
    return switch (verdict) {
      case Verdict.Success success ->
          counted
              .withSucceeded(1)
              .addToConditions(
                  condition("SuccessCriteriaMet", success.reason(), success.message(), now))
              .build();
      case Verdict.Failure failure ->
          counted
              .withFailed(1)
              .addToConditions(condition("FailureTarget", failure.reason(), failure.message(), now))
              .build();
    };
  }

  /** The last word. */
  static JobStatus finished(JobStatus before, Verdict verdict, Instant now) {
    return switch (verdict) {
      case Verdict.Success success ->
          new JobStatusBuilder(before)
              .withCompletionTime(seconds(now))
              .addToConditions(condition("Complete", success.reason(), success.message(), now))
              .build();
      case Verdict.Failure failure ->
          new JobStatusBuilder(before)
              .addToConditions(condition("Failed", failure.reason(), failure.message(), now))
              .build();
    };
  }

  private static JobCondition condition(String type, String reason, String message, Instant now) {
    return new JobConditionBuilder()
        .withType(type)
        .withStatus("True")
        .withReason(reason)
        .withMessage(message)
        .withLastProbeTime(seconds(now))
        .withLastTransitionTime(seconds(now))
        .build();
  }

  private static String seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}

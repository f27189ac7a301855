package dev.alembicoperator.testing.jobs;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyOnExitCodesRequirement;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyRule;
import java.util.List;
import java.util.Optional;

/** How a Job ended, in the words of its controller. */
sealed interface Verdict {

  String reason();

  String message();

  /** The one pod succeeded. */
  record Success() implements Verdict {

    @Override
    public String reason() {
      return "CompletionsReached";
    }

    @Override
    public String message() {
      return "Reached expected number of succeeded pods";
    }
  }

  /** The one pod failed, or took too long. */
  record Failure(String reason, String message) implements Verdict {}

  static Verdict deadlineExceeded() {
    return new Failure("DeadlineExceeded", "Job was active longer than specified deadline");
  }

  /** Judges by the pod's end, and by the Job's policy for failed pods. */
  static Verdict of(Job job, String pod, PodStatus end) {
    if ("Succeeded".equals(end.getPhase())) {
      return new Success();
    }
    return failedByPolicy(job, pod, end)
        .orElse(new Failure("BackoffLimitExceeded", "Job has reached the specified backoff limit"));
  }

  /**
   * The first matching rule decides (matchPodFailurePolicy in pkg/controller/job). One that ignores
   * or counts the failure changes nothing here: to ignore would mean a second pod, which these Jobs
   * do not have.
   */
  private static Optional<Verdict> failedByPolicy(Job job, String pod, PodStatus end) {
    if (job.getSpec().getPodFailurePolicy() == null) {
      return Optional.empty();
    }
    String path = job.getMetadata().getNamespace() + "/" + pod;
    List<PodFailurePolicyRule> rules = job.getSpec().getPodFailurePolicy().getRules();
    for (int index = 0; index < rules.size(); index++) {
      PodFailurePolicyRule rule = rules.get(index);
      Optional<String> match =
          rule.getOnExitCodes() != null
              ? exitCode(rule.getOnExitCodes(), path, end)
              : condition(rule, path, end);
      if (match.isPresent()) {
        String message =
            "%s matching %s rule at index %d".formatted(match.get(), rule.getAction(), index);
        return rule.getAction().equals("FailJob")
            ? Optional.of(new Failure("PodFailurePolicy", message))
            : Optional.empty();
      }
    }
    return Optional.empty();
  }

  private static Optional<String> exitCode(
      PodFailurePolicyOnExitCodesRequirement codes, String pod, PodStatus end) {
    ContainerStatus container = end.getContainerStatuses().getFirst();
    int code = container.getState().getTerminated().getExitCode();
    boolean named =
        codes.getContainerName() == null || codes.getContainerName().equals(container.getName());
    boolean in = codes.getOperator().equals("In");
    return named && code != 0 && codes.getValues().contains(code) == in
        ? Optional.of(
            "Container %s for pod %s failed with exit code %d"
                .formatted(container.getName(), pod, code))
        : Optional.empty();
  }

  private static Optional<String> condition(PodFailurePolicyRule rule, String pod, PodStatus end) {
    return end.getConditions().stream()
        .filter(condition ->
            rule.getOnPodConditions().stream()
                .anyMatch(pattern ->
                    pattern.getType().equals(condition.getType())
                        && pattern.getStatus().equals(condition.getStatus())))
        .map(condition -> "Pod %s has condition %s".formatted(pod, condition.getType()))
        .findFirst();
  }
}

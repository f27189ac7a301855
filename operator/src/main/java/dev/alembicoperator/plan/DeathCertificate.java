package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.observe.JobView;
import dev.alembicoperator.observe.JobView.Ended;
import dev.alembicoperator.observe.JobView.PodView;
import dev.alembicoperator.observe.JobView.Told;
import java.util.Optional;

/** What ended a container that left no final report, as Kubernetes tells it. */
final class DeathCertificate {

  /** Cause and sentence. */
  record Death(Reason reason, String message) {}

  /**
   * What a kubelet writes when the runtime does not know the container (kubernetes:
   * pkg/kubelet/status/status_manager.go, TerminatePod, for one that was never created;
   * pkg/kubelet/kubelet_pods.go for one that "used to be Running").
   */
  private static final String UNKNOWN = "ContainerStatusUnknown";

  private static final String HAD_RUN = "used to be Running";

  private static final int SIGKILLED = 137;
  private static final int SIGTERMED = 143;
  private static final int NOT_EXECUTABLE = 126;
  private static final int NOT_FOUND = 127;

  Death of(JobView job) {
    Optional<Told> trouble = job.pod().flatMap(PodView::trouble);
    if (job.pod().filter(PodView::givenUp).isPresent()) {
      return new Death(
          Reason.Evicted,
          "The pod was taken from its node (%s).".formatted(trouble.get().reason()));
    }
    if (job.failure().filter(f -> f.reason().equals("DeadlineExceeded")).isPresent()) {
      return new Death(
          Reason.DeadlineExceeded,
          "The Job ran into its deadline; raise spec.timeouts.run, or find out why the pod took so"
              + " long.");
    }
    return job.pod()
        .flatMap(PodView::ended)
        .map(end -> ofEnd(end, job))
        .orElseGet(() ->
            new Death(Reason.JobLost, "The pod of Job \"%s\" is gone.".formatted(job.name())));
  }

  /**
   * The container's process was never started: what stands in its message is the runtime's, not the
   * process's (kubernetes: pkg/kubelet/kuberuntime/kuberuntime_container.go, "StartError").
   */
  static boolean neverRan(Ended end) {
    return switch (end.reason()) {
      case "StartError", "ContainerCannotRun" -> true;
      case UNKNOWN -> !end.message().contains(HAD_RUN);
      default -> end.exitCode() == NOT_EXECUTABLE || end.exitCode() == NOT_FOUND;
    };
  }

  private static Death ofEnd(Ended end, JobView job) {
    if (end.reason().equals("OOMKilled")) {
      return new Death(
          Reason.OutOfMemory,
          "The container was killed for want of memory; raise spec.pod.resources.limits.memory.");
    }
    if (end.reason().equals(UNKNOWN)) {
      return new Death(
          Reason.JobLost,
          neverRan(end)
              ? "The pod of Job \"%s\" was deleted before its container started."
                  .formatted(job.name())
              : "The container of Job \"%s\" vanished from its node.".formatted(job.name()));
    }
    if (neverRan(end)) {
      return new Death(
          Reason.PythonNotFound,
          "The image has neither the shell nor the Python interpreter that the runner is started with (exit code %d); name the interpreter in spec.alembic.python."
              .formatted(end.exitCode()));
    }
    return switch (end.exitCode()) {
      case SIGKILLED, SIGTERMED ->
          new Death(
              Reason.JobLost,
              "The container of Job \"%s\" was killed (exit code %d)."
                  .formatted(job.name(), end.exitCode()));
      default ->
          new Death(
              Reason.PodMisconfigured,
              "The container ended with exit code %d and without the runner's report; \"kubectl logs job/%s\" tells more."
                  .formatted(end.exitCode(), job.name()));
    };
  }
}

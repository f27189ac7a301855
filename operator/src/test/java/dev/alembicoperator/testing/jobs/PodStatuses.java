package dev.alembicoperator.testing.jobs;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateTerminatedBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The status of a pod with one container, state by state, as a kubelet writes it. Pure: each method
 * makes a status from what is passed in. Times are in whole seconds, as everywhere in Kubernetes.
 *
 * @param pod the pod
 * @param startTime when the kubelet saw it
 * @param image what its image resolved to; empty until that is known
 */
record PodStatuses(Pod pod, Instant startTime, Optional<LocalImage> image) {

  /** Host and pod are the same here. */
  static final String ADDRESS = "127.0.0.1";

  private static final String CONTAINER_CREATING = "ContainerCreating";

  /** The exit code of a container that its runtime could not start, or lost sight of. */
  private static final int START_ERROR = 128;

  private static final int KILLED = 137;

  PodStatuses withImage(LocalImage found) {
    return new PodStatuses(pod, startTime, Optional.of(found));
  }

  PodStatus creating() {
    return waiting(CONTAINER_CREATING, null);
  }

  PodStatus waiting(String reason, String message) {
    ContainerState state =
        new ContainerStateBuilder()
            .withNewWaiting()
            .withReason(reason)
            .withMessage(message)
            .endWaiting()
            .build();
    return status("Pending", state, "ContainersNotReady").build();
  }

  PodStatus running(Instant startedAt) {
    ContainerState state =
        new ContainerStateBuilder()
            .withNewRunning()
            .withStartedAt(seconds(startedAt))
            .endRunning()
            .build();
    return status("Running", state, null).build();
  }

  /**
   * The container ended by itself or was killed.
   *
   * <p>{@code signal} stays absent, as with every runtime of today: convertToAPIContainerStatuses
   * in pkg/kubelet/kubelet_pods.go never sets it.
   */
  PodStatus terminated(
      Instant startedAt, Instant finishedAt, int exitCode, Optional<String> message) {
    return terminated(
        startedAt, finishedAt, exitCode, exitCode == 0 ? "Completed" : "Error", message);
  }

  PodStatus outOfMemory(Instant startedAt, Instant finishedAt, Optional<String> message) {
    return terminated(startedAt, finishedAt, KILLED, "OOMKilled", message);
  }

  /** The runtime could not start the command (container_start.go of containerd). */
  PodStatus startError(Instant now, String message) {
    return terminated(Instant.EPOCH, now, START_ERROR, "StartError", Optional.of(message));
  }

  /** The pod was deleted before its container started (TerminatePod in pkg/kubelet/status). */
  PodStatus neverStarted() {
    ContainerStateTerminated terminated =
        new ContainerStateTerminatedBuilder()
            .withExitCode(KILLED)
            .withReason("ContainerStatusUnknown")
            .withMessage("The container could not be located when the pod was terminated")
            .build();
    return ended(terminated).build();
  }

  /** Makes of the status of an ended container that of an evicted pod (pkg/kubelet/eviction). */
  static PodStatus evicted(PodStatus ended, String message, Instant now) {
    PodCondition disruption =
        condition("DisruptionTarget", true, "TerminationByKubelet", now)
            .withMessage(message)
            .build();
    return new PodStatusBuilder(ended)
        .withPhase("Failed")
        .withReason("Evicted")
        .withMessage(message)
        .addToConditions(disruption)
        .build();
  }

  private PodStatus terminated(
      Instant startedAt,
      Instant finishedAt,
      int exitCode,
      String reason,
      Optional<String> message) {
    ContainerStateTerminated terminated =
        new ContainerStateTerminatedBuilder()
            .withExitCode(exitCode)
            .withReason(reason)
            .withMessage(message.orElse(null))
            .withStartedAt(seconds(startedAt))
            .withFinishedAt(seconds(finishedAt))
            .withContainerID(containerId())
            .build();
    return ended(terminated).build();
  }

  private PodStatusBuilder ended(ContainerStateTerminated terminated) {
    boolean completed = terminated.getExitCode() == 0;
    return status(
        completed ? "Succeeded" : "Failed",
        new ContainerStateBuilder().withTerminated(terminated).build(),
        completed ? "PodCompleted" : "PodFailed");
  }

  private PodStatusBuilder status(String phase, ContainerState state, String notReady) {
    boolean ready = notReady == null;
    Container container = container();
    List<PodCondition> conditions = new ArrayList<>();
    conditions.add(condition("PodScheduled", true, null, startTime).build());
    conditions.add(condition("Initialized", true, null, startTime).build());
    conditions.add(condition("ContainersReady", ready, notReady, startTime).build());
    conditions.add(condition("Ready", ready, notReady, startTime).build());
    return new PodStatusBuilder()
        .withPhase(phase)
        .withConditions(conditions)
        .withHostIP(ADDRESS)
        .withPodIP(ADDRESS)
        .withStartTime(seconds(startTime))
        .withQosClass("BestEffort")
        .withContainerStatuses(
            new ContainerStatusBuilder()
                .withName(container.getName())
                .withImage(container.getImage())
                .withImageID(image.map(LocalImage::imageId).orElse(""))
                .withContainerID(state.getWaiting() == null ? containerId() : null)
                .withState(state)
                .withNewLastState()
                .endLastState()
                .withReady(ready)
                .withStarted(state.getRunning() != null)
                .withRestartCount(0)
                .build());
  }

  private Container container() {
    return pod.getSpec().getContainers().getFirst();
  }

  private String containerId() {
    return "local://" + pod.getMetadata().getUid();
  }

  private static PodConditionBuilder condition(
      String type, boolean status, String reason, Instant transition) {
    return new PodConditionBuilder()
        .withType(type)
        .withStatus(status ? "True" : "False")
        .withReason(status && !type.equals("DisruptionTarget") ? null : reason)
        .withLastTransitionTime(seconds(transition));
  }

  private static String seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}

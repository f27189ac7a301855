package dev.alembicoperator.observe;

import dev.alembicoperator.runner.RunReport;
import dev.alembicoperator.runner.RunReportParser;
import java.time.Instant;
import java.util.Optional;

/**
 * A migration's Job and pod, reduced to what a decision needs.
 *
 * @param uid of the Job
 * @param gone whether only a pod of it is left: the Job was deleted and its pod is not gone yet
 * @param deleting whether somebody has asked for its deletion
 * @param failure what the Job's Failed condition says, if it has one
 * @param pod the pod whose controller is this Job, if it exists
 * @param refusal what kept the Job controller from creating a pod (quota, Pod Security), if it told
 */
public record JobView(
    String name,
    String uid,
    boolean gone,
    boolean deleting,
    Optional<Told> failure,
    Optional<PodView> pod,
    Optional<Told> refusal) {

  /** The same Job with another view of its pod. */
  JobView withPod(PodView other) {
    return new JobView(name, uid, gone, deleting, failure, Optional.of(other), refusal);
  }

  /** A reason and a message, as a Kubernetes component gave them. */
  public record Told(String reason, String message) {}

  /**
   * The pod.
   *
   * @param waiting why the container does not run yet
   * @param startedAt when the container began to run, or had begun
   * @param ended how the container ended
   * @param trouble what the pod's own status says: Evicted, Unschedulable, node lost
   * @param imageId the image as the node resolved it, with its digest where it has one
   */
  public record PodView(
      String name,
      Instant createdAt,
      boolean deleting,
      Optional<Told> waiting,
      Optional<Instant> startedAt,
      Optional<Ended> ended,
      Optional<Told> trouble,
      Optional<String> imageId) {

    /** Whether the container runs, as far as the node has told. */
    public boolean running() {
      return startedAt.isPresent() && ended.isEmpty();
    }

    /**
     * Whether the pod has failed as a whole or is being taken from its node. One that no node takes
     * yet only waits (kubernetes: core/v1 PodReasonUnschedulable, PodReasonSchedulingGated,
     * PodReasonSchedulerError).
     */
    public boolean givenUp() {
      return trouble
          .filter(t ->
              switch (t.reason()) {
                case "Unschedulable", "SchedulingGated", "SchedulerError" -> false;
                default -> true;
              })
          .isPresent();
    }

    PodView withEnded(Ended end) {
      return new PodView(
          name, createdAt, deleting, waiting, startedAt, Optional.of(end), trouble, imageId);
    }

    /** Whether user code may have run in it. */
    public boolean started() {
      return startedAt.isPresent() || ended.isPresent();
    }
  }

  /**
   * A container's end.
   *
   * @param reason as the kubelet says it: Completed, Error, OOMKilled
   * @param message the termination message
   * @param whole the runner's report as its log has it, where the message had to be trimmed and the
   *     log could be read
   */
  public record Ended(
      int exitCode,
      String reason,
      String message,
      Optional<Instant> at,
      Optional<RunReport> whole) {

    /** An end of which only the termination message is known. */
    public Ended(int exitCode, String reason, String message, Optional<Instant> at) {
      this(exitCode, reason, message, at, Optional.empty());
    }

    Ended withWhole(Optional<RunReport> report) {
      return new Ended(exitCode, reason, message, at, report);
    }

    /** The runner's report: the whole one, else what the termination message holds. */
    public Optional<RunReport> report(RunReportParser parser) {
      return whole.or(() -> parser.parse(message));
    }
  }
}

package dev.alembicoperator.observe;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.observe.JobView.Ended;
import dev.alembicoperator.observe.JobView.PodView;
import dev.alembicoperator.observe.JobView.Told;
import dev.alembicoperator.observe.Observation.OwnedJobs;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reduces a Job and the namespace's migration pods to a {@link JobView}. A pod belongs to the Job
 * whose uid its controller reference holds, and the migration's container is found by its name:
 * labels can be forged and containers can be injected.
 */
final class JobObserver {

  /** The migration's container. */
  static final String CONTAINER = "migrate";

  /** The annotation of a Job that holds its attempt's number. */
  static final String ATTEMPT = DatabaseMigration.GROUP + "/attempt";

  /** The annotation of a Job that holds what it does. */
  static final String ACTION = DatabaseMigration.GROUP + "/action";

  private static final String CHECK = "check";

  private JobObserver() {}

  static JobView view(Job job, Collection<Pod> pods, Optional<Told> refusal) {
    String uid = job.getMetadata().getUid();
    return new JobView(
        job.getMetadata().getName(),
        uid,
        false,
        job.getMetadata().getDeletionTimestamp() != null,
        failure(job),
        pods.stream().filter(p -> controlledBy(p, uid)).findFirst().map(JobObserver::view),
        refusal);
  }

  /** What is left of a Job that is gone: its pod, until that has ended too. */
  static Optional<JobView> leftOver(String name, String uid, Collection<Pod> pods) {
    return pods.stream()
        .filter(p -> controlledBy(p, uid))
        .findFirst()
        .map(JobObserver::view)
        .map(pod ->
            new JobView(
                name, uid, true, true, Optional.empty(), Optional.of(pod), Optional.empty()));
  }

  /** What the resource's Jobs tell beside their own states. */
  static OwnedJobs owned(Collection<Job> jobs, long known) {
    return new OwnedJobs(
        jobs.stream().mapToLong(JobObserver::attempt).max().orElse(0),
        jobs.stream()
            .filter(j -> attempt(j) > known && !finished(j) && !check(j))
            .map(j -> j.getMetadata().getName())
            .findFirst());
  }

  private static long attempt(Job job) {
    Map<String, String> annotations = job.getMetadata().getAnnotations();
    String text = annotations == null ? null : annotations.get(ATTEMPT);
    return text == null || !text.matches("\\d{1,18}") ? 0 : Long.parseLong(text);
  }

  /** A check migrates nothing, so nobody has to wait for one. */
  private static boolean check(Job job) {
    return job.getMetadata().getAnnotations() != null
        && CHECK.equals(job.getMetadata().getAnnotations().get(ACTION));
  }

  private static boolean finished(Job job) {
    return job.getStatus() != null
        && job.getStatus().getConditions().stream()
            .anyMatch(c ->
                "True".equals(c.getStatus())
                    && ("Complete".equals(c.getType()) || "Failed".equals(c.getType())));
  }

  private static boolean controlledBy(Pod pod, String uid) {
    List<OwnerReference> owners = pod.getMetadata().getOwnerReferences();
    return owners != null
        && owners.stream()
            .anyMatch(o -> Boolean.TRUE.equals(o.getController()) && uid.equals(o.getUid()));
  }

  private static Optional<Told> failure(Job job) {
    List<JobCondition> conditions =
        job.getStatus() == null ? List.of() : job.getStatus().getConditions();
    return conditions.stream()
        .filter(c -> "Failed".equals(c.getType()) && "True".equals(c.getStatus()))
        .findFirst()
        .map(c -> new Told(text(c.getReason()), text(c.getMessage())));
  }

  private static PodView view(Pod pod) {
    Optional<ContainerState> state = container(pod).map(ContainerStatus::getState);
    return new PodView(
        pod.getMetadata().getName(),
        time(pod.getMetadata().getCreationTimestamp()).orElse(Instant.EPOCH),
        pod.getMetadata().getDeletionTimestamp() != null,
        state
            .map(ContainerState::getWaiting)
            .map(w -> new Told(text(w.getReason()), text(w.getMessage()))),
        state
            .map(ContainerState::getRunning)
            .flatMap(r -> time(r.getStartedAt()).or(() -> Optional.of(Instant.EPOCH))),
        state
            .map(ContainerState::getTerminated)
            .map(t ->
                new Ended(
                    t.getExitCode() == null ? -1 : t.getExitCode(),
                    text(t.getReason()),
                    text(t.getMessage()),
                    time(t.getFinishedAt()))),
        trouble(pod),
        imageId(pod));
  }

  private static Optional<Told> trouble(Pod pod) {
    if (pod.getStatus() == null) {
      return Optional.empty();
    }
    if ("Failed".equals(pod.getStatus().getPhase())
        && !text(pod.getStatus().getReason()).isEmpty()) {
      return Optional.of(new Told(pod.getStatus().getReason(), text(pod.getStatus().getMessage())));
    }
    return pod.getStatus().getConditions().stream()
        .filter(c -> troubling(c))
        .findFirst()
        .map(c -> new Told(text(c.getReason()), text(c.getMessage())));
  }

  private static boolean troubling(PodCondition condition) {
    return switch (condition.getType()) {
      case "PodScheduled" -> "False".equals(condition.getStatus());
      case "DisruptionTarget" -> "True".equals(condition.getStatus());
      default -> false;
    };
  }

  private static Optional<String> imageId(Pod pod) {
    return container(pod)
        .map(ContainerStatus::getImageID)
        .filter(id -> id.contains("@sha256:"))
        .map(id -> id.replaceFirst("^[a-z-]+://", ""));
  }

  /** The migration's container, once the kubelet has told of it; a new pod has no status at all. */
  private static Optional<ContainerStatus> container(Pod pod) {
    return Optional.ofNullable(pod.getStatus()).stream()
        .flatMap(s -> s.getContainerStatuses().stream())
        .filter(c -> CONTAINER.equals(c.getName()))
        .findFirst();
  }

  private static Optional<Instant> time(String text) {
    try {
      return Optional.ofNullable(text).map(Instant::parse);
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static String text(String text) {
    return text == null ? "" : text;
  }
}

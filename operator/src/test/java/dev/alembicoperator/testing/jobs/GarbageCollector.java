package dev.alembicoperator.testing.jobs;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.util.List;

/**
 * Deletes what nobody owns any more: pods of deleted Jobs, and Jobs of deleted owners. Neither the
 * mock server nor an API server alone does.
 *
 * <p>A real API server records the policy of a deletion as a finalizer of the owner. "Orphan" is
 * honoured too: it is what a batch/v1 Job gets whose deletion names no policy
 * (pkg/registry/batch/job/strategy.go). The mock server knows no policies: there a deleted Job
 * always takes its pod along.
 */
final class GarbageCollector {

  private static final String FOREGROUND = "foregroundDeletion";
  private static final String ORPHAN = "orphan";

  private final LocalNode node;

  GarbageCollector(LocalNode node) {
    this.node = node;
  }

  /** An object that may own Jobs is gone. */
  void ownerGone(HasMetadata owner) throws InterruptedException {
    var jobs = node.client().batch().v1().jobs().inNamespace(owner.getMetadata().getNamespace());
    for (Job job : jobs.list().getItems()) {
      if (isOwnedBy(job, owner)) {
        node.writer().write(() -> jobs.resource(job).delete());
      }
    }
  }

  /** A Job is gone. */
  void jobGone(Job job) throws InterruptedException {
    for (Pod pod : podsOf(job)) {
      node.writer().write(() -> node.client().pods().resource(pod).delete());
    }
  }

  /** A Job is marked for deletion: it goes when this is done with its pods. */
  void jobDeleted(Job job) throws InterruptedException {
    if (job.getMetadata().getFinalizers().contains(ORPHAN)) {
      for (Pod pod : podsOf(job)) {
        node.writer().write(() -> disown(pod));
      }
      removeFinalizer(job, ORPHAN);
    } else if (job.getMetadata().getFinalizers().contains(FOREGROUND)) {
      jobGone(job);
      while (!podsOf(job).isEmpty()) {
        Thread.sleep(node.timing().retryInterval());
      }
      removeFinalizer(job, FOREGROUND);
    }
  }

  private List<Pod> podsOf(Job job) {
    return node
        .client()
        .pods()
        .inNamespace(job.getMetadata().getNamespace())
        .withLabel(PodCreation.CONTROLLER_UID, job.getMetadata().getUid())
        .list()
        .getItems()
        .stream()
        .filter(pod -> isOwnedBy(pod, job))
        .toList();
  }

  private void disown(Pod pod) {
    node.client()
        .pods()
        .inNamespace(pod.getMetadata().getNamespace())
        .withName(pod.getMetadata().getName())
        .edit(current ->
            new PodBuilder(current)
                .editMetadata()
                .withOwnerReferences(List.of())
                .endMetadata()
                .build());
  }

  private void removeFinalizer(Job job, String finalizer) throws InterruptedException {
    node.writer()
        .write(() ->
            node.client()
                .batch()
                .v1()
                .jobs()
                .inNamespace(job.getMetadata().getNamespace())
                .withName(job.getMetadata().getName())
                .edit(current ->
                    new JobBuilder(current)
                        .editMetadata()
                        .removeFromFinalizers(finalizer)
                        .endMetadata()
                        .build()));
  }

  private static boolean isOwnedBy(HasMetadata object, HasMetadata owner) {
    return object.getMetadata().getOwnerReferences().stream()
        .anyMatch(reference -> reference.getUid().equals(owner.getMetadata().getUid()));
  }
}

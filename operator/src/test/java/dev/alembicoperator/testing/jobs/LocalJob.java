package dev.alembicoperator.testing.jobs;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * One Job with one pod and no retries: the part of the Job controller. {@link #run} is its whole
 * life, one step after the other, on a thread of its own.
 */
final class LocalJob {

  private final LocalNode node;
  private final PodCreation creation;
  private final Job job;
  private final CountDownLatch gone = new CountDownLatch(1);

  private JobStatus status;

  // Guarded by this.
  private LocalPod pod;
  private boolean deadlineExceeded;

  LocalJob(LocalNode node, PodCreation creation, Job job) {
    this.node = node;
    this.creation = creation;
    this.job = job;
  }

  /** Lives the Job's life. */
  void run() throws InterruptedException, IOException {
    Optional<Pod> created = creation.create(job, gone);
    if (created.isEmpty()) {
      return;
    }
    LocalPod running = adopt(created.get());
    publish(JobStatuses.started(node.clock().instant()));
    watchDeadline();
    if (running.start()) {
      publish(JobStatuses.ready(status));
    }
    Verdict verdict = verdict(running.awaitEnd());
    publish(JobStatuses.counted(status, verdict, node.clock().instant()));
    letGo(running);
    Thread.sleep(node.timing().jobConditionDelay());
    publish(JobStatuses.finished(status, verdict, node.clock().instant()));
  }

  String uid() {
    return job.getMetadata().getUid();
  }

  String name() {
    return job.getMetadata().getName();
  }

  /** Returns the pod, once there is one. */
  synchronized Optional<LocalPod> pod() {
    return Optional.ofNullable(pod);
  }

  /**
   * The Job's object is gone. Its pod is the garbage collector's business, except one not yet made.
   */
  void gone() {
    gone.countDown();
  }

  private LocalPod adopt(Pod created) throws InterruptedException, IOException {
    LocalPod adopted = new LocalPod(node, created);
    synchronized (this) {
      pod = adopted;
    }
    // What happened to Job or pod before this moment was told to nobody.
    if (gone.getCount() == 0) {
      node.writer().write(() -> resource(adopted).delete());
    }
    Pod current = resource(adopted).get();
    if (current == null || current.isMarkedForDeletion()) {
      adopted.terminate(Duration.ZERO);
    }
    return adopted;
  }

  private void watchDeadline() {
    Long seconds = job.getSpec().getActiveDeadlineSeconds();
    if (seconds != null) {
      var _ =
          node.timer()
              .schedule(
                  () -> Thread.ofVirtual().start(this::exceedDeadline), seconds, TimeUnit.SECONDS);
    }
  }

  private void exceedDeadline() {
    LocalPod late;
    synchronized (this) {
      deadlineExceeded = true;
      late = pod;
    }
    if (!late.hasEnded()) {
      try {
        node.writer().write(() -> resource(late).delete());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized Verdict verdict(PodStatus end) {
    return deadlineExceeded ? Verdict.deadlineExceeded() : Verdict.of(job, pod.name(), end);
  }

  /** The pod is counted: its object may go, and goes if somebody deleted it. */
  private void letGo(LocalPod counted) throws InterruptedException {
    node.writer()
        .write(() -> {
          Pod current = resource(counted).get();
          if (current != null && current.isMarkedForDeletion()) {
            resource(counted).withGracePeriod(0).delete();
          }
          resource(counted)
              .edit(p ->
                  new PodBuilder(p)
                      .editMetadata()
                      .removeFromFinalizers(PodCreation.TRACKING_FINALIZER)
                      .endMetadata()
                      .build());
        });
  }

  private PodResource resource(LocalPod of) {
    return node.client().pods().inNamespace(of.namespace()).withName(of.name());
  }

  private void publish(JobStatus next) throws InterruptedException {
    status = next;
    node.writer()
        .write(() ->
            node.client()
                .batch()
                .v1()
                .jobs()
                .inNamespace(job.getMetadata().getNamespace())
                .withName(name())
                .editStatus(current -> withStatus(current, next)));
  }

  /** By now the name may be that of another Job. */
  private Job withStatus(Job current, JobStatus next) {
    return uid().equals(current.getMetadata().getUid())
        ? new JobBuilder(current).withStatus(next).build()
        : current;
  }
}

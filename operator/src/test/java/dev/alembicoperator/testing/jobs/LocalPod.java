package dev.alembicoperator.testing.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * One pod with one container, run as a local process: the part of the kubelet. Its Job's thread
 * goes through {@link #start} and {@link #awaitEnd}; everything else may be called from any thread.
 */
public final class LocalPod {

  private final LocalNode node;
  private final Pod pod;
  private final PodFolder folder;
  private final Preparation preparation;

  /** Released when the pod shall end, whether its container has been started or not. */
  private final CountDownLatch ending = new CountDownLatch(1);

  private PodStatuses statuses;
  private PodStatus published;
  private Instant startedAt;

  // The rest is guarded by this.
  private ContainerProcess process;
  private boolean outOfMemory;
  private String evictionMessage;
  private String keptLog;

  LocalPod(LocalNode node, Pod pod) throws IOException {
    this.node = node;
    this.pod = pod;
    this.folder = PodFolder.create(node.folder(), pod);
    this.preparation = new Preparation(node, pod, folder);
    this.statuses = new PodStatuses(pod, node.clock().instant(), Optional.empty());
  }

  /** Returns the pod's name. */
  public String name() {
    return pod.getMetadata().getName();
  }

  /** Returns the pod's namespace. */
  public String namespace() {
    return pod.getMetadata().getNamespace();
  }

  /** Returns the name of the pod's Job. */
  public String jobName() {
    return pod.getMetadata().getLabels().get(PodCreation.JOB_NAME);
  }

  /** Returns the container's leading process if it was started; it may have ended since. */
  public synchronized Optional<ProcessHandle> process() {
    return Optional.ofNullable(process).map(ContainerProcess::leader);
  }

  /** Returns what the container wrote to standard output and standard error; kept after its end. */
  public synchronized String logs() {
    return keptLog != null ? keptLog : readLog();
  }

  /** Kills the container by SIGKILL: it ends with exit code 137. */
  public synchronized void kill() {
    ending.countDown();
    if (process != null) {
      process.kill();
    }
  }

  /** Kills the container as the kernel does when its memory runs out. */
  public synchronized void oomKill() {
    outOfMemory = true;
    kill();
  }

  /**
   * Kills the container as a kubelet does when its node runs out of something.
   *
   * @param message for example {@code The node was low on resource: memory.}
   */
  public synchronized void evict(String message) {
    evictionMessage = message;
    kill();
  }

  String uid() {
    return pod.getMetadata().getUid();
  }

  synchronized boolean hasEnded() {
    return keptLog != null;
  }

  /** The pod is being deleted: SIGTERM now, and SIGKILL after the grace period. */
  synchronized void terminate(Duration grace) {
    ending.countDown();
    if (process != null) {
      process.stop(grace, node.timer());
    }
  }

  /**
   * Waits until everything that the container needs is there, and starts it.
   *
   * @return false if it was not to be, or the command could not be started
   */
  boolean start() throws InterruptedException, IOException {
    publishWaiting(Preparation.creating());
    while (ending.getCount() > 0) {
      switch (preparation.tryOnce()) {
        case Preparation.Step.Waiting waiting -> publishWaiting(waiting);
        case Preparation.Step.Ready ready -> {
          return start(ready);
        }
      }
      var _ = ending.await(node.timing().retryInterval().toMillis(), TimeUnit.MILLISECONDS);
    }
    publishEnd(statuses.neverStarted());
    return false;
  }

  /**
   * Waits for the container's end, tells it, and cleans up.
   *
   * @return the pod's last status
   */
  PodStatus awaitEnd() throws InterruptedException, IOException {
    if (startedAt != null) {
      int exitCode = process.awaitEnd();
      Instant finishedAt = node.clock().instant();
      Optional<String> message = folder.terminationMessage();
      publishEnd(
          isOutOfMemory()
              ? statuses.outOfMemory(startedAt, finishedAt, message)
              : statuses.terminated(startedAt, finishedAt, exitCode, message));
    }
    cleanUp();
    return published;
  }

  /** Keeps the log and deletes everything else. The processes must have ended. */
  synchronized void cleanUp() throws IOException {
    keptLog = logs();
    folder.delete();
  }

  private boolean start(Preparation.Step.Ready ready) throws InterruptedException {
    statuses = statuses.withImage(ready.image());
    PodStatus next;
    synchronized (this) {
      next = ending.getCount() > 0 ? launch(ready) : statuses.neverStarted();
    }
    if (startedAt == null) {
      publishEnd(next);
    } else {
      publish(next);
    }
    return startedAt != null;
  }

  private PodStatus launch(Preparation.Step.Ready ready) {
    Instant now = node.clock().instant();
    try {
      process =
          ContainerProcess.start(
              ready.command(), ready.environment(), ready.workingDirectory(), folder.log());
      startedAt = now;
      return statuses.running(now);
    } catch (IOException e) {
      return statuses.startError(now, e.getMessage());
    }
  }

  private synchronized boolean isOutOfMemory() {
    return outOfMemory;
  }

  private void publishWaiting(Preparation.Step.Waiting waiting) throws InterruptedException {
    publish(statuses.waiting(waiting.reason(), waiting.message()));
  }

  private void publishEnd(PodStatus status) throws InterruptedException {
    String evicted;
    synchronized (this) {
      evicted = evictionMessage;
    }
    publish(
        evicted == null ? status : PodStatuses.evicted(status, evicted, node.clock().instant()));
  }

  private void publish(PodStatus status) throws InterruptedException {
    if (!status.equals(published)) {
      published = status;
      node.writer()
          .write(() ->
              node.client()
                  .pods()
                  .inNamespace(namespace())
                  .withName(name())
                  .editStatus(current -> new PodBuilder(current).withStatus(status).build()));
    }
  }

  private String readLog() {
    try {
      // Not readString: that refuses what is no UTF-8.
      return Files.exists(folder.log()) ? new String(Files.readAllBytes(folder.log()), UTF_8) : "";
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the log of pod " + name(), e);
    }
  }
}

package dev.alembicoperator.testing.jobs;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Runs the Jobs of an API server as processes of this machine, and writes what a Job controller, a
 * scheduler and a kubelet would write. It knows Jobs of one pod with one container that are not
 * retried ({@code backoffLimit: 0}).
 *
 * <pre>{@code
 * var images = new LocalImages();
 * images.add("registry.example/orders:1", appFolder, venvFolder);
 * try (var jobs = LocalJobs.inNamespace(client, "shop", images, Timing.fast())) {
 *   client.resource(job).create();
 *   …
 * }
 * }</pre>
 *
 * <p>Closing it is the death of its only node: its processes are killed, and nobody tells the API
 * server.
 */
public final class LocalJobs implements AutoCloseable {

  private static final Duration DEFAULT_GRACE = Duration.ofSeconds(30);

  private final LocalNode node;
  private final PodCreation creation;
  private final GarbageCollector garbageCollector;
  private final Optional<String> namespace;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<SharedIndexInformer<?>> informers = new CopyOnWriteArrayList<>();
  private final List<LocalJob> jobs = new CopyOnWriteArrayList<>();
  private final Queue<StartedJob> started = new ConcurrentLinkedQueue<>();
  private final Queue<Exception> failures = new ConcurrentLinkedQueue<>();

  /** A Job that was seen and begun. */
  public record StartedJob(String namespace, String name, String uid) {}

  private LocalJobs(
      KubernetesClient client, Optional<String> namespace, LocalImages images, Timing timing) {
    this.node =
        new LocalNode(
            client,
            new ApiWriter(),
            images,
            timing,
            InstantSource.system(),
            Executors.newSingleThreadScheduledExecutor(
                task -> Thread.ofPlatform().daemon().name("local-jobs-timer").unstarted(task)),
            temporaryFolder());
    this.creation = new PodCreation(node);
    this.garbageCollector = new GarbageCollector(node);
    this.namespace = namespace;
  }

  /** Runs the Jobs of one namespace, from now on until it is closed. */
  public static LocalJobs inNamespace(
      KubernetesClient client, String namespace, LocalImages images, Timing timing) {
    return new LocalJobs(client, Optional.of(namespace), images, timing).watch();
  }

  /** Runs the Jobs of all namespaces, from now on until it is closed. */
  public static LocalJobs inAllNamespaces(
      KubernetesClient client, LocalImages images, Timing timing) {
    return new LocalJobs(client, Optional.empty(), images, timing).watch();
  }

  /** Deletes the Jobs of owners of this kind when their owner is deleted, as a cluster would. */
  public void collectGarbageOf(Class<? extends HasMetadata> owners) {
    inform(
        owners, (old, current) -> {}, owner -> background(() -> garbageCollector.ownerGone(owner)));
  }

  /** Returns every Job that was ever begun, in that order: proves that there was no second one. */
  public List<StartedJob> started() {
    return List.copyOf(started);
  }

  /** Returns the pods whose container runs right now. */
  public List<LocalPod> running() {
    return jobs.stream()
        .flatMap(job -> job.pod().stream())
        .filter(pod -> pod.process().map(ProcessHandle::isAlive).orElse(false))
        .toList();
  }

  /** Returns the leading processes of the containers that run right now. */
  public List<ProcessHandle> processes() {
    return running().stream().flatMap(pod -> pod.process().stream()).toList();
  }

  /**
   * Returns a pod, also one that has ended.
   *
   * @param name the pod's own name or its Job's; of several Jobs of one name the newest is meant
   * @throws IllegalArgumentException if there is none
   */
  public LocalPod pod(String name) {
    return jobs.reversed().stream()
        .flatMap(job -> job.pod().stream())
        .filter(pod -> pod.name().equals(name) || pod.jobName().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No pod or Job of this name: " + name));
  }

  /** Returns what a pod of that name has written; empty if there is none. */
  public Optional<String> log(String namespace, String pod) {
    return jobs.reversed().stream()
        .flatMap(job -> job.pod().stream())
        .filter(local -> local.namespace().equals(namespace) && local.name().equals(pod))
        .findFirst()
        .map(LocalPod::logs);
  }

  /** Stops telling the API server anything, while the processes go on: a slow or cut-off node. */
  public void freeze() {
    node.writer().freeze();
  }

  /** Tells everything that happened while frozen. */
  public void thaw() {
    node.writer().thaw();
  }

  /**
   * Refuses new pods as an admission plugin would; their Jobs get an event {@code FailedCreate}.
   *
   * @param message for example {@code pods "x" is forbidden: exceeded quota: compute}
   */
  public void refusePods(String message) {
    creation.refuse(Optional.of(message));
  }

  /** Lets pods be created again; waiting Jobs go on. */
  public void admitPods() {
    creation.refuse(Optional.empty());
  }

  /** Returns where the pods' files are, as long as this is open. */
  Path folder() {
    return node.folder();
  }

  /**
   * Kills every process, deletes every file, and stops watching.
   *
   * @throws IllegalStateException if something went wrong inside that no pod's status could tell
   */
  @Override
  public void close() {
    informers.forEach(SharedIndexInformer::close);
    threads.shutdownNow();
    node.timer().shutdownNow();
    jobs.forEach(job -> job.pod().ifPresent(LocalPod::kill));
    threads.close();
    try {
      Folders.delete(node.folder());
    } catch (IOException e) {
      failures.add(e);
    }
    if (!failures.isEmpty()) {
      throw new IllegalStateException("Jobs could not be run as processes", failures.peek());
    }
  }

  private LocalJobs watch() {
    inform(Pod.class, this::podChanged, this::podGone);
    inform(Job.class, this::jobChanged, this::jobGone);
    return this;
  }

  private void jobChanged(Job before, Job job) {
    String uid = job.getMetadata().getUid();
    if (job.isMarkedForDeletion()) {
      if (before == null || !before.isMarkedForDeletion()) {
        background(() -> garbageCollector.jobDeleted(job));
      }
      return;
    }
    // A Job with a start time was begun by a node that is no more.
    boolean begun = job.getStatus() != null && job.getStatus().getStartTime() != null;
    boolean suspended = Boolean.TRUE.equals(job.getSpec().getSuspend());
    if (!begun && !suspended && find(job).isEmpty()) {
      LocalJob local = new LocalJob(node, creation, job);
      jobs.add(local);
      started.add(
          new StartedJob(job.getMetadata().getNamespace(), job.getMetadata().getName(), uid));
      background(local::run);
    }
  }

  private void jobGone(Job job) {
    find(job).ifPresent(LocalJob::gone);
    background(() -> garbageCollector.jobGone(job));
  }

  private void podChanged(Pod before, Pod pod) {
    if (pod.isMarkedForDeletion() && (before == null || !before.isMarkedForDeletion())) {
      find(pod).ifPresent(local -> local.terminate(grace(pod)));
    }
  }

  /** By force: nobody waits for a grace period any more. */
  private void podGone(Pod pod) {
    find(pod).ifPresent(LocalPod::kill);
  }

  private Optional<LocalJob> find(Job job) {
    return jobs.stream()
        .filter(local -> local.uid().equals(job.getMetadata().getUid()))
        .findFirst();
  }

  private Optional<LocalPod> find(Pod pod) {
    return jobs.stream()
        .flatMap(job -> job.pod().stream())
        .filter(local -> local.uid().equals(pod.getMetadata().getUid()))
        .findFirst();
  }

  private static Duration grace(Pod pod) {
    return Optional.ofNullable(pod.getMetadata().getDeletionGracePeriodSeconds())
        .or(() -> Optional.ofNullable(pod.getSpec().getTerminationGracePeriodSeconds()))
        .map(Duration::ofSeconds)
        .orElse(DEFAULT_GRACE);
  }

  private <T extends HasMetadata> void inform(
      Class<T> type, BiConsumer<T, T> changed, Consumer<T> gone) {
    var handler =
        new ResourceEventHandler<T>() {
          @Override
          public void onAdd(T object) {
            changed.accept(null, object);
          }

          @Override
          public void onUpdate(T before, T object) {
            changed.accept(before, object);
          }

          @Override
          public void onDelete(T object, boolean lastStateUnknown) {
            gone.accept(object);
          }
        };
    var all = node.client().resources(type);
    informers.add(
        namespace
            .<SharedIndexInformer<?>>map(name -> all.inNamespace(name).inform(handler))
            .orElseGet(() -> all.inAnyNamespace().inform(handler)));
  }

  /** Work that may fail or be interrupted, away from the informers' threads. */
  private void background(Work work) {
    var _ =
        threads.submit(() -> {
          try {
            work.run();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } catch (Exception e) {
            // Closing interrupts requests, and clients tell that in their own ways.
            if (!threads.isShutdown()) {
              failures.add(e);
            }
          }
        });
  }

  @FunctionalInterface
  private interface Work {
    void run() throws InterruptedException, IOException;
  }

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("local-jobs-");
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot make a temporary folder", e);
    }
  }
}

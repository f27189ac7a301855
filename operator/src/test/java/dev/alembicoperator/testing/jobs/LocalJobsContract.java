package dev.alembicoperator.testing.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a Job, its pod and its processes look like from outside: the same on every API server. */
abstract class LocalJobsContract {

  private static final String IMAGE = "registry.example/orders:1";

  private final LocalImages images = new LocalImages();
  private LocalImage image;
  private KubernetesClient client;
  private String namespace;
  private LocalJobs jobs;

  @TempDir private Path app;

  /** Returns the client of an API server. */
  abstract KubernetesClient connect();

  /** Returns a namespace that nobody else uses. */
  abstract String createNamespace();

  @BeforeEach
  void start() throws IOException {
    Files.writeString(app.resolve("alembic.ini"), "[alembic]\n");
    image = images.add(IMAGE, app);
    client = connect();
    namespace = createNamespace();
    jobs = LocalJobs.inNamespace(client, namespace, images, Timing.fast());
  }

  @AfterEach
  void stop() {
    jobs.close();
  }

  @Test
  void aCommandThatSucceeds() {
    run("ok", "echo out; echo err >&2; printf done > /dev/termination-log");

    ContainerStateTerminated end = awaitTerminated("ok");
    assertThat(end.getExitCode()).isZero();
    assertThat(end.getReason()).isEqualTo("Completed");
    assertThat(end.getMessage()).isEqualTo("done");
    assertThat(end.getStartedAt()).isLessThanOrEqualTo(end.getFinishedAt());
    assertThat(end.getSignal()).isNull();
    Pod pod = pod("ok");
    assertThat(pod.getStatus().getPhase()).isEqualTo("Succeeded");
    assertThat(status(pod).getImageID()).isEqualTo(image.imageId());
    assertThat(jobs.pod("ok").logs()).isEqualTo("out\nerr\n");

    Job job = awaitCondition("ok", "Complete");
    assertThat(job.getStatus().getSucceeded()).isEqualTo(1);
    assertThat(job.getStatus().getActive()).isIn(null, 0);
    assertThat(job.getStatus().getCompletionTime()).isNotNull();
    assertThat(pod("ok").getMetadata().getFinalizers()).isEmpty();
  }

  @Test
  void aCommandThatFails() {
    run("bad", "exit 3");

    ContainerStateTerminated end = awaitTerminated("bad");
    assertThat(end.getExitCode()).isEqualTo(3);
    assertThat(end.getReason()).isEqualTo("Error");
    assertThat(end.getMessage()).isNull();
    assertThat(pod("bad").getStatus().getPhase()).isEqualTo("Failed");
    Job job = awaitCondition("bad", "Failed");
    assertThat(condition(job, "Failed").orElseThrow().getReason())
        .isEqualTo("BackoffLimitExceeded");
    assertThat(job.getStatus().getFailed()).isEqualTo(1);
  }

  private void run(String name, String script) {
    client.resource(job(name, script)).create();
  }

  private Job job(String name, String script) {
    return TestJobs.shell(namespace, name, IMAGE, script);
  }

  private Pod pod(String job) {
    return findPod(job).orElseThrow();
  }

  private Optional<Pod> findPod(String job) {
    return client
        .pods()
        .inNamespace(namespace)
        .withLabel("batch.kubernetes.io/job-name", job)
        .list()
        .getItems()
        .stream()
        .findFirst();
  }

  private static ContainerStatus status(Pod pod) {
    return pod.getStatus().getContainerStatuses().getFirst();
  }

  private Optional<ContainerState> state(String job) {
    return findPod(job)
        .filter(pod -> pod.getStatus() != null)
        .flatMap(pod -> pod.getStatus().getContainerStatuses().stream().findFirst())
        .map(ContainerStatus::getState);
  }

  private ContainerStateTerminated awaitTerminated(String job) {
    return await()
        .until(() -> state(job).map(ContainerState::getTerminated), Optional::isPresent)
        .orElseThrow();
  }

  private Job awaitCondition(String name, String type) {
    return await()
        .until(
            () -> client.batch().v1().jobs().inNamespace(namespace).withName(name).get(),
            job -> condition(job, type).isPresent());
  }

  private static Optional<JobCondition> condition(Job job, String type) {
    return job.getStatus() == null
        ? Optional.empty()
        : job.getStatus().getConditions().stream()
            .filter(condition -> condition.getType().equals(type))
            .findFirst();
  }
}

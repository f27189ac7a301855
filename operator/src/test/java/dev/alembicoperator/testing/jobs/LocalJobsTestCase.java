package dev.alembicoperator.testing.jobs;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.ScalableResource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs each test on every API server, in a namespace of its own, with one image. */
@ParameterizedClass
@EnumSource(ApiServers.Kind.class)
abstract class LocalJobsTestCase {

  static final String IMAGE = "registry.example/orders:1";

  @RegisterExtension final ApiServers servers = new ApiServers();
  @Parameter ApiServers.Kind server;
  @TempDir Path app;

  final LocalImages images = new LocalImages();
  KubernetesClient client;
  String namespace;
  LocalJobs jobs;

  /** Patient enough for a machine that has other things to do. */
  static ConditionFactory await(String what) {
    return Awaitility.await(what).atMost(Duration.ofSeconds(30));
  }

  static ConditionFactory await() {
    return await("the condition of this line");
  }

  @BeforeEach
  void start() {
    images.add(IMAGE, app);
    client = servers.client(server);
    namespace = servers.createNamespace(server);
    jobs = LocalJobs.inNamespace(client, namespace, images, Timing.fast());
  }

  @AfterEach
  void stop() {
    jobs.close();
  }

  /** Returns a Job with one container, which runs a shell script. */
  JobBuilder shell(String name, String script) {
    return new JobBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withBackoffLimit(0)
        .withNewTemplate()
        .withNewMetadata()
        .addToLabels("team", "orders")
        .endMetadata()
        .withNewSpec()
        .withRestartPolicy("Never")
        .addNewContainer()
        .withName("migrate")
        .withImage(IMAGE)
        .withCommand("/bin/sh", "-c", script)
        .endContainer()
        .endSpec()
        .endTemplate()
        .endSpec();
  }

  /** Returns that Job with another container. */
  JobBuilder shell(String name, String script, UnaryOperator<ContainerBuilder> change) {
    return withPod(
        shell(name, script),
        pod -> {
          Container container = pod.buildFirstContainer();
          return pod.withContainers(change.apply(new ContainerBuilder(container)).build());
        });
  }

  static JobBuilder withPod(JobBuilder job, UnaryOperator<PodSpecBuilder> change) {
    PodSpec pod = job.buildSpec().getTemplate().getSpec();
    return job.editSpec()
        .editTemplate()
        .withSpec(change.apply(new PodSpecBuilder(pod)).build())
        .endTemplate()
        .endSpec();
  }

  void createSecret(String name, Map<String, String> data) {
    client
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .withStringData(data)
                .build())
        .create();
  }

  void createConfigMap(String name, Map<String, String> data) {
    client
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .withData(data)
                .build())
        .create();
  }

  Job create(JobBuilder job) {
    return client.resource(job.build()).create();
  }

  ScalableResource<Job> job(String name) {
    return client.batch().v1().jobs().inNamespace(namespace).withName(name);
  }

  Optional<Pod> findPod(String job) {
    return client
        .pods()
        .inNamespace(namespace)
        .withLabel("batch.kubernetes.io/job-name", job)
        .list()
        .getItems()
        .stream()
        .findFirst();
  }

  Pod pod(String job) {
    return findPod(job).orElseThrow();
  }

  PodResource podResource(String job) {
    return client.pods().inNamespace(namespace).withName(pod(job).getMetadata().getName());
  }

  static Optional<ContainerStatus> containerStatus(Pod pod) {
    return pod.getStatus() == null
        ? Optional.empty()
        : pod.getStatus().getContainerStatuses().stream().findFirst();
  }

  Optional<ContainerState> state(String job) {
    return findPod(job).flatMap(LocalJobsTestCase::containerStatus).map(ContainerStatus::getState);
  }

  ContainerStateTerminated awaitTerminated(String job) {
    return await("the end of " + job)
        .until(() -> state(job).map(ContainerState::getTerminated), Optional::isPresent)
        .orElseThrow();
  }

  ContainerStateWaiting awaitWaiting(String job, String reason) {
    return await(job + " waiting for " + reason)
        .until(
            () -> state(job).map(ContainerState::getWaiting),
            waiting -> waiting.map(w -> reason.equals(w.getReason())).orElse(false))
        .orElseThrow();
  }

  /**
   * Waits until the container runs and its log has this line: then its program has come that far.
   */
  LocalPod awaitRunning(String job, String line) {
    await(job + " running").until(() -> state(job).map(ContainerState::getRunning).isPresent());
    LocalPod running = jobs.pod(job);
    await(job + " saying " + line).until(() -> running.logs().lines().anyMatch(line::equals));
    return running;
  }

  JobCondition awaitCondition(String job, String type) {
    return await(job + " " + type)
        .until(() -> condition(job, type), Optional::isPresent)
        .orElseThrow();
  }

  Optional<JobCondition> condition(String name, String type) {
    return Optional.ofNullable(job(name).get())
        .filter(job -> job.getStatus() != null)
        .flatMap(job ->
            job.getStatus().getConditions().stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst());
  }
}

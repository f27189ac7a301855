package dev.alembicoperator.act;

import dev.alembicoperator.api.v1alpha1.Alembic;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.Pod;
import dev.alembicoperator.runner.RunRequest;
import dev.alembicoperator.runner.RunnerArguments;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Makes a run's Job. Pure: the same request is the same Job. */
public final class JobFactory {

  /** The recommended labels (Kubernetes, "Recommended Labels"). */
  public static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  /** What a part of the operator's own is for. */
  public static final String COMPONENT = "app.kubernetes.io/component";

  /** The value of {@link #MANAGED_BY}. */
  public static final String OPERATOR = "alembic-operator";

  /** The value of {@link #COMPONENT} on Jobs and their pods; what the informers select. */
  public static final String MIGRATION = "migration";

  /** The attempt's number, on a Job. */
  public static final String ATTEMPT = DatabaseMigration.GROUP + "/attempt";

  /** What a Job does: {@code migrate} or {@link #CHECK}. */
  public static final String ACTION = DatabaseMigration.GROUP + "/action";

  /** The value of {@link #ACTION} on the Job of a check, which changes nothing. */
  public static final String CHECK = "check";

  /**
   * The resource's name, on a pod, so that a pod's event finds its resource; never a proof of
   * belonging.
   */
  public static final String RESOURCE = DatabaseMigration.GROUP + "/resource";

  /** The migration's container. */
  public static final String CONTAINER = "migrate";

  /** For pulling the image, mounting volumes and finding a node; only the backstop counts it. */
  private static final Duration START_ALLOWANCE = Duration.ofMinutes(30);

  private final String runnerConfigMap;
  private final JobSettings settings;

  /** Jobs that mount the runner from the ConfigMap of that name. */
  public JobFactory(String runnerConfigMap, JobSettings settings) {
    this.runnerConfigMap = runnerConfigMap;
    this.settings = settings;
  }

  /** The Job of the request. */
  public Job job(RunRequest request) {
    Map<String, String> annotations = new HashMap<>(userAnnotations(request));
    annotations.put(RESOURCE, request.name());
    return new JobBuilder()
        .withNewMetadata()
        .withName(request.job())
        .withNamespace(request.namespace())
        .withLabels(labels())
        .addToAnnotations(ATTEMPT, Long.toString(request.attempt()))
        .addToAnnotations(ACTION, request.migrates() ? "migrate" : CHECK)
        .addToAnnotations(RESOURCE, request.name())
        .withOwnerReferences(owner(request))
        .endMetadata()
        .withNewSpec()
        .withBackoffLimit(0)
        .withCompletions(1)
        .withParallelism(1)
        .withActiveDeadlineSeconds(deadline(request).toSeconds())
        // KEP-3329: with a policy a pod counts as failed only when it has ended, not while it is
        // terminating.
        .withNewPodFailurePolicy()
        .addNewRule()
        .withAction("FailJob")
        .addNewOnPodCondition()
        .withType("DisruptionTarget")
        .withStatus("True")
        .endOnPodCondition()
        .endRule()
        .endPodFailurePolicy()
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(podLabels(request))
        .withAnnotations(annotations)
        .endMetadata()
        .withSpec(pod(request))
        .endTemplate()
        .endSpec()
        .build();
  }

  private static Duration deadline(RunRequest request) {
    return START_ALLOWANCE
        .plus(request.limits().migrationLock())
        .plus(request.limits().run())
        .plus(RunnerArguments.GRACE);
  }

  /** Without blockOwnerDeletion: deleting a resource never waits for its Job. */
  private static OwnerReference owner(RunRequest request) {
    return new OwnerReferenceBuilder()
        .withApiVersion(DatabaseMigration.GROUP + "/" + DatabaseMigration.VERSION)
        .withKind("DatabaseMigration")
        .withName(request.name())
        .withUid(request.uid())
        .withController(true)
        .withBlockOwnerDeletion(false)
        .build();
  }

  private static Map<String, String> labels() {
    return Map.of(
        MANAGED_BY, OPERATOR, COMPONENT, MIGRATION, "app.kubernetes.io/part-of", OPERATOR);
  }

  /** Ours win: the informers select by them. */
  private static Map<String, String> podLabels(RunRequest request) {
    Map<String, String> labels =
        new HashMap<>(Optional.ofNullable(request.spec().pod()).map(Pod::labels).orElse(Map.of()));
    labels.putAll(labels());
    return labels;
  }

  private static Map<String, String> userAnnotations(RunRequest request) {
    return Optional.ofNullable(request.spec().pod()).map(Pod::annotations).orElse(Map.of());
  }

  private PodSpec pod(RunRequest request) {
    Pod pod = pod(request.spec().pod());
    PodSpecBuilder spec =
        new PodSpecBuilder()
            .withRestartPolicy("Never")
            .withAutomountServiceAccountToken(false)
            .withEnableServiceLinks(false)
            .withTerminationGracePeriodSeconds(RunnerArguments.GRACE.toSeconds())
            .withServiceAccountName(pod.serviceAccountName())
            .withImagePullSecrets(request.spec().imagePullSecrets())
            .withNodeSelector(pod.nodeSelector().isEmpty() ? null : pod.nodeSelector())
            .withTolerations(pod.tolerations())
            .withAffinity(pod.affinity())
            .withPriorityClassName(pod.priorityClassName())
            .withNewSecurityContext()
            .withRunAsNonRoot(restricted() ? Boolean.TRUE : null)
            .withRunAsUser(pod.runAsUser())
            .withRunAsGroup(pod.runAsGroup())
            .withFsGroup(pod.fsGroup())
            .withNewSeccompProfile()
            .withType("RuntimeDefault")
            .endSeccompProfile()
            .endSecurityContext()
            .withVolumes(PodVolumes.volumes(request, runnerConfigMap))
            .withContainers(container(request, pod));
    return spec.build();
  }

  private Container container(RunRequest request, Pod pod) {
    ContainerBuilder builder =
        new ContainerBuilder()
            .withName(CONTAINER)
            .withImage(request.task().image())
            .withImagePullPolicy(request.spec().imagePullPolicy())
            .withCommand(
                RunnerArguments.command(request).stream().map(PodEnvironment::literal).toList())
            .withWorkingDir(
                Optional.ofNullable(request.task().alembic()).map(Alembic::workingDir).orElse(null))
            .withEnv(PodEnvironment.of(request))
            .withEnvFrom(pod.envFrom())
            .withResources(pod.resources())
            .withVolumeMounts(PodVolumes.mounts(request))
            .withTerminationMessagePath(RunnerArguments.REPORT_PATH)
            .withTerminationMessagePolicy("File")
            .withSecurityContext(security(pod));
    return builder.build();
  }

  private SecurityContext security(Pod pod) {
    SecurityContextBuilder builder =
        new SecurityContextBuilder()
            .withAllowPrivilegeEscalation(false)
            .withReadOnlyRootFilesystem(pod.readOnlyRootFilesystem());
    if (restricted()) {
      builder.withNewCapabilities().withDrop("ALL").endCapabilities();
    }
    return builder.build();
  }

  private boolean restricted() {
    return settings.podSecurity() == JobSettings.PodSecurity.restricted;
  }

  private static Pod pod(Pod given) {
    return given != null
        ? given
        : new Pod(
            null, null, null, null, null, null, null, null, null, null, null, null, null, null,
            null, null);
  }
}

package dev.alembicoperator.act;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.AlembicBuilder;
import dev.alembicoperator.api.v1alpha1.Database;
import dev.alembicoperator.api.v1alpha1.DatabaseBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseConnectionBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpecBuilder;
import dev.alembicoperator.api.v1alpha1.KeySelector;
import dev.alembicoperator.api.v1alpha1.Pod.PodVolume;
import dev.alembicoperator.api.v1alpha1.PodBuilder;
import dev.alembicoperator.api.v1alpha1.SecretSource;
import dev.alembicoperator.api.v1alpha1.ValueSource;
import dev.alembicoperator.plan.Decision;
import dev.alembicoperator.plan.Situation;
import dev.alembicoperator.runner.RunRequest;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The Job of a run. */
class JobFactoryTest {

  private static final String RUNNER = "alembic-operator-runner-abc";

  private static RunRequest request(UnaryOperator<DatabaseMigrationSpecBuilder> edit) {
    return ((Decision.Run) Situation.firstApply().spec(edit).decide()).request();
  }

  private static Job job(UnaryOperator<DatabaseMigrationSpecBuilder> edit) {
    return new JobFactory(RUNNER, JobSettings.defaults()).job(request(edit));
  }

  private static PodSpec pod(Job job) {
    return job.getSpec().getTemplate().getSpec();
  }

  private static Container container(Job job) {
    assertThat(pod(job).getContainers()).hasSize(1);
    return pod(job).getContainers().getFirst();
  }

  static Stream<UnaryOperator<DatabaseMigrationSpecBuilder>> specs() {
    return Stream.of(
        b -> b,
        b ->
            b.pod(
                PodBuilder.builder()
                    .runAsUser(1000L)
                    .runAsGroup(0L)
                    .fsGroup(0L)
                    .readOnlyRootFilesystem(false)
                    .labels(Map.of("pod-security.kubernetes.io/enforce", "privileged"))
                    .annotations(
                        Map.of("container.apparmor.security.beta.kubernetes.io/migrate", "x"))
                    .volumes(
                        List.of(
                            new PodVolume(
                                "data", null, null, new EmptyDirVolumeSource(), null, null)))
                    .volumeMounts(List.of(mount("data", "/etc")))
                    .build()),
        b -> b.alembic(AlembicBuilder.builder().python(List.of("sudo", "python")).build()));
  }

  @ParameterizedTest
  @MethodSource("specs")
  void everyPodPassesRestrictedPodSecurity(UnaryOperator<DatabaseMigrationSpecBuilder> spec) {
    assertThat(RestrictedPodSecurity.violations(pod(job(spec)))).isEmpty();
  }

  @Test
  void theCheckItselfFindsWhatIsMissing() {
    PodSpec bare = new PodSpecBuilder().addNewContainer().withName("a").endContainer().build();

    assertThat(RestrictedPodSecurity.violations(bare))
        .contains("allowPrivilegeEscalation", "runAsNonRoot", "seccompProfile")
        .contains("capabilities.drop");
  }

  @Test
  void baselineLetsRootRunAndNothingMore() {
    Job job =
        new JobFactory(RUNNER, new JobSettings(JobSettings.PodSecurity.baseline))
            .job(request(b -> b));

    assertThat(RestrictedPodSecurity.violations(pod(job)))
        .containsExactlyInAnyOrder("runAsNonRoot", "capabilities.drop");
  }

  @Test
  void thePodHasNoTokenAndNoServiceLinksAndIsNeverRestarted() {
    PodSpec pod = pod(job(b -> b));

    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
    assertThat(pod.getEnableServiceLinks()).isFalse();
    assertThat(pod.getRestartPolicy()).isEqualTo("Never");
    assertThat(pod.getTerminationGracePeriodSeconds()).isEqualTo(30);
  }

  @Test
  void theJobIsOneTryWithABackstop() {
    Job job = job(b -> b);

    assertThat(job.getSpec().getBackoffLimit()).isZero();
    assertThat(job.getSpec().getCompletions()).isEqualTo(1);
    assertThat(job.getSpec().getParallelism()).isEqualTo(1);
    assertThat(job.getSpec().getTtlSecondsAfterFinished()).isNull();
    assertThat(job.getSpec().getPodFailurePolicy().getRules()).hasSize(1);
    // 30 minutes to start, 10 for the lock, 60 for the run, and the grace.
    assertThat(job.getSpec().getActiveDeadlineSeconds()).isEqualTo(100 * 60 + 30);
  }

  @Test
  void theResourceOwnsTheJobAndIsNotHeldByIt() {
    Job job = job(b -> b);

    OwnerReference owner = job.getMetadata().getOwnerReferences().getFirst();
    assertThat(job.getMetadata().getOwnerReferences()).hasSize(1);
    assertThat(owner.getApiVersion()).isEqualTo("alembic-operator.dev/v1alpha1");
    assertThat(owner.getKind()).isEqualTo("DatabaseMigration");
    assertThat(owner.getName()).isEqualTo("orders");
    assertThat(owner.getController()).isTrue();
    assertThat(owner.getBlockOwnerDeletion()).isFalse();
    assertThat(job.getMetadata().getAnnotations())
        .containsEntry(JobFactory.ATTEMPT, "1")
        .containsEntry(JobFactory.ACTION, "migrate")
        .containsEntry(JobFactory.RESOURCE, "orders");
  }

  @Test
  void labelsAndAnnotationsOfTheUserNeverReplaceOurs() {
    Map<String, String> forged =
        Map.of(
            JobFactory.MANAGED_BY,
            "me",
            JobFactory.COMPONENT,
            "web",
            JobFactory.RESOURCE,
            "another",
            "team",
            "orders");
    Job job = job(b -> b.pod(PodBuilder.builder().labels(forged).annotations(forged).build()));
    var meta = job.getSpec().getTemplate().getMetadata();

    assertThat(meta.getLabels())
        .containsEntry(JobFactory.MANAGED_BY, JobFactory.OPERATOR)
        .containsEntry(JobFactory.COMPONENT, JobFactory.MIGRATION)
        .containsEntry("team", "orders");
    assertThat(meta.getAnnotations())
        .containsEntry(JobFactory.RESOURCE, "orders")
        .containsEntry("team", "orders");
    assertThat(job.getMetadata().getLabels())
        .containsEntry(JobFactory.MANAGED_BY, JobFactory.OPERATOR)
        .doesNotContainKey("team");
  }

  @Test
  void noCredentialIsInTheJobsText() {
    String text = new KubernetesSerialization().asJson(job(b -> b));

    assertThat(text).doesNotContain("Kanarien", "Vogel", "postgresql://");
    assertThat(text).contains("\"secretKeyRef\":{\"key\":\"url\",\"name\":\"orders-db\"}");
  }

  @Test
  void theConnectionsPartsAreReferencesOrLiterals() {
    Database database =
        DatabaseBuilder.builder()
            .connection(
                DatabaseConnectionBuilder.builder()
                    .host("db-$(HOSTNAME)")
                    .port(5433)
                    .nameFrom(new ValueSource(null, new KeySelector("settings", "name")))
                    .userFrom(new ValueSource(new KeySelector("orders-db", "user"), null))
                    .passwordFrom(new SecretSource(new KeySelector("orders-db", "password")))
                    .build())
            .build();
    List<EnvVar> env = container(job(b -> b.database(database))).getEnv();

    assertThat(env)
        .extracting(EnvVar::getName)
        .containsExactly(
            "HOME",
            "PYTHONDONTWRITEBYTECODE",
            "ALEMBIC_OPERATOR_URL",
            "ALEMBIC_OPERATOR_HOST",
            "ALEMBIC_OPERATOR_PORT",
            "ALEMBIC_OPERATOR_NAME",
            "ALEMBIC_OPERATOR_USER",
            "ALEMBIC_OPERATOR_PASSWORD");
    assertThat(env.get(3).getValue()).isEqualTo("db-$$(HOSTNAME)");
    assertThat(env.get(5).getValueFrom().getConfigMapKeyRef().getName()).isEqualTo("settings");
    assertThat(env.get(7).getValueFrom().getSecretKeyRef().getKey()).isEqualTo("password");
  }

  @Test
  void theUserMayMoveHomeButNotTheCredentials() {
    List<EnvVar> own =
        List.of(
            new EnvVar("HOME", "/home/app", null),
            new EnvVar("ALEMBIC_OPERATOR_URL", "postgresql://elsewhere", null));
    List<EnvVar> env = container(job(b -> b.pod(PodBuilder.builder().env(own).build()))).getEnv();

    assertThat(last(env, "HOME").getValue()).isEqualTo("/home/app");
    assertThat(last(env, "ALEMBIC_OPERATOR_URL").getValue()).isNull();
    assertThat(last(env, "ALEMBIC_OPERATOR_URL").getValueFrom().getSecretKeyRef()).isNotNull();
  }

  /** Of two variables of one name Kubernetes takes the later. */
  private static EnvVar last(List<EnvVar> env, String name) {
    return env.stream().filter(e -> e.getName().equals(name)).reduce((a, b) -> b).orElseThrow();
  }

  @Test
  void nothingOfTheCommandIsExpandedByKubernetes() {
    Container container =
        container(
            job(b ->
                b.alembic(
                    AlembicBuilder.builder()
                        .xArguments(List.of("a=$(ALEMBIC_OPERATOR_URL)", "b=$$"))
                        .build())));

    assertThat(container.getCommand()).contains("--x=a=$$(ALEMBIC_OPERATOR_URL)", "--x=b=$$$$");
    assertThat(container.getArgs()).isEmpty();
  }

  @Test
  void theRunnerIsMountedReadOnlyAndTmpIsWritable() {
    Job job = job(b -> b);

    assertThat(pod(job).getVolumes().getFirst().getConfigMap().getName()).isEqualTo(RUNNER);
    VolumeMount runner = container(job).getVolumeMounts().getFirst();
    assertThat(runner.getMountPath()).isEqualTo("/alembic-operator");
    assertThat(runner.getReadOnly()).isTrue();
    assertThat(container(job).getVolumeMounts())
        .extracting(VolumeMount::getMountPath)
        .containsExactly("/alembic-operator", "/tmp");
    assertThat(container(job).getTerminationMessagePath()).isEqualTo("/dev/termination-log");
    assertThat(container(job).getTerminationMessagePolicy()).isEqualTo("File");
  }

  @ParameterizedTest
  @org.junit.jupiter.params.provider.ValueSource(strings = {"/tmp", "/tmp/"})
  void aMountOfTheUsersAtTmpStandsInForOurs(String path) {
    Job job =
        job(b ->
            b.pod(
                PodBuilder.builder()
                    .volumes(
                        List.of(
                            new PodVolume("t", null, null, new EmptyDirVolumeSource(), null, null)))
                    .volumeMounts(List.of(mount("t", path)))
                    .build()));

    assertThat(pod(job).getVolumes()).extracting(Volume::getName).doesNotContain("tmp").hasSize(2);
    assertThat(container(job).getVolumeMounts()).hasSize(2);
  }

  @Test
  void theAuthoritysCertificateIsMountedUnderOneName() {
    Database database =
        DatabaseBuilder.builder(request(b -> b).spec().database())
            .tls(new Database.Tls(null, new ValueSource(null, new KeySelector("pki", "root.pem"))))
            .build();
    Job job = job(b -> b.database(database));

    Volume volume =
        pod(job).getVolumes().stream()
            .filter(v -> v.getName().equals("alembic-operator-tls"))
            .findFirst()
            .orElseThrow();
    assertThat(volume.getConfigMap().getName()).isEqualTo("pki");
    assertThat(volume.getConfigMap().getItems().getFirst().getKey()).isEqualTo("root.pem");
    assertThat(volume.getConfigMap().getItems().getFirst().getPath()).isEqualTo("ca.crt");
    assertThat(container(job).getCommand())
        .contains("--tls-mode=verify-full", "--tls-ca-file=/alembic-operator-tls/ca.crt");
  }

  @Test
  void theSameRequestIsTheSameJob() {
    assertThat(job(b -> b)).isEqualTo(job(b -> b));
  }

  private static VolumeMount mount(String name, String path) {
    return new VolumeMountBuilder().withName(name).withMountPath(path).build();
  }
}

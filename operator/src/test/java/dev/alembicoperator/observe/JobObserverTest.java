package dev.alembicoperator.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.act.JobFactory;
import dev.alembicoperator.observe.JobView.PodView;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Jobs and pods as Kubernetes shows them, reduced to what decisions need. */
class JobObserverTest {

  private static final String DIGEST = "sha256:" + "c".repeat(64);

  private static Job job(String uid, String attempt, String finished) {
    JobBuilder job =
        new JobBuilder()
            .withNewMetadata()
            .withName("orders-1a2b3-" + attempt)
            .withUid(uid)
            .addToAnnotations(JobObserver.ATTEMPT, attempt)
            .endMetadata();
    return finished == null
        ? job.build()
        : job.withNewStatus()
            .addNewCondition()
            .withType(finished)
            .withStatus("True")
            .withReason("Why")
            .endCondition()
            .endStatus()
            .build();
  }

  private static Pod pod(String owner, boolean controller, String status) {
    return new PodBuilder()
        .withNewMetadata()
        .withName("p")
        .withCreationTimestamp("2026-03-01T08:00:00Z")
        .addNewOwnerReference()
        .withUid(owner)
        .withController(controller)
        .endOwnerReference()
        .endMetadata()
        .withStatus(
            status == null
                ? null
                : new KubernetesSerialization().unmarshal("---\n" + status, PodStatus.class))
        .build();
  }

  private static PodView view(String status) {
    return JobObserver.view(job("u", "1", null), List.of(pod("u", true, status)), Optional.empty())
        .pod()
        .orElseThrow();
  }

  private static String container(String name, String state) {
    return "{name: %s, imageID: \"docker-pullable://r/o@%s\", state: %s}"
        .formatted(name, DIGEST, state);
  }

  @Test
  void aPodBelongsToItsControllersUid() {
    List<Pod> others = List.of(pod("u", false, null), pod("other", true, null));

    assertThat(JobObserver.view(job("u", "1", null), others, Optional.empty()).pod()).isEmpty();
    assertThat(JobObserver.leftOver("j", "u", others)).isEmpty();
    assertThat(JobObserver.leftOver("j", "other", others).orElseThrow().gone()).isTrue();
  }

  @Test
  void aPodWithoutStatusHasNotStarted() {
    PodView pod = view(null);

    assertThat(pod.started()).isFalse();
    assertThat(pod.imageId()).isEmpty();
    assertThat(pod.createdAt()).isEqualTo(Instant.parse("2026-03-01T08:00:00Z"));
  }

  @Test
  void onlyOurContainerCounts() {
    PodView pod =
        view(
            "containerStatuses: ["
                + container("istio-proxy", "{terminated: {exitCode: 0, message: forged}}")
                + ","
                + container("migrate", "{running: {startedAt: \"2026-03-01T08:00:05Z\"}}")
                + "]");

    assertThat(pod.ended()).isEmpty();
    assertThat(pod.running()).isTrue();
    assertThat(pod.startedAt()).contains(Instant.parse("2026-03-01T08:00:05Z"));
    assertThat(pod.imageId()).contains("r/o@" + DIGEST);
  }

  @Test
  void theEndIsTakenWhole() {
    PodView pod =
        view(
            "containerStatuses: ["
                + container(
                    "migrate",
                    "{terminated: {exitCode: 137, reason: OOMKilled, message: m, finishedAt:"
                        + " \"2026-03-01T08:01:00Z\"}}")
                + "]");

    assertThat(pod.ended().orElseThrow())
        .isEqualTo(
            new JobView.Ended(
                137, "OOMKilled", "m", Optional.of(Instant.parse("2026-03-01T08:01:00Z"))));
    assertThat(pod.running()).isFalse();
    assertThat(pod.started()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {phase: Failed, reason: Evicted}                                             | Evicted       | true
          {phase: Failed, reason: OutOfcpu}                                            | OutOfcpu      | true
          {phase: Failed}                                                              |               | false
          {conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable}]} | Unschedulable | false
          {conditions: [{type: PodScheduled, status: 'True'}]}                         |               | false
          {conditions: [{type: DisruptionTarget, status: 'True', reason: X}]}          | X             | true
          {conditions: [{type: DisruptionTarget, status: 'False', reason: X}]}         |               | false
          """)
  void troubleOfThePodItself(String status, String reason, boolean givenUp) {
    PodView pod = view(status);

    assertThat(pod.trouble().map(JobView.Told::reason).orElse(null)).isEqualTo(reason);
    assertThat(pod.givenUp()).isEqualTo(givenUp);
  }

  @Test
  void ofAllJobsTheHighestNumberAndTheForgottenOneAreKnown() {
    List<Job> jobs =
        List.of(job("a", "3", "Complete"), job("b", "5", "Failed"), job("c", "4", null));

    assertThat(JobObserver.owned(jobs, 2).highestAttempt()).isEqualTo(5);
    assertThat(JobObserver.owned(jobs, 2).unfinished()).contains("orders-1a2b3-4");
    assertThat(JobObserver.owned(jobs, 4).unfinished()).isEmpty();
    assertThat(JobObserver.owned(List.of(job("d", "x9", null)), 0).highestAttempt()).isZero();
  }

  /** It migrates nothing, so nobody has to wait for it; its number is taken all the same. */
  @Test
  void theJobOfACheckIsNoForgottenAttempt() {
    Job check = job("c", "7", null);
    check.getMetadata().getAnnotations().put(JobFactory.ACTION, JobFactory.CHECK);

    assertThat(JobObserver.owned(List.of(check), 2).unfinished()).isEmpty();
    assertThat(JobObserver.owned(List.of(check), 2).highestAttempt()).isEqualTo(7);
  }
}

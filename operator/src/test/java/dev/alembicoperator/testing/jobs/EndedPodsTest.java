package dev.alembicoperator.testing.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Pods that ran: how they and their Jobs look, and every way to end. */
class EndedPodsTest extends LocalJobsTestCase {

  @Test
  void success() {
    create(shell("ok", "echo out; echo err >&2; printf done > /dev/termination-log"));

    ContainerStateTerminated end = awaitTerminated("ok");
    assertThat(end.getExitCode()).isZero();
    assertThat(end.getReason()).isEqualTo("Completed");
    assertThat(end.getMessage()).isEqualTo("done");
    assertThat(end.getStartedAt()).isLessThanOrEqualTo(end.getFinishedAt());
    assertThat(pod("ok").getStatus().getPhase()).isEqualTo("Succeeded");
    assertThat(jobs.pod("ok").logs()).isEqualTo("out\nerr\n");

    awaitCondition("ok", "Complete");
    Job job = job("ok").get();
    assertThat(job.getStatus().getSucceeded()).isEqualTo(1);
    assertThat(job.getStatus().getFailed()).isIn(null, 0);
    assertThat(job.getStatus().getActive()).isIn(null, 0);
    assertThat(job.getStatus().getCompletionTime()).isNotNull();
    assertThat(pod("ok").getMetadata().getFinalizers()).isEmpty();
  }

  @Test
  void failure() {
    create(shell("bad", "exit 3"));

    ContainerStateTerminated end = awaitTerminated("bad");
    assertThat(end.getExitCode()).isEqualTo(3);
    assertThat(end.getReason()).isEqualTo("Error");
    assertThat(end.getMessage()).isNull();
    assertThat(pod("bad").getStatus().getPhase()).isEqualTo("Failed");
    assertThat(awaitCondition("bad", "Failed").getReason()).isEqualTo("BackoffLimitExceeded");
    assertThat(job("bad").get().getStatus().getFailed()).isEqualTo(1);
  }

  @Test
  void theJobKnowsLaterThanItsPod() {
    jobs.close();
    Timing slow = new Timing(Duration.ofHours(1), Duration.ofMillis(50));
    jobs = LocalJobs.inNamespace(client, namespace, images, slow);
    create(shell("slow", "exit 0"));

    awaitCondition("slow", "SuccessCriteriaMet");
    assertThat(state("slow").map(ContainerState::getTerminated)).isPresent();
    assertThat(job("slow").get().getStatus().getSucceeded()).isEqualTo(1);
    assertThat(condition("slow", "Complete")).isEmpty();
  }

  @Test
  void aRunningPodBelongsToItsJobAndNamesItsImage() {
    Job job = create(shell("run", "echo up; sleep 1000"));

    awaitRunning("run", "up");
    Pod pod = pod("run");
    assertThat(pod.getMetadata().getName()).matches("run-[a-z0-9]{5}");
    assertThat(pod.getMetadata().getLabels())
        .containsEntry("team", "orders")
        .containsEntry("job-name", "run")
        .containsEntry("batch.kubernetes.io/job-name", "run")
        .containsEntry("batch.kubernetes.io/controller-uid", job.getMetadata().getUid());
    OwnerReference owner = pod.getMetadata().getOwnerReferences().getFirst();
    assertThat(owner.getUid()).isEqualTo(job.getMetadata().getUid());
    assertThat(owner.getController()).isTrue();
    assertThat(pod.getStatus().getPhase()).isEqualTo("Running");
    assertThat(containerStatus(pod).orElseThrow().getImageID())
        .matches("registry\\.example/orders@sha256:[0-9a-f]{64}");
    await().until(() -> Integer.valueOf(1).equals(job("run").get().getStatus().getReady()));
    assertThat(job("run").get().getStatus().getActive()).isEqualTo(1);
    assertThat(jobs.processes()).hasSize(1);
    assertThat(jobs.started())
        .containsExactly(new LocalJobs.StartedJob(namespace, "run", job.getMetadata().getUid()));
  }

  @Test
  void ofALongMessageTheEndIsKept() {
    create(
        shell(
            "long", "printf %05000d 0 > /dev/termination-log; printf end >> /dev/termination-log"));

    assertThat(awaitTerminated("long").getMessage()).hasSize(4096).endsWith("0end");
  }

  @Test
  void killedWithItsChildren() {
    create(shell("kill", "sleep 1000 & echo $!; wait"));
    LocalPod pod = awaitChild("kill");
    List<ProcessHandle> processes = processesOf(pod);
    assertThat(processes).hasSize(2);

    pod.kill();

    ContainerStateTerminated end = awaitTerminated("kill");
    assertThat(end.getExitCode()).isEqualTo(137);
    assertThat(end.getReason()).isEqualTo("Error");
    await().untilAsserted(() -> assertThat(processes).noneMatch(ProcessHandle::isAlive));
  }

  @Test
  void whatTheLeaderLeavesBehindIsKilledToo() throws IOException {
    // A pipe without a reader: the leader goes on when the test opens it.
    create(shell("leave", "mkfifo go; sleep 1000 & echo $!; read line < go; exit 0"));
    LocalPod pod = awaitChild("leave");
    List<ProcessHandle> processes = processesOf(pod);
    Files.writeString(app.resolve("go"), "\n");

    assertThat(awaitTerminated("leave").getExitCode()).isZero();
    await().untilAsserted(() -> assertThat(processes).noneMatch(ProcessHandle::isAlive));
  }

  @Test
  void outOfMemory() {
    create(shell("oom", "echo up; sleep 1000"));
    awaitRunning("oom", "up").oomKill();

    ContainerStateTerminated end = awaitTerminated("oom");
    assertThat(end.getExitCode()).isEqualTo(137);
    assertThat(end.getReason()).isEqualTo("OOMKilled");
  }

  @Test
  void evicted() {
    create(shell("evict", "echo up; sleep 1000"));
    awaitRunning("evict", "up").evict("The node was low on resource: memory.");

    assertThat(awaitTerminated("evict").getExitCode()).isEqualTo(137);
    Pod pod = pod("evict");
    assertThat(pod.getStatus().getPhase()).isEqualTo("Failed");
    assertThat(pod.getStatus().getReason()).isEqualTo("Evicted");
    assertThat(pod.getStatus().getMessage()).isEqualTo("The node was low on resource: memory.");
    assertThat(pod.getStatus().getConditions())
        .anyMatch(condition -> condition.getType().equals("DisruptionTarget"));
    awaitCondition("evict", "Failed");
  }

  @Test
  void evictedUnderAPolicy() {
    create(
        shell("policy", "echo up; sleep 1000")
            .editSpec()
            .withNewPodFailurePolicy()
            .addNewRule()
            .withAction("FailJob")
            .addNewOnPodCondition("True", "DisruptionTarget")
            .endRule()
            .endPodFailurePolicy()
            .endSpec());
    awaitRunning("policy", "up").evict("The node was low on resource: memory.");

    JobCondition failed = awaitCondition("policy", "Failed");
    assertThat(failed.getReason()).isEqualTo("PodFailurePolicy");
    assertThat(failed.getMessage())
        .isEqualTo(
            "Pod %s/%s has condition DisruptionTarget matching FailJob rule at index 0",
            namespace, pod("policy").getMetadata().getName());
  }

  @Test
  void anExitCodeUnderAPolicy() {
    create(
        shell("code", "exit 3")
            .editSpec()
            .withNewPodFailurePolicy()
            .addNewRule()
            .withAction("Count")
            .withNewOnExitCodes()
            .withOperator("NotIn")
            .withValues(3)
            .endOnExitCodes()
            .endRule()
            .addNewRule()
            .withAction("FailJob")
            .withNewOnExitCodes()
            .withContainerName("migrate")
            .withOperator("In")
            .withValues(3)
            .endOnExitCodes()
            .endRule()
            .endPodFailurePolicy()
            .endSpec());

    assertThat(awaitCondition("code", "Failed").getMessage())
        .isEqualTo(
            "Container migrate for pod %s/%s failed with exit code 3 matching FailJob rule at index"
                + " 1",
            namespace, pod("code").getMetadata().getName());
  }

  @Test
  void aCommandThatDoesNotExist() {
    create(shell("typo", "", container -> container.withCommand("alembik", "upgrade")));

    ContainerStateTerminated end = awaitTerminated("typo");
    assertThat(end.getExitCode()).isEqualTo(128);
    assertThat(end.getReason()).isEqualTo("StartError");
    assertThat(end.getMessage()).contains("exec: \"alembik\": executable file not found in $PATH");
    awaitCondition("typo", "Failed");
  }

  @Test
  void aSecondJobOfTheSameNameIsAnotherOne() {
    create(shell("again", "exit 1"));
    awaitCondition("again", "Failed");
    job("again").delete();
    await().until(() -> findPod("again").isEmpty());
    create(shell("again", "exit 0"));

    awaitCondition("again", "Complete");
    assertThat(jobs.started())
        .extracting(LocalJobs.StartedJob::name)
        .containsExactly("again", "again");
    assertThat(jobs.started()).extracting(LocalJobs.StartedJob::uid).doesNotHaveDuplicates();
  }

  private LocalPod awaitChild(String job) {
    await().until(() -> findPod(job).isPresent() && jobs.pod(job).logs().endsWith("\n"));
    return jobs.pod(job);
  }

  /** The leader, and the child whose process id it printed. */
  private static List<ProcessHandle> processesOf(LocalPod pod) {
    ProcessHandle child = ProcessHandle.of(Long.parseLong(pod.logs().strip())).orElseThrow();
    return List.of(pod.process().orElseThrow(), child);
  }
}

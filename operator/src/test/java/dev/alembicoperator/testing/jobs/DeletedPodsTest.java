package dev.alembicoperator.testing.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Everything that ends a pod from outside of it. */
class DeletedPodsTest extends LocalJobsTestCase {

  private static final String TRAPS_TERM =
      "trap 'printf rolled-back > /dev/termination-log; exit 143' TERM; echo up; while :; do sleep"
          + " 0.05; done";
  private static final String IGNORES_TERM = "trap '' TERM; echo up; while :; do sleep 0.05; done";

  @Test
  void aDeletedPodMayCleanUp() {
    create(withGrace("trap", TRAPS_TERM, 30));
    awaitRunning("trap", "up");

    List<ContainerStateTerminated> ends =
        endsSeenDuring("trap", () -> podResource("trap").delete());

    assertThat(ends)
        .singleElement()
        .satisfies(end -> {
          assertThat(end.getExitCode()).isEqualTo(143);
          assertThat(end.getMessage()).isEqualTo("rolled-back");
        });
    assertThat(awaitCondition("trap", "Failed").getReason()).isEqualTo("BackoffLimitExceeded");
  }

  @Test
  void aPodThatWillNotGoIsKilledAfterItsGracePeriod() {
    create(withGrace("stay", IGNORES_TERM, 1));
    LocalPod local = awaitRunning("stay", "up");

    List<ContainerStateTerminated> ends =
        endsSeenDuring("stay", () -> podResource("stay").delete());

    assertThat(ends)
        .singleElement()
        .extracting(ContainerStateTerminated::getExitCode)
        .isEqualTo(137);
    assertThat(local.process().orElseThrow().isAlive()).isFalse();
  }

  @Test
  void aPodIsMarkedForDeletionAsLongAsItCleansUp() {
    create(withGrace("mark", IGNORES_TERM, 30));
    LocalPod local = awaitRunning("mark", "up");

    podResource("mark").delete();

    await().until(() -> pod("mark").isMarkedForDeletion());
    assertThat(state("mark").map(ContainerState::getRunning)).isPresent();
    local.kill();
    await().until(() -> findPod("mark").isEmpty());
  }

  @Test
  void aDeletedJobTakesItsPodAlong() {
    create(withGrace("job", TRAPS_TERM, 30));
    awaitRunning("job", "up");

    List<ContainerStateTerminated> ends = endsSeenDuring("job", () -> job("job").delete());

    assertThat(ends)
        .singleElement()
        .extracting(ContainerStateTerminated::getExitCode)
        .isEqualTo(143);
    assertThat(job("job").get()).isNull();
  }

  @Test
  void aJobDeletedInTheForegroundGoesAfterItsPod() {
    create(withGrace("fore", TRAPS_TERM, 30));
    awaitRunning("fore", "up");

    job("fore").withPropagationPolicy(DeletionPropagation.FOREGROUND).delete();

    await().until(() -> job("fore").get() == null);
    await().until(() -> findPod("fore").isEmpty());
    assertThat(jobs.processes()).isEmpty();
  }

  @Test
  void theJobsOfADeletedOwnerGoWithTheirPods() {
    jobs.collectGarbageOf(ConfigMap.class);
    createConfigMap("owner", Map.of());
    createConfigMap("other", Map.of());
    create(ownedBy("owner", withGrace("owned", TRAPS_TERM, 30)));
    create(ownedBy("other", withGrace("kept", TRAPS_TERM, 30)));
    awaitRunning("owned", "up");
    awaitRunning("kept", "up");

    client.configMaps().inNamespace(namespace).withName("owner").delete();

    await().until(() -> job("owned").get() == null && findPod("owned").isEmpty());
    assertThat(job("kept").get()).isNotNull();
    assertThat(jobs.running()).extracting(LocalPod::jobName).containsExactly("kept");
  }

  @Test
  void aPodDeletedBeforeItsStartNeverRuns() {
    images.hold(IMAGE);
    create(shell("early", "echo up"));
    awaitWaiting("early", "ContainerCreating");

    List<ContainerStateTerminated> ends =
        endsSeenDuring("early", () -> podResource("early").delete());

    assertThat(ends)
        .singleElement()
        .satisfies(end -> {
          assertThat(end.getReason()).isEqualTo("ContainerStatusUnknown");
          assertThat(end.getStartedAt()).isNull();
        });
    images.release(IMAGE);
    awaitCondition("early", "Failed");
    assertThat(jobs.pod("early").process()).isEmpty();
  }

  @Test
  void aJobPastItsDeadline() {
    create(withGrace("late", TRAPS_TERM, 30).editSpec().withActiveDeadlineSeconds(1L).endSpec());
    LocalPod local = awaitRunning("late", "up");

    assertThat(awaitCondition("late", "Failed").getReason()).isEqualTo("DeadlineExceeded");
    await().until(() -> findPod("late").isEmpty());
    assertThat(local.process().orElseThrow().isAlive()).isFalse();
  }

  @Test
  void aFrozenNodeTellsNothingUntilItThaws() {
    create(shell("ice", "echo up; mkfifo go; read line < go; printf done > /dev/termination-log"));
    LocalPod local = awaitRunning("ice", "up");

    jobs.freeze();
    local.kill();
    await().until(() -> !local.process().orElseThrow().isAlive());
    assertThat(state("ice").map(ContainerState::getRunning)).isPresent();
    // A Job whose pod would be there within milliseconds.
    create(shell("later", "echo up"));
    await().until(() -> jobs.started().size() == 2);
    assertThat(findPod("later")).isEmpty();

    jobs.thaw();
    assertThat(awaitTerminated("ice").getExitCode()).isEqualTo(137);
    awaitTerminated("later");
  }

  @Test
  void closingLeavesNothingBehind() {
    create(shell("orphan", "trap '' TERM; sleep 1000 & echo up; wait"));
    LocalPod local = awaitRunning("orphan", "up");
    List<ProcessHandle> processes =
        ProcessHandle.allProcesses()
            .filter(process -> isBelow(process, local.process().orElseThrow()))
            .toList();
    assertThat(processes).hasSize(2);
    Path folder = jobs.folder();
    assertThat(folder).isDirectory();

    jobs.close();

    await().untilAsserted(() -> assertThat(processes).noneMatch(ProcessHandle::isAlive));
    assertThat(folder).doesNotExist();
    // The node is dead, so nobody says that the container is.
    assertThat(state("orphan").map(ContainerState::getRunning)).isPresent();
  }

  private static boolean isBelow(ProcessHandle process, ProcessHandle ancestor) {
    return process.equals(ancestor)
        || process.parent().map(parent -> isBelow(parent, ancestor)).orElse(false);
  }

  private JobBuilder ownedBy(String configMap, JobBuilder job) {
    return job.editMetadata()
        .addNewOwnerReference()
        .withApiVersion("v1")
        .withKind("ConfigMap")
        .withName(configMap)
        .withUid(
            client
                .configMaps()
                .inNamespace(namespace)
                .withName(configMap)
                .get()
                .getMetadata()
                .getUid())
        .endOwnerReference()
        .endMetadata();
  }

  private JobBuilder withGrace(String name, String script, long seconds) {
    return withPod(shell(name, script), pod -> pod.withTerminationGracePeriodSeconds(seconds));
  }

  /**
   * Watches a Job's pod until it is gone; returns the different ends of its container that were
   * told.
   */
  private List<ContainerStateTerminated> endsSeenDuring(String job, Runnable deletion) {
    List<ContainerStateTerminated> ends = new CopyOnWriteArrayList<>();
    Watcher<Pod> watcher =
        new Watcher<>() {
          @Override
          public void eventReceived(Action action, Pod pod) {
            containerStatus(pod)
                .map(ContainerStatus::getState)
                .map(ContainerState::getTerminated)
                .filter(end -> !ends.contains(end))
                .ifPresent(ends::add);
          }

          @Override
          public void onClose(WatcherException cause) {}
        };
    try (Watch _ = podResource(job).watch(watcher)) {
      deletion.run();
      await(job + "'s pod gone").until(() -> findPod(job).isEmpty());
      await().until(() -> !ends.isEmpty());
    }
    return ends;
  }
}

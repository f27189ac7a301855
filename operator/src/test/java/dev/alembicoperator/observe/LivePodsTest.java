package dev.alembicoperator.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.AttemptBuilder;
import dev.alembicoperator.api.v1alpha1.Database;
import dev.alembicoperator.api.v1alpha1.DatabaseBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpecBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatusBuilder;
import dev.alembicoperator.observe.JobView.Told;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** That a Job's pod is gone is believed only of the API server, never of a cache. */
class LivePodsTest {

  private static final String JOB_UID = "job-uid";

  private final Cluster cluster = new Cluster();

  private Optional<JobView> observed() {
    DatabaseMigration resource = new DatabaseMigration();
    resource.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("shop")
            .withName("orders")
            .withUid("resource")
            .build());
    resource.setSpec(
        DatabaseMigrationSpecBuilder.builder()
            .image("registry.example/orders:1")
            .database(DatabaseBuilder.builder().inPod(new Database.InPod()).build())
            .build());
    resource.setStatus(
        DatabaseMigrationStatusBuilder.builder()
            .attempt(AttemptBuilder.builder().number(1L).job("orders-1").jobUID(JOB_UID).build())
            .build());
    return new Observer(
            cluster,
            new ConnectionObserver(null),
            null,
            (self, identity) -> List.of(),
            Clock.systemUTC())
        .observe(resource)
        .job();
  }

  private static Pod pod() {
    return new PodBuilder()
        .withNewMetadata()
        .withName("orders-1-x")
        .addNewOwnerReference()
        .withUid(JOB_UID)
        .withController(true)
        .endOwnerReference()
        .endMetadata()
        .build();
  }

  @Test
  void theJobIsGoneAndTheCacheDoesNotKnowItsPodYet() {
    cluster.live = List.of(pod());

    JobView view = observed().orElseThrow();

    assertThat(view.gone()).isTrue();
    assertThat(view.pod()).isPresent();
  }

  @Test
  void theJobHasFailedAndTheCacheDoesNotKnowItsPodYet() {
    cluster.job =
        Optional.of(
            new JobBuilder()
                .withNewMetadata()
                .withName("orders-1")
                .withUid(JOB_UID)
                .addNewOwnerReference()
                .withUid("resource")
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .withNewStatus()
                .addNewCondition()
                .withType("Failed")
                .withStatus("True")
                .endCondition()
                .endStatus()
                .build());
    cluster.live = List.of(pod());

    assertThat(observed().orElseThrow().pod()).isPresent();
  }

  @Test
  void theApiServerIsNotAskedForWhatTheCacheHas() {
    cluster.cached = List.of(pod());

    assertThat(observed()).isPresent();
    assertThat(cluster.asked).isZero();
  }

  @Test
  void whatIsNowhereIsGone() {
    assertThat(observed()).isEmpty();
    assertThat(cluster.asked).isOne();
  }

  private static final class Cluster implements Workloads {
    private Optional<Job> job = Optional.empty();
    private List<Pod> cached = List.of();
    private List<Pod> live = List.of();
    private int asked;

    @Override
    public Optional<Job> job(String namespace, String name) {
      return job;
    }

    @Override
    public Collection<Job> jobsOf(DatabaseMigration resource) {
      return job.stream().toList();
    }

    @Override
    public Collection<Pod> pods(String namespace) {
      return cached;
    }

    @Override
    public Collection<Pod> podsNow(String namespace) {
      asked++;
      return live;
    }

    @Override
    public Optional<Told> refusal(Job ofJob) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<String> log(String namespace, String pod, int lines, int bytes) {
      throw new UnsupportedOperationException();
    }
  }
}

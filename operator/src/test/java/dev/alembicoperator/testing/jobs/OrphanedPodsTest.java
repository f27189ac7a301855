package dev.alembicoperator.testing.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.alembicoperator.testing.RealApiServer;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Orphans need a real API server: the mock one knows no propagation policies. */
class OrphanedPodsTest {

  private static final String NAMESPACE = "orphans";

  @RegisterExtension static final RealApiServer.Shared SERVER = new RealApiServer.Shared();

  @Test
  void goOnWithoutTheirJob(@TempDir Path app) {
    KubernetesClient client = SERVER.get().client();
    SERVER.get().createNamespace(NAMESPACE);
    LocalImages images = new LocalImages();
    images.add("orders", app);
    try (LocalJobs jobs = LocalJobs.inNamespace(client, NAMESPACE, images, Timing.fast())) {
      Job job =
          client
              .resource(
                  new JobBuilder()
                      .withNewMetadata()
                      .withNamespace(NAMESPACE)
                      .withName("orphan")
                      .endMetadata()
                      .withNewSpec()
                      .withBackoffLimit(0)
                      .withNewTemplate()
                      .withNewSpec()
                      .withRestartPolicy("Never")
                      .addNewContainer()
                      .withName("migrate")
                      .withImage("orders")
                      .withCommand("sleep", "1000")
                      .endContainer()
                      .endSpec()
                      .endTemplate()
                      .endSpec()
                      .build())
              .create();
      await().until(() -> !jobs.running().isEmpty());

      client.resource(job).withPropagationPolicy(DeletionPropagation.ORPHAN).delete();

      await().until(() -> client.resource(job).get() == null);
      List<Pod> pods = client.pods().inNamespace(NAMESPACE).list().getItems();
      assertThat(pods).singleElement().matches(pod -> !pod.isMarkedForDeletion());
      assertThat(pods.getFirst().getMetadata().getOwnerReferences()).isEmpty();
      assertThat(jobs.running()).hasSize(1);
    }
  }
}

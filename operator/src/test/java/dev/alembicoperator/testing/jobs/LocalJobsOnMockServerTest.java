package dev.alembicoperator.testing.jobs;

import dev.alembicoperator.testing.MockCluster;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class LocalJobsOnMockServerTest extends LocalJobsContract {

  private static MockCluster cluster;
  private static int namespaces;

  @BeforeAll
  static void startCluster() {
    cluster = MockCluster.start();
  }

  @AfterAll
  static void stopCluster() {
    cluster.close();
  }

  @Override
  KubernetesClient connect() {
    return cluster.undisturbed();
  }

  @Override
  String createNamespace() {
    String name = "jobs-" + namespaces++;
    cluster.createNamespace(name);
    return name;
  }
}

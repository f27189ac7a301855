package dev.alembicoperator.testing.jobs;

import dev.alembicoperator.testing.RealApiServer;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

class LocalJobsOnRealApiServerTest extends LocalJobsContract {

  private static RealApiServer server;

  @RegisterExtension
  static final BeforeAllCallback SHARED_SERVER = context -> server = RealApiServer.shared(context);

  @Override
  KubernetesClient connect() {
    return server.client();
  }

  @Override
  String createNamespace() {
    return server.createNamespace("jobs");
  }
}

package dev.alembicoperator.testing.jobs;

import dev.alembicoperator.testing.MockCluster;
import dev.alembicoperator.testing.RealApiServer;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.UUID;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The two API servers that the fixture must work with, each started once per test run. */
final class ApiServers implements BeforeEachCallback {

  private ExtensionContext context;

  /** Which one. */
  enum Kind {
    MOCK,
    REAL
  }

  @Override
  public void beforeEach(ExtensionContext current) {
    context = current;
  }

  KubernetesClient client(Kind kind) {
    return switch (kind) {
      case MOCK -> mock().undisturbed();
      case REAL -> RealApiServer.Shared.of(context).client();
    };
  }

  /** Makes a namespace that nobody else uses. */
  String createNamespace(Kind kind) {
    String name = "jobs-" + UUID.randomUUID().toString().substring(0, 8);
    switch (kind) {
      case MOCK -> mock().createNamespace(name);
      case REAL -> RealApiServer.Shared.of(context).createNamespace(name);
    }
    return name;
  }

  private MockCluster mock() {
    return context
        .getRoot()
        .getStore(ExtensionContext.Namespace.create(ApiServers.class))
        .computeIfAbsent(MockCluster.class, key -> MockCluster.start(), MockCluster.class);
  }
}

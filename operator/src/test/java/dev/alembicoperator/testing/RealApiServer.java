package dev.alembicoperator.testing;

import static io.fabric8.kubeapitest.KubeAPIServerConfigBuilder.anAPIServerConfig;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real kube-apiserver with etcd and nothing else, and with the CRD applied. It takes seconds to
 * start, so all tests of a run share one: {@link Shared}. Namespaces keep them apart; none of them
 * can be deleted here, for lack of a controller.
 */
public final class RealApiServer implements AutoCloseable {

  private final KubeAPIServer server;
  private final KubernetesClient client;

  private RealApiServer(KubeAPIServer server, KubernetesClient client) {
    this.server = server;
    this.client = client;
  }

  /**
   * Gives a test the one server of the test run. The first test that asks starts it; it is stopped
   * after the last.
   *
   * <pre>{@code
   * @RegisterExtension static final RealApiServer.Shared API = new RealApiServer.Shared();
   * }</pre>
   */
  public static final class Shared implements BeforeAllCallback {

    private RealApiServer server;

    @Override
    public void beforeAll(ExtensionContext context) {
      server = of(context);
    }

    /** Returns the server. */
    public RealApiServer get() {
      return server;
    }

    /** Returns the server, for an extension that only sometimes needs it. */
    public static RealApiServer of(ExtensionContext context) {
      return shared(context);
    }
  }

  /** Returns the server of the test run, for an extension that only sometimes needs it. */
  public static RealApiServer shared(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(ExtensionContext.Namespace.create(RealApiServer.class))
        .computeIfAbsent(RealApiServer.class, key -> start(), RealApiServer.class);
  }

  /** Returns a client with all rights. */
  public KubernetesClient client() {
    return client;
  }

  /**
   * Creates a namespace. It lives as long as the server: nobody here could delete what is in it.
   */
  public void createNamespace(String name) {
    client
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .create();
  }

  /** Creates or replaces what a YAML text describes, as a user would. */
  public List<HasMetadata> apply(String yaml) {
    return Manifests.apply(client, yaml);
  }

  @Override
  public void close() {
    client.close();
    server.stop();
  }

  private static RealApiServer start() {
    String folder = Repository.run("apiserver");
    KubeAPIServer server =
        new KubeAPIServer(
            anAPIServerConfig()
                .withTestDir(folder)
                .withApiServerVersion(version(Path.of(folder)))
                .withOfflineMode(true)
                .withUpdateKubeConfig(false)
                .build());
    server.start();
    KubernetesClient client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(server.getKubeConfigYaml()))
            .build();
    var definition = CustomResourceDefinitions.load();
    client.resource(definition).createOr(NonDeletingOperation::update);
    client
        .apiextensions()
        .v1()
        .customResourceDefinitions()
        .withName(definition.getMetadata().getName())
        .waitUntilCondition(RealApiServer::isEstablished, 30, TimeUnit.SECONDS);
    return new RealApiServer(server, client);
  }

  private static boolean isEstablished(
      io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition definition) {
    return definition != null
        && definition.getStatus() != null
        && definition.getStatus().getConditions() != null
        && definition.getStatus().getConditions().stream()
            .anyMatch(condition ->
                condition.getType().equals("Established") && condition.getStatus().equals("True"));
  }

  /** The folder is named VERSION-OS-ARCH, with dashes in none of them. */
  private static String version(Path folder) {
    try (Stream<Path> versions = Files.list(folder.resolve("k8s"))) {
      return versions
          .map(version -> version.getFileName().toString().split("-", 2)[0])
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("No API server in " + folder));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot list " + folder, e);
    }
  }
}

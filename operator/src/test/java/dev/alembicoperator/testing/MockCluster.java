package dev.alembicoperator.testing;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMixedDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A mock API server in this process, with the CRD registered; over plain HTTP unless asked.
 *
 * <p>It has no schema, no defaults, no server-side apply, no strategic merge and no garbage
 * collection, and {@code PUT …/status} never conflicts: tests of optimistic locking must use a JSON
 * patch.
 */
public final class MockCluster implements AutoCloseable {

  /** Held, because java.util.logging forgets the level of a logger that nobody holds. */
  private final Logger requestLog = Logger.getLogger(MockWebServer.class.getName());

  private final DisturbedDispatcher dispatcher;
  private final KubernetesMockServer server;
  private final KubernetesClient client;
  private final KubernetesClient undisturbed;

  private MockCluster(boolean tls) {
    requestLog.setLevel(Level.WARNING);
    dispatcher = new DisturbedDispatcher(new KubernetesMixedDispatcher(new HashMap<>()));
    server =
        new KubernetesMockServer(
            new Context(), new MockWebServer(), new HashMap<>(), dispatcher, tls);
    if (tls) {
      server.init(address(), 0);
    } else {
      server.init();
    }
    client = newClient("operator");
    undisturbed = newClient(DisturbedDispatcher.UNDISTURBED);
  }

  /** Starts one. */
  public static MockCluster start() {
    return start(false);
  }

  /**
   * Starts one that speaks TLS, with a certificate that nobody signed, on a loopback address of its
   * own: the operator opens no database connection to the API server's.
   */
  public static MockCluster startWithTls() {
    return start(true);
  }

  private static MockCluster start(boolean tls) {
    MockCluster cluster = new MockCluster(tls);
    cluster.undisturbed.resource(CustomResourceDefinitions.load()).create();
    return cluster;
  }

  /**
   * Returns the operator's client: recorded, disturbed by {@link #faults()}, and without retries.
   */
  public KubernetesClient client() {
    return client;
  }

  /** Returns the client of everybody else: users, and the node that runs the Jobs. */
  public KubernetesClient undisturbed() {
    return undisturbed;
  }

  /** Returns what can go wrong. */
  public Faults faults() {
    return dispatcher.faults();
  }

  /** Returns every request of the operator so far, in the order of their answers. */
  public List<ApiRequest> requests() {
    return List.copyOf(dispatcher.requests());
  }

  /** Returns the writing requests of the operator so far, with their bodies. */
  public List<ApiRequest> writes() {
    return dispatcher.requests().stream().filter(ApiRequest::isWrite).toList();
  }

  /** Answers for the logs of pods, of which a mock server knows nothing: namespace, pod, text. */
  public void serveLogs(BiFunction<String, String, Optional<String>> logs) {
    dispatcher.serveLogs(new PodLogs(logs));
  }

  /** Creates a namespace. */
  public void createNamespace(String name) {
    undisturbed
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .create();
  }

  /** Creates or replaces what a YAML text describes, as a user would. */
  public List<HasMetadata> apply(String yaml) {
    return Manifests.apply(undisturbed, yaml);
  }

  @Override
  public void close() {
    client.close();
    undisturbed.close();
    server.destroy();
  }

  private static InetAddress address() {
    try {
      return InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  private KubernetesClient newClient(String userAgent) {
    return server.createClient(builder ->
        builder
            .editOrNewConfig()
            .withUserAgent(userAgent)
            .withRequestRetryBackoffLimit(0)
            .endConfig());
  }
}

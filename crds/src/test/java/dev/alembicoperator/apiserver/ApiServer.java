package dev.alembicoperator.apiserver;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A real API server (etcd and kube-apiserver, no nodes and no controllers) with our definition in
 * it, applied by the real kubectl.
 */
final class ApiServer implements AutoCloseable {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** The committed definition. */
  static final Path DEFINITION = ROOT.resolve("crds/databasemigrations.alembic-operator.dev.yaml");

  private final KubeAPIServer server;
  private final KubernetesClient client;
  private final Path kubectl;
  private final Path folder;

  private ApiServer(KubeAPIServer server, KubernetesClient client, Path kubectl, Path folder) {
    this.server = server;
    this.client = client;
    this.kubectl = kubectl;
    this.folder = folder;
  }

  /**
   * Starts one; the binaries are downloaded or built if need be, which can take minutes the first
   * time.
   */
  static ApiServer start() {
    Path binaries = binaries();
    KubeAPIServer server =
        new KubeAPIServer(
            KubeAPIServerConfigBuilder.anAPIServerConfig()
                .withTestDir(binaries.getParent().getParent().toString())
                .withApiServerVersion(version(binaries))
                .withOfflineMode(true)
                .withUpdateKubeConfig(false)
                .build());
    server.start();
    try {
      Path folder = Files.createTempDirectory("apiserver");
      Files.writeString(folder.resolve("kubeconfig"), server.getKubeConfigYaml());
      KubernetesClient client =
          new KubernetesClientBuilder()
              .withConfig(Config.fromKubeconfig(server.getKubeConfigYaml()))
              .build();
      ApiServer started = new ApiServer(server, client, binaries.resolve("kubectl"), folder);
      started.kubectl("apply", "-f", DEFINITION.toString()).orFail();
      // The last thing that the server has of a new definition, a moment after it serves it.
      Awaitility.await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> started.kubectl("explain", "dbm.spec").exitCode() == 0);
      return started;
    } catch (RuntimeException | IOException e) {
      server.stop();
      throw new IllegalStateException("the API server could not be prepared", e);
    }
  }

  /** A client with all rights. */
  KubernetesClient client() {
    return client;
  }

  /** A namespace of its own for one test class. */
  String newNamespace() {
    return client
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withGenerateName("test-")
                .endMetadata()
                .build())
        .create()
        .getMetadata()
        .getName();
  }

  /** Runs kubectl, with all rights, and waits for its end. */
  Output kubectl(String... arguments) {
    List<String> command =
        Stream.concat(
                Stream.of(
                    kubectl.toString(), "--kubeconfig", folder.resolve("kubeconfig").toString()),
                Stream.of(arguments))
            .toList();
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    // The cache of discovery and OpenAPI, which would remember another server's.
    builder.environment().put("KUBECACHEDIR", folder.resolve("cache").toString());
    return Output.of(builder);
  }

  @Override
  public void close() throws IOException {
    client.close();
    server.stop();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** What a command wrote, and how it ended. */
  record Output(String command, int exitCode, String out, String err) {

    static Output of(ProcessBuilder builder) {
      try {
        Path err = Files.createTempFile("stderr", ".txt");
        Process process = builder.redirectError(err.toFile()).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), UTF_8);
        int exitCode = process.waitFor();
        Output output =
            new Output(String.join(" ", builder.command()), exitCode, out, Files.readString(err));
        Files.delete(err);
        return output;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }

    Output orFail() {
      if (exitCode != 0) {
        throw new IllegalStateException(
            "%s ended with %d: %s%s".formatted(command, exitCode, out, err));
      }
      return this;
    }
  }

  private static Path binaries() {
    ProcessBuilder script =
        new ProcessBuilder(ROOT.resolve("config/dev/apiserver").toString())
            .directory(ROOT.toFile());
    Path folder = Path.of(Output.of(script).orFail().out().strip(), "k8s");
    try (Stream<Path> versions = Files.list(folder)) {
      return versions.findFirst().orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The folder's name is the version, the system and the architecture, joined by hyphens. */
  private static String version(Path binaries) {
    String name = binaries.getFileName().toString();
    return name.substring(0, name.indexOf('-'));
  }
}

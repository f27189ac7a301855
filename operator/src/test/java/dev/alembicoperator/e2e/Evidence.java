package dev.alembicoperator.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What is left of a test that failed, in a folder of its own below {@code target/e2e}: everything
 * but Secrets.
 */
final class Evidence {

  static final Path FOLDER = Path.of("target", "e2e");

  private final Path folder;

  Evidence(Class<?> test, String name) {
    this.folder =
        FOLDER.resolve(test.getSimpleName()).resolve(name.replaceAll("[^A-Za-z0-9]+", "-"));
  }

  /** Looks at the operator's namespace, and at the test's own. */
  void collect(Cluster cluster, List<String> namespaces) {
    List<String> all = new ArrayList<>(namespaces);
    all.add(Operator.NAMESPACE);
    for (String namespace : all) {
      namespace(cluster, namespace);
    }
    write("nodes.txt", cluster.run("kubectl", "describe", "nodes"));
    System.err.println("evidence: " + folder.toAbsolutePath());
  }

  void collect(Cluster cluster) {
    collect(cluster, List.of());
  }

  private void namespace(Cluster cluster, String namespace) {
    write(
        namespace + "/resources.yaml",
        kubectl(cluster, namespace, "get", "databasemigrations", "-o", "yaml"));
    write(
        namespace + "/workloads.yaml",
        kubectl(cluster, namespace, "get", "deployments,jobs,pods,services", "-o", "yaml"));
    write(
        namespace + "/events.txt",
        kubectl(cluster, namespace, "get", "events", "--sort-by=.metadata.creationTimestamp"));
    cluster.client().pods().inNamespace(namespace).list().getItems().stream()
        .map(p -> p.getMetadata().getName())
        .forEach(pod -> {
          write(
              namespace + "/" + pod + ".log",
              kubectl(cluster, namespace, "logs", pod, "--all-containers"));
          write(
              namespace + "/" + pod + ".previous.log",
              kubectl(cluster, namespace, "logs", pod, "--all-containers", "--previous"));
        });
  }

  private static Command.Result kubectl(Cluster cluster, String namespace, String... arguments) {
    List<String> command = new ArrayList<>(List.of("kubectl", "--namespace", namespace));
    command.addAll(List.of(arguments));
    return cluster.run(command.toArray(String[]::new));
  }

  private void write(String name, Command.Result result) {
    // A pod without a previous container, or one that never started, has nothing to tell.
    if (result.exitCode() != 0) {
      return;
    }
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, result.out());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

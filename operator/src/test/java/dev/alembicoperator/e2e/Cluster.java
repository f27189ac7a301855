package dev.alembicoperator.e2e;

import dev.alembicoperator.testing.Repository;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The cluster of {@code config/dev/cluster}, its PostgreSQL, and the tools of whoever administers
 * it.
 */
final class Cluster implements AutoCloseable {

  private final Map<String, String> environment;
  private final KubernetesClient client;
  private final ClusterPostgres postgres;

  private Cluster(Map<String, String> environment) {
    this.environment = environment;
    this.client =
        new KubernetesClientBuilder()
            .withConfig(Kubeconfig.read(Path.of(environment.get("KUBECONFIG"))))
            .build();
    this.postgres = ClusterPostgres.of(client);
  }

  /** Brings it up, or what is missing of it. */
  static Cluster up() {
    script("cluster", "up").orFail();
    List<String> lines =
        Command.run(
                Map.of(),
                "",
                List.of(
                    "bash",
                    "-c",
                    "eval \"$(\"$0\" env)\" && printf '%s\\n%s\\n' \"$KUBECONFIG\" \"$PATH\"",
                    path("cluster")))
            .orFail()
            .lines()
            .toList();
    return new Cluster(Map.of("KUBECONFIG", lines.get(0), "PATH", lines.get(1)));
  }

  /** Runs a script of {@code config/dev}; its progress is shown. */
  static Command.Result script(String name, String... arguments) {
    List<String> command = new ArrayList<>(List.of(path(name)));
    command.addAll(List.of(arguments));
    return Command.script(command);
  }

  private static String path(String script) {
    return Repository.root().resolve("config/dev").resolve(script).toString();
  }

  /** A client with all rights. */
  KubernetesClient client() {
    return client;
  }

  /** The PostgreSQL in the cluster. */
  ClusterPostgres postgres() {
    return postgres;
  }

  /** Runs kubectl, or another program that finds the cluster by KUBECONFIG. */
  Command.Result run(String... command) {
    // Not by name alone: Java looks names up in its own PATH, not in the one it passes on.
    return Command.run(environment, "", withEnv(command));
  }

  /** Applies YAML as users do. */
  void apply(String yaml) {
    tryApply(yaml).orFail();
  }

  /** Applies YAML that may be refused. */
  Command.Result tryApply(String yaml, String... options) {
    List<String> command = new ArrayList<>(List.of("kubectl", "apply", "-f", "-"));
    command.addAll(List.of(options));
    return Command.run(environment, yaml, withEnv(command.toArray(String[]::new)));
  }

  private static List<String> withEnv(String... command) {
    List<String> all = new ArrayList<>(List.of("/usr/bin/env"));
    all.addAll(List.of(command));
    return all;
  }

  /** Sees to a namespace in which the API server admits only restricted pods. */
  void restrictedNamespace(String name) {
    apply(
        """
        apiVersion: v1
        kind: Namespace
        metadata:
          name: %s
          labels: {pod-security.kubernetes.io/enforce: restricted}
        """
            .formatted(name));
  }

  @Override
  public void close() {
    client.close();
  }
}

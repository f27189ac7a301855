package dev.alembicoperator.e2e;

import dev.alembicoperator.testing.Repository;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The chart, in the hands of whoever administers the cluster. */
final class Helm {

  private static final String PATIENCE = "4m";

  private final Cluster cluster;

  Helm(Cluster cluster) {
    this.cluster = cluster;
  }

  /**
   * {@code helm upgrade --install}; returns when its pods are ready.
   *
   * @param values as {@code --set} takes them
   */
  Command.Result install(String release, String namespace, Map<String, String> values) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "helm",
                "upgrade",
                "--install",
                release,
                Repository.root().resolve("helm/alembic-operator").toString(),
                "--namespace",
                namespace,
                "--wait",
                "--timeout",
                PATIENCE));
    new TreeMap<>(values).forEach((k, v) -> command.addAll(List.of("--set", k + "=" + v)));
    return cluster.run(command.toArray(String[]::new));
  }

  Command.Result uninstall(String release, String namespace) {
    return cluster.run(
        "helm",
        "uninstall",
        release,
        "--namespace",
        namespace,
        "--ignore-not-found",
        "--wait",
        "--timeout",
        PATIENCE);
  }

  Command.Result test(String release, String namespace) {
    return cluster.run("helm", "test", release, "--namespace", namespace, "--timeout", PATIENCE);
  }
}

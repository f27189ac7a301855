package dev.alembicoperator.e2e;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import org.awaitility.Awaitility;

/**
 * What root on the pod's node can do. A container's first process takes no SIGKILL from its own
 * namespace (pid_namespaces(7)), so "kubectl exec" cannot kill it.
 */
final class Node {

  private static final String NAMESPACE = "default";

  private static final String KILL =
      """
      for p in /proc/[0-9]*; do
        grep -qs -e "$TARGET" -e "$(echo "$TARGET" | tr - _)" "$p/cgroup" || continue
        tr '\\0' ' ' < "$p/cmdline" | grep -q runner.pyz || continue
        kill -KILL "${p#/proc/}" && killed=yes
      done
      test -n "$killed"
      """;

  private final Cluster cluster;
  private final String image;

  /**
   * Works in pods of that image.
   *
   * @param image any that has a shell
   */
  Node(Cluster cluster, String image) {
    this.cluster = cluster;
    this.image = image;
  }

  /** Kills the processes of a migration's pod, and fails if there were none. */
  void sigkill(Pod pod) {
    String name = "kill-" + Long.toHexString(System.nanoTime());
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s, namespace: %s}
        spec:
          hostPID: true
          restartPolicy: Never
          nodeName: %s
          containers:
          - name: kill
            image: %s
            command: [sh, -c, %s]
            env: [{name: TARGET, value: %s}]
            securityContext: {runAsUser: 0}
        """
            .formatted(
                name,
                NAMESPACE,
                pod.getSpec().getNodeName(),
                image,
                quoted(KILL),
                pod.getMetadata().getUid()));
    try {
      Awaitility.await("SIGKILL is sent")
          .atMost(Shop.PATIENCE)
          .pollInterval(Duration.ofMillis(100))
          .until(() -> phase(name), p -> p.equals("Succeeded") || p.equals("Failed"));
      if (!phase(name).equals("Succeeded")) {
        throw new IllegalStateException(
            "no process of pod " + pod.getMetadata().getName() + " was killed");
      }
    } finally {
      cluster.client().pods().inNamespace(NAMESPACE).withName(name).withGracePeriod(0).delete();
    }
  }

  private String phase(String name) {
    Pod pod = cluster.client().pods().inNamespace(NAMESPACE).withName(name).get();
    return pod.getStatus() == null ? "" : String.valueOf(pod.getStatus().getPhase());
  }

  /** As a YAML text in double quotes, which is the same as JSON's. */
  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}

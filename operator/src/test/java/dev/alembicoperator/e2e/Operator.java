package dev.alembicoperator.e2e;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** The operator that all tests share, installed by Helm in a restricted namespace of its own. */
final class Operator {

  static final String NAMESPACE = "alembic-operator";
  static final String RELEASE = "alembic-operator";
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Cluster cluster;
  private final Helm helm;
  private final Images images;
  private boolean installed;

  Operator(Cluster cluster, Helm helm, Images images) {
    this.cluster = cluster;
    this.helm = helm;
    this.images = images;
  }

  /** Installs it if it is not there as tests expect it. */
  synchronized void ensureInstalled() {
    if (!installed) {
      cluster.restrictedNamespace(NAMESPACE);
      install(Map.of()).orFail();
    }
  }

  /** Installs or upgrades it with more values; without any it is as tests expect it. */
  synchronized Command.Result install(Map<String, String> more) {
    installed = false;
    Map<String, String> values = values();
    values.putAll(more);
    Command.Result result = helm.install(RELEASE, NAMESPACE, values);
    installed = more.isEmpty() && result.exitCode() == 0;
    return result;
  }

  /** What every installation of a test needs: the image that was built, and a short interval. */
  Map<String, String> values() {
    Images.Image image = images.operator();
    Map<String, String> values = new HashMap<>();
    values.put("image.repository", image.repository());
    values.put("image.digest", image.digest());
    values.put("checkInterval", "PT10S");
    return values;
  }

  Helm helm() {
    return helm;
  }

  synchronized void uninstall() {
    installed = false;
    helm.uninstall(RELEASE, NAMESPACE).orFail();
  }

  /** Its pods, newest first, without those that are ending. */
  List<Pod> pods() {
    return pods(NAMESPACE);
  }

  List<Pod> pods(String namespace) {
    return cluster
        .client()
        .pods()
        .inNamespace(namespace)
        .withLabel("app.kubernetes.io/name", "alembic-operator")
        .list()
        .getItems()
        .stream()
        .filter(p -> p.getMetadata().getDeletionTimestamp() == null)
        .sorted((a, b) ->
            b.getMetadata()
                .getCreationTimestamp()
                .compareTo(a.getMetadata().getCreationTimestamp()))
        .toList();
  }

  /** The newest pod's, as databases see it. */
  String address() {
    return pods().getFirst().getStatus().getPodIP();
  }

  /** Deletes its pods at once, as a node that dies does, and waits for the next to be ready. */
  void kill() {
    List<String> before = pods().stream().map(p -> p.getMetadata().getName()).toList();
    before.forEach(name ->
        cluster.client().pods().inNamespace(NAMESPACE).withName(name).withGracePeriod(0).delete());
    awaitOthers(before);
  }

  /** "kubectl rollout restart", and waits for the next to be ready. */
  void restart() {
    List<String> before = pods().stream().map(p -> p.getMetadata().getName()).toList();
    cluster
        .run("kubectl", "rollout", "restart", "deployment/" + RELEASE, "--namespace", NAMESPACE)
        .orFail();
    awaitOthers(before);
  }

  private void awaitOthers(List<String> before) {
    Awaitility.await("another operator is ready")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(() ->
            pods().stream().noneMatch(p -> before.contains(p.getMetadata().getName()))
                && pods().stream().anyMatch(Operator::ready));
  }

  static boolean ready(Pod pod) {
    return pod.getStatus() != null
        && pod.getStatus().getConditions().stream()
            .anyMatch(c -> "Ready".equals(c.getType()) && "True".equals(c.getStatus()));
  }

  String logs() {
    return cluster
        .run("kubectl", "logs", "deployment/" + RELEASE, "--namespace", NAMESPACE)
        .orFail();
  }

  /** What Prometheus would be told. */
  String metrics() {
    return cluster
        .client()
        .raw(
            "/api/v1/namespaces/%s/services/%s-metrics:http/proxy/metrics"
                .formatted(NAMESPACE, RELEASE));
  }
}

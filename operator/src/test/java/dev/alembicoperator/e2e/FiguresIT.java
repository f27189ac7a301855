package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.e2e.Images.Image;
import io.fabric8.kubernetes.api.model.ContainerImage;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.WatchAndWaitable;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What the operator costs, beside doing the same without it, in the same run. */
@Alone
@EndToEnd
class FiguresIT {

  private static final int RUNS = 5;
  private static final Pattern STARTED = Pattern.compile("started in (\\d+) ms");

  @Test
  void besideABareJob(Shop shop, Figures figures) throws Exception {
    Image image = shop.image("orders", "1", shop.project().revisions(1, 5));
    List<Duration> ready = new ArrayList<>();
    List<Duration> terminated = new ArrayList<>();
    List<Duration> complete = new ArrayList<>();
    // The first of each pulls the image, fills caches, and is not counted.
    for (int run = 0; run <= RUNS; run++) {
      bareJob(shop, image, "bare-" + run, terminated, complete);
      ready.add(migration(shop, image, "orders-" + run));
    }

    figures.add("five revisions, a bare Job's container has terminated", median(terminated));
    figures.add("five revisions, the resource is Ready", median(ready));
    figures.add("five revisions, a bare Job is Complete", median(complete));
    figures.add("Ready, to a bare container's end of the same round", ratios(ready, terminated));
    figures.add("Ready, to a bare Job's Complete of the same round", ratios(ready, complete));
    // Of another order than what it is measured beside would be a defect; the rest is for reading.
    assertThat(middle(seconds(ready))).isLessThan(5 * middle(seconds(complete)));
  }

  private static Duration migration(Shop shop, Image image, String name) throws Exception {
    shop.database(name);
    DatabaseMigration resource =
        Serialization.unmarshal(
            Shop.smallest(shop.namespace(), name, image.tagged()), DatabaseMigration.class);
    KubernetesClient client = shop.client();
    CompletableFuture<Long> ready = new CompletableFuture<>();
    try (Watch _ =
        watch(
            client.resources(DatabaseMigration.class).inNamespace(shop.namespace()).withName(name),
            r -> "True".equals(Shop.ready(statusOf(r))),
            ready)) {
      long start = System.nanoTime();
      client.resource(resource).create();
      return since(start, ready);
    }
  }

  private static DatabaseMigrationStatus statusOf(DatabaseMigration r) {
    return r.getStatus() == null ? DatabaseMigrationStatus.empty() : r.getStatus();
  }

  private static void bareJob(
      Shop shop, Image image, String name, List<Duration> terminated, List<Duration> complete)
      throws Exception {
    shop.database(name);
    Job job =
        Serialization.unmarshal(
            """
            apiVersion: batch/v1
            kind: Job
            metadata: {name: %1$s, namespace: %2$s}
            spec:
              backoffLimit: 0
              template:
                metadata: {labels: {bare: %1$s}}
                spec:
                  restartPolicy: Never
                  automountServiceAccountToken: false
                  enableServiceLinks: false
                  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
                  containers:
                  - name: migrate
                    image: %3$s
                    command: [alembic, upgrade, head]
                    env:
                    - {name: DATABASE_URL, valueFrom: {secretKeyRef: {name: %1$s-db, key: url}}}
                    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
            """
                .formatted(name, shop.namespace(), image.tagged()),
            Job.class);
    KubernetesClient client = shop.client();
    CompletableFuture<Long> ended = new CompletableFuture<>();
    CompletableFuture<Long> done = new CompletableFuture<>();
    try (Watch _ =
            watch(
                client.pods().inNamespace(shop.namespace()).withLabel("bare", name),
                FiguresIT::succeeded,
                ended);
        Watch _ =
            watch(
                client.batch().v1().jobs().inNamespace(shop.namespace()).withName(name),
                FiguresIT::complete,
                done)) {
      long start = System.nanoTime();
      client.resource(job).create();
      terminated.add(since(start, ended));
      complete.add(since(start, done));
    }
  }

  private static boolean succeeded(Pod pod) {
    return pod.getStatus() != null
        && pod.getStatus().getContainerStatuses().stream()
            .map(c -> c.getState())
            .filter(Objects::nonNull)
            .map(ContainerState::getTerminated)
            .filter(Objects::nonNull)
            .anyMatch(t -> t.getExitCode() == 0);
  }

  private static boolean complete(Job job) {
    return job.getStatus() != null
        && job.getStatus().getConditions().stream()
            .anyMatch(c -> "Complete".equals(c.getType()) && "True".equals(c.getStatus()));
  }

  /** Notes the moment at which somebody who watches first sees it. */
  private static <T extends HasMetadata> Watch watch(
      WatchAndWaitable<T> what, Predicate<T> until, CompletableFuture<Long> when) {
    return what.watch(
        new Watcher<>() {
          @Override
          public void eventReceived(Action action, T resource) {
            if (until.test(resource)) {
              when.complete(System.nanoTime());
            }
          }

          @Override
          public void onClose(WatcherException cause) {
            when.completeExceptionally(cause);
          }
        });
  }

  private static Duration since(long start, CompletableFuture<Long> end) throws Exception {
    return Duration.ofNanos(end.get(Shop.PATIENCE.toSeconds(), TimeUnit.SECONDS) - start);
  }

  private static String median(List<Duration> all) {
    List<Double> s = seconds(all);
    return "%.2f s (median of %d; %.2f to %.2f)"
        .formatted(middle(s), s.size(), Collections.min(s), Collections.max(s));
  }

  private static String ratios(List<Duration> some, List<Duration> others) {
    List<Double> a = seconds(some);
    List<Double> b = seconds(others);
    List<Double> ratios = IntStream.range(0, a.size()).mapToObj(i -> a.get(i) / b.get(i)).toList();
    return "%.2f (median of %d; %.2f to %.2f)"
        .formatted(middle(ratios), ratios.size(), Collections.min(ratios), Collections.max(ratios));
  }

  private static double middle(List<Double> all) {
    return all.stream().sorted().toList().get(all.size() / 2);
  }

  /** Without the first. */
  private static List<Double> seconds(List<Duration> all) {
    return all.stream().skip(1).map(d -> d.toNanos() / 1e9).toList();
  }

  @Test
  void theOperatorItself(Cluster cluster, Operator operator, Figures figures) throws IOException {
    operator.ensureInstalled();
    operator.restart();
    Pod pod = operator.pods().getFirst();

    Matcher started = STARTED.matcher(operator.logs());
    assertThat(started.find()).as("the log says how long the start took").isTrue();
    figures.add("operator, from process start to ready", started.group(1) + " ms");
    imageSize(cluster, pod)
        .ifPresent(size -> figures.add("operator, image as pulled", megabytes(size)));
    figures.add("operator, resident memory after start", megabytes(residentMemory(cluster, pod)));
  }

  /** Absent where the node has many larger ones: it tells its 50 largest. */
  private static Optional<Long> imageSize(Cluster cluster, Pod pod) {
    String image = pod.getSpec().getContainers().getFirst().getImage();
    return cluster.client().nodes().list().getItems().stream()
        .flatMap(n -> n.getStatus().getImages().stream())
        .filter(i -> i.getNames().contains(image))
        .findFirst()
        .map(ContainerImage::getSizeBytes);
  }

  /** As the kubelet accounts it; it does so every few seconds. */
  private static long residentMemory(Cluster cluster, Pod pod) throws IOException {
    ObjectMapper json = new ObjectMapper();
    String path = "/api/v1/nodes/%s/proxy/stats/summary".formatted(pod.getSpec().getNodeName());
    List<Long> found = new ArrayList<>();
    Awaitility.await("the kubelet's account")
        .atMost(Shop.PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> {
          for (JsonNode p : json.readTree(cluster.client().raw(path)).path("pods")) {
            JsonNode memory = p.path("containers").path(0).path("memory");
            if (p.path("podRef").path("name").asText().equals(pod.getMetadata().getName())
                && memory.path("rssBytes").asLong() > 0) {
              found.add(memory.path("rssBytes").asLong());
            }
          }
          return !found.isEmpty();
        });
    return found.getFirst();
  }

  private static String megabytes(long bytes) {
    return "%.0f MB".formatted(bytes / 1e6);
  }
}

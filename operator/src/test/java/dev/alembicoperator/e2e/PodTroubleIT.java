package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BiConsumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Scenario 30: whatever keeps a pod from its work, or takes it away, is told as what it is. */
@EndToEnd
class PodTroubleIT {

  /** For trouble that the cluster knows at once; generous, since machines of tests are busy. */
  private static final Duration SECONDS = Duration.ofSeconds(40);

  private static final Duration LONG = Duration.ofSeconds(60);

  @Test
  void anImageThatDoesNotExistIsToldAndItsCorrectionHealsAtOnce(Shop shop, Figures figures) {
    Database database = shop.database("orders");
    Image image = shop.image("orders", "1", shop.project().revisions(1, 2));

    Instant applied = Instant.now();
    shop.apply("orders", image.repository() + ":no-such-tag");
    DatabaseMigrationStatus told = told(shop, "orders", "ImageUnavailable");
    figures.add("image that does not exist, told after", since(applied));
    assertThat(Shop.message(told)).contains("spec.image");

    Instant corrected = Instant.now();
    shop.apply("orders", image);
    DatabaseMigrationStatus status = shop.awaitReady("orders");

    figures.add("its correction, Ready after", since(corrected));
    assertThat(Duration.between(corrected, Instant.now())).isLessThan(SECONDS);
    assertThat(status.attempt().number()).isEqualTo(2);
    assertThat(status.history()).hasSize(1);
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void aQuotaThatRefusesThePodIsNamed(Shop shop) {
    Database database = shop.database("orders");
    kubectl(shop, "create", "quota", "no-more-pods", "--hard=pods=0");

    shop.apply("orders", shop.image("orders", "1", shop.project().revisions(1, 2)));
    DatabaseMigrationStatus told = told(shop, "orders", "PodRejected");
    assertThat(Shop.message(told)).contains("exceeded quota: no-more-pods").contains("Raise");

    kubectl(shop, "delete", "quota", "no-more-pods");
    assertThat(shop.awaitReady("orders").attempt().number()).isOne();
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void aPodThatNoNodeTakesIsTold(Shop shop) {
    Database database = shop.database("orders");
    Image image = shop.image("orders", "1", shop.project().revisions(1, 2));

    shop.apply("orders", image, "pod: {nodeSelector: {disk: golden}}");
    DatabaseMigrationStatus told = told(shop, "orders", "PodRejected");
    assertThat(Shop.message(told)).contains("Unschedulable").contains("nodeSelector");

    shop.apply("orders", image);
    shop.awaitReady("orders");
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void aRunThatNeedsMoreMemoryThanItsLimitIsToldAndTriedOnceMore(Shop shop) {
    Database database = shop.database("orders");
    Image image =
        shop.image(
            "orders",
            "1",
            shop.project()
                .revision(1, "op.execute('CREATE TABLE t1 (id integer)')")
                .revision(2, "much = b'x' * 400_000_000"));

    shop.apply("orders", image, "pod: {resources: {limits: {memory: 192Mi}}}");
    DatabaseMigrationStatus told =
        shop.await(
            "orders",
            s -> Shop.reason(s).equals("OutOfMemory") && Shop.has(s, "Stalled"),
            "OutOfMemory for good",
            Shop.PATIENCE);
    assertThat(Shop.message(told)).contains("spec.pod.resources.limits.memory");
    assertThat(told.attempt().number()).isEqualTo(2);
    assertThat(shop.tables(database)).isEmpty();

    shop.apply("orders", image, "pod: {resources: {limits: {memory: 1Gi}}}");
    shop.awaitReady("orders");
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void aJobThatSomebodyDeletesWhileItRunsIsTriedOnceMore(Shop shop) {
    takenAway(shop, "JobLost", (name, pod) -> kubectl(shop, "delete", "job", name, "--wait=false"));
  }

  @Test
  void aPodThatSomebodyDeletesWhileItRunsIsTriedOnceMore(Shop shop) {
    takenAway(
        shop,
        "JobLost",
        (name, pod) -> kubectl(shop, "delete", "pod", pod.getMetadata().getName(), "--wait=false"));
  }

  @Test
  void aFinishedJobMayGo(Shop shop) {
    Database database = shop.database("orders");
    shop.apply("orders", shop.image("orders", "1", shop.project().revisions(1, 2)));
    DatabaseMigrationStatus before = shop.awaitReady("orders");

    kubectl(
        shop,
        "patch",
        "job/" + before.attempt().job(),
        "--type=merge",
        "-p",
        "{\"spec\": {\"ttlSecondsAfterFinished\": 0}}");
    Awaitility.await("the controller of finished Jobs")
        .atMost(Shop.PATIENCE)
        .until(() -> shop.jobs().isEmpty());
    shop.settle();

    assertThat(shop.jobs()).isEmpty();
    assertThat(Shop.ready(shop.status("orders"))).isEqualTo("True");
    assertThat(shop.status("orders").attempt()).isEqualTo(before.attempt());
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void anEvictionIsToldAndTriedOnceMore(Shop shop) {
    takenAway(
        shop,
        "Evicted",
        (name, pod) ->
            assertThat(
                    shop.client()
                        .pods()
                        .inNamespace(shop.namespace())
                        .withName(pod.getMetadata().getName())
                        .evict())
                .isTrue());
  }

  /**
   * In a long statement; the second attempt finds none, and the data tell that it was the only one.
   */
  private static void takenAway(Shop shop, String reason, BiConsumer<String, Pod> away) {
    Database database = shop.database("orders");
    LongRun run = LongRun.in(shop, database, LONG);
    shop.apply(
        "orders",
        shop.image("orders", "1", shop.project().revisions(1, 1).revision(2, LongRun.PAUSE)));
    run.awaitStatement("orders");
    run.lasting(Duration.ZERO);
    String job = shop.status("orders").attempt().job();

    away.accept(job, shop.pods().getFirst());
    DatabaseMigrationStatus status = shop.awaitReady("orders");

    assertThat(status.attempt().number()).isEqualTo(2);
    assertThat(status.history())
        .extracting(HistoryEntry::outcome)
        .containsExactly(Outcome.Succeeded, Outcome.Lost);
    assertThat(status.history().getLast().reason()).isEqualTo(reason);
    assertThat(status.history().getLast().to()).isEmpty();
    assertThat(shop.audit(database)).isEqualTo(List.of("0001", "0002"));
    assertThat(shop.watcher().reasons("orders")).contains(reason);
  }

  private static DatabaseMigrationStatus told(Shop shop, String name, String reason) {
    return shop.await(name, s -> Shop.reason(s).equals(reason), "reason " + reason, SECONDS);
  }

  private static void kubectl(Shop shop, String... arguments) {
    String[] command = new String[arguments.length + 3];
    command[0] = "kubectl";
    command[1] = "--namespace";
    command[2] = shop.namespace();
    System.arraycopy(arguments, 0, command, 3, arguments.length);
    shop.cluster().run(command).orFail();
  }

  private static String since(Instant then) {
    Duration d = Duration.between(then, Instant.now());
    return "%d.%01d s".formatted(d.toSeconds(), d.toMillisPart() / 100);
  }
}

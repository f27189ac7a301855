package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.health.HealthServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The operator as a process: its health and metrics over HTTP, and its end. */
class OperatorProcessTest {

  private static final Duration PATIENCE = Duration.ofSeconds(40);

  /**
   * Pools that clients share and that end by themselves, the fixture's processes, the JDK's own.
   */
  private static final String NOT_THE_OPERATORS =
      ".*pool-[0-9]+-thread-[0-9]+|HttpClient-.*|ForkJoinPool.*|process reaper.*|local-jobs.*"
          + "|CachedSingleThreadScheduler.*|PostgreSQL-JDBC-Cleaner|.*-Updater|VirtualThread-.*"
          + "|(Read|Write)-Poller|log:.*|vert\\.x-.*|awaitility.*";

  private final World world = World.start();
  private final HttpClient http = HttpClient.newHttpClient();

  @AfterEach
  void close() {
    http.close();
    world.close();
  }

  @Test
  void itTellsItsHealthAndItsMetrics() throws Exception {
    world.database("orders");
    world.image("example/app:1", world.project().revisions(1, 2)).apply("orders", "example/app:1");
    world.apply("lost", "example/app:1");
    try (HealthServer health = health()) {
      assertThat(get(health, "/livez").statusCode()).isEqualTo(200);
      assertThat(get(health, "/readyz").statusCode()).isEqualTo(200);
      assertThat(get(health, "/readyz").body()).isEqualTo("ok\n");
      assertThat(get(health, "/nothing").statusCode()).isEqualTo(404);

      world.awaitReady("orders");
      world.awaitReason("lost", "SecretNotFound");
      HttpResponse<String> metrics = get(health, "/metrics");
      assertThat(metrics.headers().firstValue("Content-Type").orElse(""))
          .startsWith("text/plain; version=0.0.4");
      assertThat(metrics.body().lines())
          .contains("alembic_operator_ready{name=\"orders\",namespace=\"shop\"} 1.0")
          .contains("alembic_operator_ready{name=\"lost\",namespace=\"shop\"} 0.0")
          .contains("alembic_operator_stalled{name=\"orders\",namespace=\"shop\"} 0.0")
          .contains("alembic_operator_pending_revisions{name=\"orders\",namespace=\"shop\"} 0.0")
          .anyMatch(l -> l.matches("alembic_operator_attempts_total\\{.*Succeeded.*} 1.0"))
          .anyMatch(l -> l.matches("alembic_operator_attempt_duration_seconds_count\\{.*} 1"));

      world.user().resource(world.get("orders")).delete();
      Awaitility.await("the series of what is gone")
          .atMost(PATIENCE)
          .until(() -> !get(health, "/metrics").body().contains("name=\"orders\""));
    }
  }

  @Test
  void itIsNotReadyWhenItIsStopped() throws Exception {
    try (HealthServer health = health()) {
      world.operator().close();
      assertThat(get(health, "/readyz").statusCode()).isEqualTo(503);
    }
  }

  @Test
  void anApiServerThatIsAwayIsNoReasonToBeRestarted() throws Exception {
    try (HealthServer health = health()) {
      world.cluster().faults().goAway();
      assertThat(get(health, "/livez").statusCode()).isEqualTo(200);
      world.cluster().faults().comeBack();
    }
  }

  @Test
  void itStopsInSecondsWhileARunGoesOnAndLeavesNothingBehind() {
    Set<Thread> before = threads();
    world.stopOperator();
    world.startOperator();
    world.database("orders");
    world.image(
        "example/slow:1",
        world.project().revisions(1, 1).revision(2, "op.execute('SELECT pg_sleep(3)')"));
    world.apply("orders", "example/slow:1");
    world.awaitReason("orders", "Running");

    Instant begin = Instant.now();
    world.stopOperator();
    assertThat(Duration.between(begin, Instant.now())).isLessThan(Duration.ofSeconds(8));
    assertThat(world.jobs().running()).as("the run goes on").hasSize(1);
    Awaitility.await("the operator's threads to end")
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(begun(before)).isEmpty());

    world.startOperator();
    world.awaitReady("orders");
    assertThat(world.jobsStarted()).isOne();
  }

  private HealthServer health() throws IOException {
    return new HealthServer(
        0, () -> world.operator().live(), () -> world.operator().ready(), world::metrics);
  }

  private HttpResponse<String> get(HealthServer health, String path)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(health.port(), path)))
            .timeout(Duration.ofSeconds(10))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** The names of threads that were not there before and that belong to no part of the test. */
  private static Set<String> begun(Set<Thread> before) {
    return threads().stream()
        .filter(t -> !before.contains(t) && t.isAlive())
        .map(Thread::getName)
        .filter(name -> !name.matches(NOT_THE_OPERATORS))
        .collect(Collectors.toSet());
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet();
  }
}

package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * Scenarios 19, 21 and 22, and a leader that dies: processes end without a word or are one too
 * many, and the data are changed once.
 */
@Alone
@EndToEnd
class KilledIT {

  private static final Duration WHILE = Duration.ofSeconds(15);

  /** For tests that end the run themselves. */
  private static final Duration LONG = Duration.ofSeconds(90);

  @Test
  void noSecondRunWhileTheKilledOnesBackendLives(Shop shop) {
    Database database = shop.database("orders");
    LongRun run = LongRun.in(shop, database, LONG);
    Image image =
        shop.image(
            "orders",
            "1",
            shop.project()
                .revisions(1, 1)
                // As on servers before PostgreSQL 14, which do not notice that the client is gone.
                .revision(
                    2,
                    "op.execute('SET LOCAL client_connection_check_interval = 0')\n"
                        + LongRun.PAUSE));
    shop.apply("orders", image);
    String backend = run.awaitStatement("orders");
    run.lasting(Duration.ZERO);

    new Node(shop.cluster(), image.tagged()).sigkill(shop.pods().getFirst());
    shop.await(
        "orders",
        s -> Shop.message(s).contains("its session (pid " + backend + ") still works"),
        "the session that is waited for",
        Shop.PATIENCE);
    shop.settle();
    assertThat(run.sessions("orders")).containsExactly(backend);
    assertThat(shop.jobs()).hasSize(1);
    assertThat(shop.status("orders").attempt().number()).isOne();

    shop.query(database, "SELECT pg_terminate_backend(%s)".formatted(backend));
    DatabaseMigrationStatus status = shop.awaitReady("orders");
    assertThat(status.attempt().number()).isEqualTo(2);
    assertThat(status.history())
        .extracting(HistoryEntry::outcome)
        .containsExactly(Outcome.Succeeded, Outcome.Lost);
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void anOperatorThatIsKilledFindsItsRunsAgain(Shop shop, Operator operator) {
    Database running = shop.database("running");
    Database created = shop.database("created");
    LongRun run = LongRun.in(shop, running, WHILE);
    Image image = shop.image("created", "1", shop.project().revisions(1, 3));
    shop.apply(
        "running",
        shop.image("running", "1", shop.project().revisions(1, 1).revision(2, LongRun.PAUSE)));
    run.awaitStatement("running");
    shop.apply("created", image);
    Awaitility.await("the Job")
        .atMost(Shop.PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> !shop.jobsOf("created").isEmpty());

    operator.kill();

    oneRun(shop, "created", created, "0001", "0002", "0003");
    oneRun(shop, "running", running, "0001", "0002");
  }

  @Test
  void aRunThatEndsWhileThereIsNoOperatorIsJudgedByTheNext(Shop shop, Operator operator) {
    Database database = shop.database("orders");
    LongRun run = LongRun.in(shop, database, WHILE);
    shop.apply(
        "orders",
        shop.image("orders", "1", shop.project().revisions(1, 1).revision(2, LongRun.PAUSE)));
    run.awaitStatement("orders");
    scale(shop, 0);
    try {
      Awaitility.await("the run's end")
          .atMost(Shop.PATIENCE)
          .until(() -> "Succeeded".equals(shop.pods().getFirst().getStatus().getPhase()));
      assertThat(Shop.reason(shop.status("orders"))).isNotEqualTo("UpToDate");
    } finally {
      scale(shop, 1);
    }

    oneRun(shop, "orders", database, "0001", "0002");
    assertThat(operator.pods()).hasSize(1);
  }

  @Test
  void theStandbyTakesTheDeadLeadersRunOver(Shop shop, Operator operator) {
    Database database = shop.database("orders");
    LongRun run = LongRun.in(shop, database, WHILE);
    Image image =
        shop.image("orders", "1", shop.project().revisions(1, 1).revision(2, LongRun.PAUSE));
    operator.install(Map.of("replicas", "2", "leaderElection", "true")).orFail();
    try {
      shop.apply("orders", image);
      run.awaitStatement("orders");
      String leader = leader(shop);

      shop.client()
          .pods()
          .inNamespace(Operator.NAMESPACE)
          .withName(leader)
          .withGracePeriod(0)
          .delete();

      oneRun(shop, "orders", database, "0001", "0002");
      assertThat(leader(shop)).isNotEqualTo(leader);
    } finally {
      operator.install(Map.of()).orFail();
    }
  }

  /** Scenario 22: what two see at the same moment, only one of them does. */
  @Test
  void twoOperatorsThatBothBelieveTheyLeadMakeOneRun(Shop shop) {
    List<String> names = IntStream.rangeClosed(1, 4).mapToObj(n -> "orders-" + n).toList();
    List<Database> databases = names.stream().map(shop::database).toList();
    Image first = shop.image("orders", "1", shop.project().revisions(1, 2));
    Image second = shop.image("orders", "2", shop.project().revisions(1, 4));
    scale(shop, 2);
    try {
      names.forEach(name -> shop.apply(name, first));
      names.forEach(shop::awaitReady);
      names.forEach(name -> shop.apply(name, second));
      names.forEach(shop::awaitReady);
      shop.settle();
    } finally {
      scale(shop, 1);
    }

    for (int i = 0; i < names.size(); i++) {
      DatabaseMigrationStatus status = shop.status(names.get(i));
      assertThat(shop.audit(databases.get(i))).containsExactly("0001", "0002", "0003", "0004");
      assertThat(status.attempt().number()).isEqualTo(2);
      assertThat(status.history())
          .extracting(HistoryEntry::outcome)
          .containsExactly(Outcome.Succeeded, Outcome.Succeeded);
      assertThat(Shop.reason(status)).isEqualTo("UpToDate");
    }
    assertThat(shop.jobs()).hasSize(2 * names.size());
  }

  /** One Job, one attempt, each revision once, and the right status. */
  private static void oneRun(Shop shop, String name, Database database, String... revisions) {
    DatabaseMigrationStatus status = shop.awaitReady(name);
    shop.settle();
    assertThat(shop.audit(database)).containsExactly(revisions);
    assertThat(shop.jobsOf(name)).hasSize(1);
    assertThat(status.attempt().number()).isOne();
    assertThat(status.history()).hasSize(1);
    assertThat(status.history().getFirst().outcome()).isEqualTo(Outcome.Succeeded);
    assertThat(status.history().getFirst().revisions()).hasSize(revisions.length);
    assertThat(shop.status(name).history()).isEqualTo(status.history());
  }

  /** Who holds the lease. */
  private static String leader(Shop shop) {
    Lease lease =
        shop.client().leases().inNamespace(Operator.NAMESPACE).withName("alembic-operator").get();
    return lease.getSpec().getHolderIdentity();
  }

  private static void scale(Shop shop, int replicas) {
    shop.cluster()
        .run(
            "kubectl",
            "--namespace",
            Operator.NAMESPACE,
            "scale",
            "deployment/" + Operator.RELEASE,
            "--replicas=" + replicas)
        .orFail();
    Awaitility.await(replicas + " operators")
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> {
          List<Pod> all =
              shop.client()
                  .pods()
                  .inNamespace(Operator.NAMESPACE)
                  .withLabel("app.kubernetes.io/name", "alembic-operator")
                  .list()
                  .getItems();
          return all.size() == replicas && all.stream().allMatch(Operator::ready);
        });
  }
}

package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Scenario 25: the database is away. */
@Alone
@EndToEnd
class DatabaseAwayIT {

  private static final String NAMESPACE = "databases";
  private static final Duration LONG = Duration.ofSeconds(60);

  @Test
  void aDatabaseThatIsNotThereYetIsWaitedForWithoutAPod(Shop shop) {
    Database database = shop.database("orders");
    Image image = shop.image("orders", "1", shop.project().revisions(1, 2));
    scale(shop, 0);
    try {
      shop.apply("orders", image);
      shop.awaitReason("orders", "WaitingForDatabase");
      shop.settle();
      assertThat(shop.jobs()).isEmpty();
      assertThat(Shop.has(shop.status("orders"), "Reconciling")).isTrue();
    } finally {
      scale(shop, 1);
    }

    DatabaseMigrationStatus status = shop.awaitReady("orders");
    assertThat(status.attempt().number()).isOne();
    assertThat(status.retries()).isNull();
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void aRestartInTheMidstOfARunIsRolledBackAndRunAgain(Shop shop) {
    Database database = shop.database("orders");
    LongRun run = LongRun.in(shop, database, LONG);
    shop.apply(
        "orders",
        shop.image("orders", "1", shop.project().revisions(1, 1).revision(2, LongRun.PAUSE)));
    run.awaitStatement("orders");
    run.lasting(Duration.ZERO);

    restart(shop);

    DatabaseMigrationStatus status = shop.awaitReady("orders");
    assertThat(status.retries()).as("no try is burnt").isNull();
    assertThat(status.history().getLast().outcome()).isNotEqualTo(Outcome.Succeeded);
    assertThat(status.history().getFirst().outcome()).isEqualTo(Outcome.Succeeded);
    assertThat(shop.watcher().reasons("orders")).contains("WaitingForDatabase");
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void aRestartDoesNotTurnAnIdleResource(Shop shop) {
    shop.database("orders");
    shop.apply("orders", shop.image("orders", "1", shop.project().revisions(1, 2)));
    shop.awaitReady("orders");

    restart(shop);
    shop.settle();

    assertThat(shop.watcher().reasons("orders")).containsOnlyOnce("UpToDate").endsWith("UpToDate");
    assertThat(shop.jobs()).hasSize(1);
  }

  private static Pod postgres(Shop shop) {
    return postgresPods(shop).getFirst();
  }

  private static List<Pod> postgresPods(Shop shop) {
    return shop.client()
        .pods()
        .inNamespace(NAMESPACE)
        .withLabel("app", "postgres")
        .list()
        .getItems();
  }

  /** Its data stay; its address changes. */
  private static void restart(Shop shop) {
    shop.client()
        .pods()
        .inNamespace(NAMESPACE)
        .withName(postgres(shop).getMetadata().getName())
        .withGracePeriod(0)
        .delete();
    awaitPostgres(shop, 1);
  }

  private static void scale(Shop shop, int replicas) {
    shop.client().apps().deployments().inNamespace(NAMESPACE).withName("postgres").scale(replicas);
    awaitPostgres(shop, replicas);
  }

  private static void awaitPostgres(Shop shop, int replicas) {
    Awaitility.await(replicas + " servers")
        .atMost(Shop.PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> {
          List<Pod> all = postgresPods(shop);
          return all.size() == replicas && all.stream().allMatch(Operator::ready);
        });
  }
}

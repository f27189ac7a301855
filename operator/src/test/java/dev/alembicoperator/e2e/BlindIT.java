package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.e2e.Images.Image;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Scenario 31b: a network policy lets only one of pod and operator reach the database. */
@EndToEnd
@Order(1) // It waits for minutes, in which others run.
class BlindIT {

  private static final String AUDIT = "SELECT revision FROM audit ORDER BY at, revision";

  /** The operator tries for two minutes. */
  private static final Duration UNTIL_BLIND = Duration.ofMinutes(4);

  @Test
  void aPodThatMayNotReachTheDatabaseBurnsNoTries(Shop shop, Operator operator) {
    OwnPostgres database = ownPostgres(shop);
    Image image = shop.image("orders", "1", shop.project().revisions(1, 2));
    try (PacketFilter _ = PacketFilter.allBut(operator.address(), database.address())) {
      shop.apply("orders", image, "timeouts: {connect: 2s}");
      DatabaseMigrationStatus status =
          shop.await(
              "orders",
              s -> s.attempt() != null && s.attempt().number() == 2,
              "a second attempt",
              Shop.PATIENCE);
      assertThat(status.retries()).isNull();
      assertThat(shop.watcher().reasons("orders")).contains("WaitingForDatabase");
    }
    DatabaseMigrationStatus status = shop.awaitReady("orders");
    assertThat(status.retries()).isNull();
    assertThat(database.query(AUDIT)).containsExactly("0001", "0002");
  }

  @Test
  void anOperatorThatMayNotReachTheDatabaseLetsThePodDoIt(Shop shop, Operator operator) {
    OwnPostgres database = ownPostgres(shop);
    Image image = shop.image("orders", "1", shop.project().revisions(1, 2));
    try (PacketFilter _ = PacketFilter.between(operator.address(), database.address())) {
      shop.apply("orders", image);
      shop.awaitReason("orders", "WaitingForDatabase");
      DatabaseMigrationStatus status =
          shop.await(
              "orders",
              s -> s.attempt() != null && s.attempt().outcome() == Outcome.Succeeded,
              "one run although the operator is blind",
              UNTIL_BLIND);
      assertThat(status.currentRevision()).isEqualTo("0002");
      assertThat(database.query(AUDIT)).containsExactly("0001", "0002");
    }
    shop.awaitReady("orders");
    shop.settle();
    assertThat(shop.jobs()).hasSize(1);
    assertThat(database.query(AUDIT)).containsExactly("0001", "0002");
  }

  /** So that nobody else is cut off from theirs. */
  private static OwnPostgres ownPostgres(Shop shop) {
    OwnPostgres database = OwnPostgres.in(shop.cluster(), shop.namespace()).await();
    shop.secret("orders-db", Map.of("url", database.url()));
    return database;
  }
}

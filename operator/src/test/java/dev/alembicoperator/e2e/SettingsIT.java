package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What the operator's owner sets, as values of the chart. */
@Alone
@EndToEnd
class SettingsIT {

  /** A Secret may name any host, and the operator would send a password there. */
  @Test
  void hostsThatTheOwnerDoesNotAllowAreNotDialled(Shop shop, Operator operator) {
    Database database = shop.database("orders");
    Image image = shop.image("orders", "1", shop.project().revisions(1, 2));
    Listener foreign = Listener.in(shop, image);
    shop.secret("foreign-db", Map.of("url", foreign.url()));
    shop.apply("foreign", image);
    Awaitility.await("the operator dials any host unless told otherwise")
        .atMost(Shop.PATIENCE)
        .until(() -> foreign.calls(operator.address()) > 0);

    operator.install(Map.of("allowedHosts[0]", database.host())).orFail();
    try {
      shop.apply("orders", image);
      shop.awaitReady("orders");
      shop.settle();

      assertThat(foreign.calls(operator.address())).isZero();
      assertThat(Shop.reason(shop.status("foreign"))).isEqualTo("WaitingForDatabase");
      assertThat(shop.jobsOf("foreign")).isEmpty();
      assertThat(shop.audit(database)).containsExactly("0001", "0002");
    } finally {
      operator.install(Map.of()).orFail();
    }
  }

  @Test
  void aPodSecurityLevelThatRefusesThePodIsNamed(Shop shop, Operator operator) {
    Database database = shop.database("orders");
    Image image = shop.image("orders", "1", shop.project().revisions(1, 2));
    operator.install(Map.of("jobs.podSecurity", "baseline")).orFail();
    try {
      shop.apply("orders", image);
      DatabaseMigrationStatus told = shop.awaitReason("orders", "PodRejected");
      assertThat(Shop.message(told)).contains("violates PodSecurity").contains("jobs.podSecurity");

      shop.cluster()
          .run(
              "kubectl",
              "label",
              "--overwrite",
              "namespace",
              shop.namespace(),
              "pod-security.kubernetes.io/enforce=baseline")
          .orFail();
      shop.awaitReady("orders");
      assertThat(shop.audit(database)).containsExactly("0001", "0002");
    } finally {
      operator.install(Map.of()).orFail();
    }
  }
}

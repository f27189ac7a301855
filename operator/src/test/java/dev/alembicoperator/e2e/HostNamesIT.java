package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.e2e.Images.Image;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Scenario 11b: a short host name means what it means in the resource's own namespace. */
@EndToEnd
class HostNamesIT {

  private static final String ROWS = "SELECT version_num FROM alembic_version";

  @Test
  void servicesOfOneNameInTwoNamespaces(Shop shop) {
    String other = shop.anotherNamespace("other");
    OwnPostgres mine = OwnPostgres.in(shop.cluster(), shop.namespace());
    OwnPostgres theirs = OwnPostgres.in(shop.cluster(), other);
    shop.secret(shop.namespace(), "orders-db", Map.of("url", mine.await().url()));
    shop.secret(other, "orders-db", Map.of("url", theirs.await().url()));
    Image short1 = shop.image("orders", "1", shop.project().revisions(1, 1));
    Image longer = shop.image("orders", "2", shop.project().revisions(1, 3));

    shop.cluster().apply(Shop.smallest(shop.namespace(), "orders", short1.tagged()));
    shop.cluster().apply(Shop.smallest(other, "orders", longer.tagged()));
    shop.awaitReady("orders");
    shop.cluster()
        .run(
            "kubectl", "-n", other, "wait", "--for=condition=Ready", "dbm/orders", "--timeout=180s")
        .orFail();

    assertThat(mine.query(ROWS)).containsExactly("0001");
    assertThat(theirs.query(ROWS)).containsExactly("0003");
    assertThat(shop.status("orders").currentRevision()).isEqualTo("0001");
  }
}

package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Scenario 33: the chart through its life, cluster-wide and in one namespace only. */
@Alone
@EndToEnd
class HelmIT {

  private static final String CRD = "databasemigrations.alembic-operator.dev";

  @Test
  void installTestUpgradeUninstall(Shop shop, Operator operator) {
    assertThat(operator.helm().test(Operator.RELEASE, Operator.NAMESPACE).orFail())
        .containsPattern("Phase: +Succeeded");
    Database database = shop.database("orders");
    LongRun run = LongRun.in(shop, database, Duration.ofSeconds(15));
    shop.apply(
        "orders",
        shop.image(
            "orders",
            "1",
            shop.project().revisions(1, 1).revision(2, LongRun.PAUSE).revisions(3, 3)));
    run.awaitStatement("orders");
    Pod before = operator.pods().getFirst();

    // A new version's pod in the middle of the run.
    operator.install(Map.of("podAnnotations.upgraded", "yes")).orFail();
    assertThat(operator.pods())
        .extracting(p -> p.getMetadata().getUid())
        .doesNotContain(before.getMetadata().getUid());
    DatabaseMigrationStatus status = shop.awaitReady("orders");
    assertThat(shop.jobs()).hasSize(1);
    assertThat(shop.audit(database)).containsExactly("0001", "0002", "0003");
    assertThat(status.history()).hasSize(1);

    operator.uninstall();
    assertThat(operator.pods()).isEmpty();
    assertThat(shop.cluster().run("kubectl", "get", "crd", CRD).exitCode()).isZero();
    assertThat(shop.get("orders").getStatus()).isEqualTo(status);
    assertThat(shop.jobs()).as("Jobs stay, with their logs").hasSize(1);
    assertThat(shop.rows(database)).containsExactly("0003");

    operator.ensureInstalled();
    shop.settle();
    assertThat(Shop.ready(shop.status("orders"))).isEqualTo("True");
    assertThat(shop.status("orders").attempt()).isEqualTo(status.attempt());
    assertThat(shop.jobs()).hasSize(1);
  }

  @Test
  void aNamespacedInstallHasNoRightBeyondItsNamespace(Shop shop, Operator operator) {
    operator.uninstall();
    String home = shop.anotherNamespace("operator");
    String elsewhere = shop.anotherNamespace("elsewhere");
    Map<String, String> values = operator.values();
    values.put("watchNamespaces[0]", shop.namespace());
    values.put("crds.enabled", "false");
    operator.helm().install("team", home, values).orFail();

    assertThat(
            shop.cluster()
                .run(
                    "kubectl",
                    "get",
                    "clusterroles,clusterrolebindings",
                    "-l",
                    "app.kubernetes.io/part-of=alembic-operator",
                    "-o",
                    "name")
                .orFail())
        .isEmpty();
    for (String question : List.of("list dbm", "get secrets", "create jobs.batch", "list pods")) {
      assertThat(may(shop, home, shop.namespace(), question)).as(question).isTrue();
      assertThat(may(shop, home, elsewhere, question)).as(question + " elsewhere").isFalse();
    }

    Database database = shop.database("orders");
    Image image = shop.image("orders", "1", shop.project().revisions(1, 2));
    shop.secret(elsewhere, "orders-db", Map.of("url", database.url()));
    shop.cluster().apply(Shop.smallest(elsewhere, "orders", image.tagged()));
    shop.apply("orders", image);
    shop.awaitReady("orders");
    shop.settle();

    assertThat(shop.audit(database)).containsExactly("0001", "0002");
    DatabaseMigration unseen =
        shop.client()
            .resources(DatabaseMigration.class)
            .inNamespace(elsewhere)
            .withName("orders")
            .get();
    assertThat(unseen.getStatus().observedGeneration()).isEqualTo(-1);
    assertThat(shop.client().batch().v1().jobs().inNamespace(elsewhere).list().getItems())
        .isEmpty();
    assertThat(operator.helm().test("team", home).orFail()).containsPattern("Phase: +Succeeded");
    operator.helm().uninstall("team", home).orFail();
  }

  private static boolean may(Shop shop, String home, String namespace, String question) {
    String[] words = question.split(" ", 2);
    return shop.cluster()
        .run(
            "kubectl",
            "auth",
            "can-i",
            words[0],
            words[1],
            "--namespace",
            namespace,
            "--as",
            "system:serviceaccount:%s:team-alembic-operator".formatted(home))
        .out()
        .strip()
        .equals("yes");
  }
}

package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Scenarios 9, 23 and 24: others migrate the same database. */
@EndToEnd
class DriftIT {

  private static final Duration WITHIN = Duration.ofMinutes(1);

  @Test
  void alembicByHandIsReportedAndBroughtBackWhereThatIsWanted(Shop shop) {
    Database database = shop.database("orders");
    Image image = shop.image("orders", "1", shop.project().reversible(1, 3));
    shop.apply("orders", image, "drift: {interval: 10s}");
    shop.awaitReady("orders");

    byHand(shop, image, "orders-db", "downgrade", "-1");
    DatabaseMigrationStatus status =
        shop.await("orders", s -> "Drifted".equals(Shop.reason(s)), "the drift", WITHIN);
    assertThat(Shop.has(status, "Stalled")).isTrue();
    assertThat(Shop.message(status)).contains("0002").contains("0003");
    assertThat(status.currentRevision()).isEqualTo("0002");
    shop.settle();
    assertThat(shop.jobsOf("orders")).hasSize(1);

    shop.apply("orders", image, "drift: {interval: 10s, onDrift: Reapply}");
    assertThat(shop.awaitReady("orders").currentRevision()).isEqualTo("0003");
    byHand(shop, image, "orders-db", "downgrade", "-1");
    shop.await(
        "orders",
        s -> s.history().size() == 3 && "True".equals(Shop.ready(s)),
        "another application of 0003",
        WITHIN);
    assertThat(shop.rows(database)).containsExactly("0003");
    assertThat(shop.audit(database))
        .containsExactly("0001", "0002", "0003", "undo 0003", "0003", "undo 0003", "0003");
  }

  @Test
  void aPersonAtTheSameMomentMeansOnce(Shop shop) {
    Database database = shop.database("orders");
    Image image = shop.image("orders", "1", shop.project().revisions(1, 3));
    startByHand(shop, image, "orders-db", "upgrade", "head");
    shop.apply("orders", image);

    DatabaseMigrationStatus status = shop.awaitReady("orders");

    assertThat(status.currentRevision()).isEqualTo("0003");
    assertThat(Shop.has(status, "Stalled")).isFalse();
    assertThat(shop.audit(database)).containsExactly("0001", "0002", "0003");
  }

  @Test
  void twoResourcesOnOneDatabase(Shop shop) {
    Database database = shop.database("orders");
    LongRun run = LongRun.in(shop, database, Duration.ofSeconds(12));
    Image image =
        shop.image("orders", "1", shop.project().revisions(1, 1).revision(2, LongRun.PAUSE));
    shop.apply("orders", image);
    run.awaitStatement("orders");
    run.lasting(Duration.ZERO);

    String other = database.host() + ".cluster.local";
    shop.secret("again-db", Map.of("url", database.withHost(other).url()));
    shop.apply("again", image);
    shop.awaitReady("again");
    shop.awaitReady("orders");
    assertThat(shop.audit(database)).containsExactly("0001", "0002");

    shop.apply("again", image, "target: \"0001\"");
    DatabaseMigrationStatus status = shop.awaitReason("again", "DatabaseShared");
    assertThat(Shop.message(status)).contains("\"orders\"");
    assertThat(Shop.has(status, "Stalled")).isTrue();
    shop.awaitReady("orders");
    assertThat(shop.rows(database)).containsExactly("0002");
  }

  /** Plain Alembic in the application's image, as a person runs it. */
  private static void byHand(Shop shop, Image image, String secret, String... words) {
    String job = startByHand(shop, image, secret, words);
    shop.cluster()
        .run(
            "kubectl",
            "-n",
            shop.namespace(),
            "wait",
            "--for=condition=Complete",
            "--timeout=60s",
            "job/" + job)
        .orFail();
    shop.cluster().run("kubectl", "-n", shop.namespace(), "delete", "job/" + job).orFail();
  }

  private static String startByHand(Shop shop, Image image, String secret, String... words) {
    shop.cluster()
        .apply(
            """
            apiVersion: batch/v1
            kind: Job
            metadata: {name: by-hand, namespace: %s}
            spec:
              backoffLimit: 0
              template:
                spec:
                  restartPolicy: Never
                  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
                  containers:
                  - name: alembic
                    image: %s
                    command: [alembic, "%s"]
                    env: [{name: DATABASE_URL, valueFrom: {secretKeyRef: {name: %s, key: url}}}]
                    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
            """
                .formatted(shop.namespace(), image.tagged(), String.join("\", \"", words), secret));
    return "by-hand";
  }
}

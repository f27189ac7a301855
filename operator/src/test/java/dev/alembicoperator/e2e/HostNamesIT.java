package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.e2e.Images.Image;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Scenario 11b: a short host name means what it means in the resource's own namespace. */
@EndToEnd
class HostNamesIT {

  private static final String URL = "postgresql://postgres:known@db/postgres";

  @Test
  void servicesOfOneNameInTwoNamespaces(Shop shop) {
    String other = shop.anotherNamespace("other");
    for (String namespace : List.of(shop.namespace(), other)) {
      database(shop, namespace);
      shop.secret(namespace, "orders-db", Map.of("url", URL));
    }
    for (String namespace : List.of(shop.namespace(), other)) {
      shop.cluster()
          .run("kubectl", "-n", namespace, "rollout", "status", "deployment/db", "--timeout=180s")
          .orFail();
    }
    Image short1 = shop.image("orders", "1", shop.project().revisions(1, 1));
    Image longer = shop.image("orders", "2", shop.project().revisions(1, 3));

    shop.cluster().apply(Shop.smallest(shop.namespace(), "orders", short1.tagged()));
    shop.cluster().apply(Shop.smallest(other, "orders", longer.tagged()));
    shop.awaitReady("orders");
    shop.cluster()
        .run(
            "kubectl", "-n", other, "wait", "--for=condition=Ready", "dbm/orders", "--timeout=180s")
        .orFail();

    assertThat(rows(shop, shop.namespace())).isEqualTo("0001");
    assertThat(rows(shop, other)).isEqualTo("0003");
    assertThat(shop.status("orders").currentRevision()).isEqualTo("0001");
  }

  private static String rows(Shop shop, String namespace) {
    return shop.cluster()
        .run(
            "kubectl",
            "-n",
            namespace,
            "exec",
            "deployment/db",
            "--",
            "psql",
            "-U",
            "postgres",
            "-tAc",
            "SELECT version_num FROM alembic_version")
        .orFail()
        .strip();
  }

  /** A PostgreSQL of the namespace's own, of the image that the cluster's own is made of. */
  private static void database(Shop shop, String namespace) {
    String image =
        shop.client()
            .apps()
            .deployments()
            .inNamespace("databases")
            .withName("postgres")
            .get()
            .getSpec()
            .getTemplate()
            .getSpec()
            .getContainers()
            .getFirst()
            .getImage();
    shop.cluster()
        .apply(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: db, namespace: %1$s}
            spec:
              selector: {matchLabels: {app: db}}
              template:
                metadata: {labels: {app: db}}
                spec:
                  enableServiceLinks: false
                  securityContext: {runAsNonRoot: true, runAsUser: 999, runAsGroup: 999, fsGroup: 999, seccompProfile: {type: RuntimeDefault}}
                  containers:
                  - name: postgres
                    image: %2$s
                    args: [-c, fsync=off, -c, unix_socket_directories=/tmp]
                    env:
                    - {name: PGDATA, value: /tmp/data}
                    - {name: PGHOST, value: /tmp}
                    - {name: POSTGRES_INITDB_ARGS, value: --no-sync}
                    - {name: POSTGRES_PASSWORD, value: known}
                    readinessProbe: {exec: {command: [pg_isready, -q, -h, 127.0.0.1]}, periodSeconds: 1, timeoutSeconds: 5}
                    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
                    volumeMounts:
                    - {name: tmp, mountPath: /tmp}
                  volumes:
                  - {name: tmp, emptyDir: {}}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: db, namespace: %1$s}
            spec:
              selector: {app: db}
              ports: [{port: 5432}]
            """
                .formatted(namespace, image));
  }
}

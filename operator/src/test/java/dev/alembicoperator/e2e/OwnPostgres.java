package dev.alembicoperator.e2e;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;

/**
 * A PostgreSQL of a namespace's own, of the image that the cluster's is made of, behind the Service
 * "db". Its data go with its pod.
 */
final class OwnPostgres {

  private final Cluster cluster;
  private final String namespace;

  private OwnPostgres(Cluster cluster, String namespace) {
    this.cluster = cluster;
    this.namespace = namespace;
  }

  /** Starts it, and does not wait. */
  static OwnPostgres in(Cluster cluster, String namespace) {
    cluster.apply(
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
            .formatted(namespace, ClusterPostgres.image(cluster.client())));
    return new OwnPostgres(cluster, namespace);
  }

  /** Waits until it answers. */
  OwnPostgres await() {
    kubectl("rollout", "status", "deployment/db", "--timeout=180s");
    return this;
  }

  /** Its URL by a name that means it in its own namespace only. */
  String url() {
    return "postgresql://postgres:known@db/postgres";
  }

  /** Its pod's address. */
  String address() {
    Pod pod =
        cluster
            .client()
            .pods()
            .inNamespace(namespace)
            .withLabel("app", "db")
            .list()
            .getItems()
            .stream()
            .filter(Operator::ready)
            .findFirst()
            .orElseThrow();
    return pod.getStatus().getPodIP();
  }

  /** The first column of every row. */
  List<String> query(String sql) {
    return kubectl("exec", "deployment/db", "--", "psql", "-U", "postgres", "-tAc", sql)
        .lines()
        .toList();
  }

  private String kubectl(String... arguments) {
    String[] command = new String[arguments.length + 3];
    command[0] = "kubectl";
    command[1] = "--namespace";
    command[2] = namespace;
    System.arraycopy(arguments, 0, command, 3, arguments.length);
    return cluster.run(command).orFail();
  }
}

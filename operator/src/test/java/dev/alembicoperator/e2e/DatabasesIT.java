package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry.AppliedRevision;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.lifecycle.AlembicProject;
import dev.alembicoperator.testing.Repository;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scenarios 11 and 14: kinds of databases, their drivers, and the shapes of projects. */
@EndToEnd
class DatabasesIT {

  /** Writes down which driver the migration itself runs on. */
  private static final String DRIVER =
      "op.execute(\"CREATE TABLE ran AS SELECT '%s' AS driver\" % op.get_bind().dialect.driver)";

  private static final String PASSWORD = "o'rders/5%";
  private static final String ENCODED = "o%27rders%2F5%25";

  @ParameterizedTest
  @ValueSource(strings = {"psycopg2", "psycopg", "asyncpg"})
  void postgresql(String driver, Shop shop) {
    Database database = shop.database("orders");
    AlembicProject project = shop.project().revisions(1, 2).revision(3, DRIVER);
    if (driver.equals("asyncpg")) {
      project.env(AlembicProject.ASYNC_ENV);
    }

    shop.apply("orders", shop.image("orders", "1", project), "  driver: " + driver);

    assertThat(shop.awaitReady("orders").currentRevision()).isEqualTo("0003");
    assertThat(shop.query(database, "SELECT driver FROM ran")).containsExactly(driver);
    assertThat(shop.audit(database)).containsExactly("0001", "0002", "0003");
  }

  @Test
  void nothingButPyprojectToml(Shop shop) {
    Database database = shop.database("orders");
    shop.apply(
        "orders",
        shop.image(
            "orders",
            "1",
            shop.project()
                .revisions(1, 2)
                .delete("alembic.ini")
                .write(
                    "pyproject.toml",
                    """
                    [tool.alembic]
                    script_location = "%(here)s/migrations"
                    """)));
    shop.awaitReady("orders");
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void flaskMigrateByItsOwnCommand(Shop shop) {
    Database database = shop.database("orders");
    AlembicProject folder =
        shop.emptyFolder()
            .write(
                "app.py",
                """
                import os
                from flask import Flask
                from flask_migrate import Migrate
                from flask_sqlalchemy import SQLAlchemy

                app = Flask(__name__)
                app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
                db = SQLAlchemy(app)
                Migrate(app, db)


                class Customer(db.Model):
                    id = db.Column(db.Integer, primary_key=True)
                """)
            .write(
                "Dockerfile",
                """
                ARG BASE
                FROM ${BASE}
                COPY . /app
                WORKDIR /app
                RUN export DATABASE_URL=sqlite:////tmp/scratch.db && flask db init && flask db migrate -m customers
                USER 10001:10001
                """);

    shop.apply(
        "orders",
        shop.image("orders", "1", folder, "flask"),
        "alembic: {command: [flask, db, upgrade]}");
    DatabaseMigrationStatus status = shop.awaitReady("orders");

    assertThat(shop.rows(database)).isEqualTo(status.currentRevisions()).hasSize(1);
    assertThat(status.history().getFirst().revisions()).hasSize(1);
    assertThat(shop.tables(database)).contains("customer");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sqlite", "sqlite+aiosqlite"})
  void sqliteOnAVolume(String scheme, Shop shop) {
    shop.cluster()
        .apply(
            """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: data, namespace: %s}
            spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 100Mi}}}
            """
                .formatted(shop.namespace()));
    shop.secret("orders-db", Map.of("url", scheme + ":////data/orders.db"));
    String[] pod = {
      "pod:",
      "  fsGroup: 10001",
      "  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]",
      "  volumeMounts: [{name: data, mountPath: /data}]"
    };
    boolean async = scheme.contains("+");

    shop.apply("orders", shop.image("orders", "1", portable(shop, async, 2)), pod);
    DatabaseMigrationStatus status = shop.awaitReady("orders");
    assertThat(status.currentRevision()).isEqualTo("0002");
    assertThat(status.database().dialect()).isEqualTo("sqlite");

    shop.apply("orders", shop.image("orders", "2", portable(shop, async, 3)), pod);
    status = shop.awaitReady("orders");
    assertThat(status.history().getFirst().from()).containsExactly("0002");
    assertThat(status.history().getFirst().revisions())
        .extracting(AppliedRevision::revision)
        .containsExactly("0003");
  }

  @Test
  void mariadbWithEveryDriver(Shop shop) {
    mariadb(shop);
    for (String driver : new String[] {"pymysql", "aiomysql", "asyncmy"}) {
      shop.secret(
          "orders-db",
          Map.of("url", "mysql+%s://app:%s@mariadb:3306/orders".formatted(driver, ENCODED)));
      boolean async = driver.startsWith("a");
      shop.apply(
          "orders",
          shop.image("orders", driver, portable(shop, async, 2), "mysql-latest"),
          "target: \"0002\"");
      DatabaseMigrationStatus up = shop.awaitReady("orders");
      assertThat(up.currentRevision()).as(driver).isEqualTo("0002");
      assertThat(up.database().dialect()).isEqualTo("mysql");
      shop.apply("orders", up.applied().image(), "target: base", "downgradePolicy: ToTarget");
      assertThat(shop.awaitReady("orders").currentRevision()).as(driver).isEqualTo("base");
    }
  }

  @Test
  void aFailureInMariadbLeavesSomethingHalfDone(Shop shop) {
    mariadb(shop);
    shop.secret("orders-db", Map.of("url", "mysql+pymysql://app:" + ENCODED + "@mariadb/orders"));
    AlembicProject project =
        portable(shop, false, 1)
            .write(
                "migrations/versions/0002.py",
                """
                from alembic import op

                revision = "0002"
                down_revision = "0001"


                def upgrade():
                    op.execute("CREATE TABLE half (id integer)")
                    op.execute("CREATE TABEL other (id integer)")
                """);

    shop.apply("orders", shop.image("orders", "1", project, "mysql-latest"));
    DatabaseMigrationStatus status = shop.awaitReason("orders", "PartiallyApplied");

    assertThat(Shop.has(status, "Stalled")).isTrue();
    assertThat(Shop.message(status)).contains("0002");
    assertThat(status.currentRevision()).isEqualTo("0001");
    assertThat(status.history().getFirst().outcome()).isEqualTo(Outcome.PartiallyApplied);
    shop.settle();
    assertThat(shop.jobs()).as("never a blind retry").hasSize(1);
  }

  /** Revisions in the words that every dialect has. */
  private static AlembicProject portable(Shop shop, boolean async, int to) {
    AlembicProject project = shop.project();
    if (async) {
      project.env(AlembicProject.ASYNC_ENV);
    }
    for (int n = 1; n <= to; n++) {
      project.write(
          "migrations/versions/%04d.py".formatted(n),
          """
          from alembic import op
          import sqlalchemy

          revision = "%1$04d"
          down_revision = %2$s


          def upgrade():
              op.create_table("t%1$d", sqlalchemy.Column("id", sqlalchemy.Integer))


          def downgrade():
              op.drop_table("t%1$d")
          """
              .formatted(n, n == 1 ? "None" : "\"%04d\"".formatted(n - 1)));
    }
    return project;
  }

  /** A server in the shop's own namespace, which goes with it. */
  private static void mariadb(Shop shop) {
    String image =
        shop.debian("mariadb", Repository.root().resolve("operator/src/test/resources/e2e/mariadb"))
            .tagged();
    shop.secret("mariadb", Map.of("password", PASSWORD.replace("'", "''")));
    shop.cluster()
        .apply(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: mariadb, namespace: %1$s}
            spec:
              selector: {matchLabels: {app: mariadb}}
              template:
                metadata: {labels: {app: mariadb}}
                spec:
                  automountServiceAccountToken: false
                  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
                  containers:
                  - name: mariadb
                    image: %2$s
                    env: [{name: MARIADB_PASSWORD, valueFrom: {secretKeyRef: {name: mariadb, key: password}}}]
                    readinessProbe: {tcpSocket: {port: 3306}, periodSeconds: 1}
                    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: mariadb, namespace: %1$s}
            spec: {selector: {app: mariadb}, ports: [{port: 3306}]}
            """
                .formatted(shop.namespace(), image));
    shop.cluster()
        .run(
            "kubectl",
            "-n",
            shop.namespace(),
            "rollout",
            "status",
            "deployment/mariadb",
            "--timeout=120s")
        .orFail();
  }
}

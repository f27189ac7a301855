package dev.alembicoperator.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.LocalPortForward;
import java.io.IOException;
import java.net.URLEncoder;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The Service "postgres" in the namespace "databases". It is reached through the API server, as
 * "kubectl port-forward" does it, since not every cluster's network is open to this machine.
 */
final class ClusterPostgres {

  private static final String NAMESPACE = "databases";
  private static final String SERVICE = "postgres";
  private static final int PORT = 5432;

  private final AtomicInteger names = new AtomicInteger();
  private final String prefix = Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);
  private final KubernetesClient client;
  private final Database administration;

  private ClusterPostgres(KubernetesClient client, Database administration) {
    this.client = client;
    this.administration = administration;
  }

  static ClusterPostgres of(KubernetesClient client) {
    Secret secret = client.secrets().inNamespace(NAMESPACE).withName(SERVICE).get();
    return new ClusterPostgres(
        client,
        new Database(
            decoded(secret, "host"),
            "postgres",
            decoded(secret, "username"),
            decoded(secret, "password")));
  }

  /** The image that it is made of. */
  static String image(KubernetesClient client) {
    return client
        .apps()
        .deployments()
        .inNamespace(NAMESPACE)
        .withName(SERVICE)
        .get()
        .getSpec()
        .getTemplate()
        .getSpec()
        .getContainers()
        .getFirst()
        .getImage();
  }

  private static String decoded(Secret secret, String key) {
    return new String(Base64.getDecoder().decode(secret.getData().get(key)), UTF_8);
  }

  /**
   * A database and who may do everything in it.
   *
   * @param host as pods of the cluster name it
   */
  record Database(String host, String name, String user, String password) {

    /** Its URL, with every character that needs it escaped. */
    String url() {
      return "postgresql://%s:%s@%s:%d/%s".formatted(user, encoded(password), host, PORT, name);
    }

    Database withHost(String other) {
      return new Database(other, name, user, password);
    }

    Database withPassword(String other) {
      return new Database(host, name, user, other);
    }

    private static String encoded(String text) {
      return URLEncoder.encode(text, UTF_8).replace("+", "%20");
    }

    @Override
    public String toString() {
      return name + " of " + user + " at " + host;
    }
  }

  /** Work on an open connection. */
  @FunctionalInterface
  interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  /** An empty database of an unused name. */
  Database database() {
    return database("pw-" + Long.toHexString(System.nanoTime()));
  }

  /** An empty database of an unused name, whose owner has that password. */
  Database database(String password) {
    String name = "e2e_%s_%d".formatted(prefix, names.incrementAndGet());
    execute(
        administration,
        "CREATE ROLE %s LOGIN PASSWORD '%s'".formatted(name, password.replace("'", "''")));
    execute(administration, "CREATE DATABASE %1$s OWNER %1$s".formatted(name));
    return new Database(administration.host(), name, name, password);
  }

  /** Gives the database's owner another password. */
  Database rotate(Database database, String password) {
    execute(
        administration,
        "ALTER ROLE %s PASSWORD '%s'".formatted(database.user(), password.replace("'", "''")));
    return database.withPassword(password);
  }

  void drop(Database database) {
    execute(administration, "DROP DATABASE IF EXISTS %s WITH (FORCE)".formatted(database.name()));
    execute(administration, "DROP ROLE IF EXISTS " + database.user());
  }

  /** Statements of the superuser, in the database "postgres". */
  void administrate(String sql) {
    execute(administration, sql);
  }

  /** The first column of every row. */
  List<String> query(Database database, String sql) {
    return with(
        database,
        connection -> {
          List<String> out = new ArrayList<>();
          try (Statement statement = connection.createStatement();
              ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
              out.add(rows.getString(1));
            }
          }
          return out;
        });
  }

  void execute(Database database, String sql) {
    with(
        database,
        connection -> {
          try (Statement statement = connection.createStatement()) {
            return statement.execute(sql);
          }
        });
  }

  /** Works on a connection of its own, which is closed afterwards. */
  <T> T with(Database database, Work<T> work) {
    try (LocalPortForward forward =
            client.services().inNamespace(NAMESPACE).withName(SERVICE).portForward(PORT);
        Connection connection =
            DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:%d/%s?sslmode=disable"
                    .formatted(forward.getLocalPort(), database.name()),
                database.user(),
                database.password())) {
      return work.on(connection);
    } catch (SQLException | IOException e) {
      throw new IllegalStateException("cannot work in " + database, e);
    }
  }
}

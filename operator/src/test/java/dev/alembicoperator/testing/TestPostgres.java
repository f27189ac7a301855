package dev.alembicoperator.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A real PostgreSQL server for tests, on 127.0.0.1. Passwords are checked (SCRAM), except for the
 * superuser {@code postgres}. Most tests take a database of their own from {@link #shared()}; a
 * test that stops the server has one of its own from {@link #start}.
 */
public final class TestPostgres implements AutoCloseable {

  /**
   * A database with a role that owns it.
   *
   * @param port the server's
   * @param name the database's
   * @param user the owner's name
   * @param password the owner's password
   */
  public record Database(int port, String name, String user, String password) {
    /** {@code postgresql://user:password@127.0.0.1:port/name}, escaped. */
    public String url() {
      return "postgresql://%s:%s@127.0.0.1:%d/%s"
          .formatted(escaped(user), escaped(password), port, escaped(name));
    }

    private static String escaped(String text) {
      return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
  }

  private static final class Shared {
    /** Stopped when the JVM ends. */
    private static final TestPostgres SERVER = start(Map.of());
  }

  private final AtomicInteger names = new AtomicInteger();
  private final Map<String, String> settings;
  private final Path directory;
  private final int port;
  private EmbeddedPostgres server;

  private TestPostgres(Map<String, String> settings, Path directory, int port) {
    this.settings = Map.copyOf(settings);
    this.directory = directory;
    this.port = port;
  }

  /** The one server of this JVM. Nobody stops it or changes its settings. */
  public static TestPostgres shared() {
    return Shared.SERVER;
  }

  /** A server of the test's own, on a port that stays the same when it is stopped and started. */
  public static TestPostgres start(Map<String, String> settings) {
    try {
      TestPostgres postgres =
          new TestPostgres(settings, Files.createTempDirectory("test-postgres"), freePort());
      // Before the start, so that a process that is told to end meanwhile leaves nothing behind.
      Runtime.getRuntime().addShutdownHook(new Thread(postgres::close));
      postgres.start();
      return postgres;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** Starts a stopped server, as a primary; its data and port are the same as before. */
  public void start() {
    start(false);
  }

  /** Starts a stopped server as a standby without a primary: it can be read and is in recovery. */
  public void startAsStandby() {
    start(true);
  }

  private synchronized void start(boolean standby) {
    if (server != null) {
      return;
    }
    signal(standby);
    Map<String, String> all =
        new HashMap<>(
            Map.of(
                "max_prepared_transactions", "10",
                "max_connections", "200",
                "fsync", "off",
                "full_page_writes", "off"));
    all.putAll(settings);
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setPort(port)
            .setDataDirectory(directory.resolve("data"))
            .setCleanDataDirectory(false)
            .setRegisterShutdownHook(false)
            .setPGStartupWait(Duration.ofSeconds(60))
            .setDataDirectoryCustomizer(TestPostgres::checkPasswords);
    all.forEach(builder::setServerConfig);
    try {
      server = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void signal(boolean standby) {
    Path signal = directory.resolve("data").resolve("standby.signal");
    try {
      Files.deleteIfExists(signal);
      if (standby) {
        Files.createFile(signal);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The embedded server trusts everybody; here only the superuser is. */
  private static void checkPasswords(File data) {
    try {
      Files.writeString(
          data.toPath().resolve("pg_hba.conf"),
          """
          local all all trust
          host  all postgres 127.0.0.1/32 trust
          host  all postgres ::1/128      trust
          host  all all      all          scram-sha-256
          """);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Stops the server; who is connected is cut off. */
  public synchronized void stop() {
    if (server == null) {
      return;
    }
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server = null;
  }

  @Override
  public void close() {
    stop();
    deleteTree(directory.toFile());
  }

  private static void deleteTree(File file) {
    File[] children = file.listFiles();
    if (children != null) {
      for (File child : children) {
        deleteTree(child);
      }
    }
    file.delete();
  }

  /** The port on 127.0.0.1. */
  public int port() {
    return port;
  }

  /** An empty database of an unused name, owned by a new role with a password of its own. */
  public Database database() {
    return database("pw-" + Long.toHexString(System.nanoTime()));
  }

  /** As {@link #database()}, with that password for the owner. */
  public Database database(String password) {
    String owner = role(password);
    String name = owner.replace("role", "db");
    execute("postgres", "CREATE DATABASE " + name + " OWNER " + owner);
    return new Database(port, name, owner, password);
  }

  /** A new role that may log in, with no other right; returns its name. */
  public String role(String password) {
    String name = "role_" + names.incrementAndGet() + "_" + ProcessHandle.current().pid();
    execute(
        "postgres",
        "CREATE ROLE %s LOGIN PASSWORD '%s'".formatted(name, password.replace("'", "''")));
    return name;
  }

  /** Runs statements as superuser, each in a transaction of its own. */
  public void execute(String database, String... statements) {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A connection as superuser. */
  public synchronized Connection connect(String database) throws SQLException {
    return server.getDatabase("postgres", database).getConnection();
  }

  /** A connection as that database's owner. */
  public synchronized Connection connect(Database database) throws SQLException {
    return server
        .getDatabase(database.user(), database.name(), Map.of("password", database.password()))
        .getConnection();
  }
}

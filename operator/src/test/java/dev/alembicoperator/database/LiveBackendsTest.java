package dev.alembicoperator.database;

import static dev.alembicoperator.database.Looking.read;
import static dev.alembicoperator.database.Looking.request;
import static dev.alembicoperator.database.Looking.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.alembicoperator.testing.TestPostgres;
import dev.alembicoperator.testing.TestPostgres.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A migration's backend, and who blocks it, seen by roles with and without grants. */
class LiveBackendsTest {
  private static final String NAME = "shop/orders/7/4.5/0004";
  private static final String PREFIX = "shop/orders/7/";

  private final TestPostgres postgres = TestPostgres.shared();
  private final JdbcDatabaseReader reader = Looking.reader();
  private Database database;
  private Connection migration;
  private Connection other;

  @BeforeEach
  void connect() throws SQLException {
    database = postgres.database();
    migration = postgres.connect(database);
    other = postgres.connect(database);
    run(
        migration,
        "SET application_name = '" + NAME + "'",
        "CREATE TABLE t (id int PRIMARY KEY)",
        "INSERT INTO t VALUES (1)");
    run(other, "SET application_name = 'report'");
  }

  @AfterEach
  void disconnect() throws SQLException {
    other.close();
    migration.close();
    reader.close();
  }

  private static void run(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static int pid(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
      row.next();
      return row.getInt(1);
    }
  }

  private List<Backend> seenBy(String user, String password, String prefix) {
    Database as = new Database(database.port(), database.name(), user, password);
    return read(reader.read(request(settings(as.url()), Optional.empty(), prefix))).backends();
  }

  private List<Backend> seen() {
    return seenBy(database.user(), database.password(), PREFIX);
  }

  private CompletableFuture<Void> inBackground(String sql) {
    return CompletableFuture.runAsync(() -> {
      try {
        run(migration, sql);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    });
  }

  private Backend awaitBlocked() {
    return await()
        .atMost(Duration.ofSeconds(10))
        .until(this::seen, found -> found.size() == 1 && !found.getFirst().blockedBy().isEmpty())
        .getFirst();
  }

  @Test
  void theOwnerSeesStateAndTime() throws SQLException {
    migration.setAutoCommit(false);
    run(migration, "SELECT 1");
    assertThat(seen())
        .singleElement()
        .satisfies(backend -> {
          assertThat(backend.pid()).isEqualTo(pid(migration));
          assertThat(backend.applicationName()).isEqualTo(NAME);
          assertThat(backend.state()).contains("idle in transaction");
          assertThat(backend.runningFor())
              .hasValueSatisfying(
                  d -> assertThat(d).isBetween(Duration.ZERO, Duration.ofSeconds(30)));
          assertThat(backend.blockedBy()).isEmpty();
        });
  }

  @Test
  void anyRoleSeesTheBackendAndOnlyOnesWithTheRightItsState() {
    String role = postgres.role("plain");
    assertThat(seenBy(role, "plain", PREFIX))
        .singleElement()
        .satisfies(backend -> {
          assertThat(backend.applicationName()).isEqualTo(NAME);
          assertThat(backend.state()).isEmpty();
          assertThat(backend.runningFor()).isEmpty();
        });
    postgres.execute("postgres", "GRANT pg_read_all_stats TO " + role);
    assertThat(seenBy(role, "plain", PREFIX))
        .singleElement()
        .satisfies(b -> assertThat(b.state()).contains("idle"));
  }

  @Test
  void onlyTheAskedNamesOfThisDatabase() throws SQLException {
    assertThat(seenBy(database.user(), database.password(), "")).isEmpty();
    assertThat(seenBy(database.user(), database.password(), "shop/orders/8/")).isEmpty();
    assertThat(seenBy(database.user(), database.password(), "shop_orders/7%")).isEmpty();
    assertThat(seenBy(database.user(), database.password(), "alembic-operator")).isEmpty();
    Database elsewhere = postgres.database();
    try (Connection same = postgres.connect(elsewhere)) {
      run(same, "SET application_name = '" + NAME + "'");
      assertThat(seen()).hasSize(1);
    }
  }

  @Test
  void aBlockedBackendNamesItsBlockerToAnyRole() throws SQLException {
    other.setAutoCommit(false);
    run(other, "SELECT * FROM t");
    CompletableFuture<Void> waiting = inBackground("ALTER TABLE t ADD COLUMN x int");
    Backend blocked = awaitBlocked();
    assertThat(blocked.blockedBy())
        .containsExactly(new Blocker(pid(other), "report", Optional.empty()));
    assertThat(blocked.state()).contains("active");
    String role = postgres.role("plain");
    assertThat(seenBy(role, "plain", PREFIX).getFirst().blockedBy()).isEqualTo(blocked.blockedBy());
    other.rollback();
    waiting.join();
    assertThat(seen().getFirst().blockedBy()).isEmpty();
  }

  @Test
  void aPreparedTransactionIsNamed() throws SQLException {
    String gid = "orphan " + database.name();
    run(other, "BEGIN", "UPDATE t SET id = 2", "PREPARE TRANSACTION '" + gid + "'");
    run(
        other,
        "BEGIN",
        "CREATE TABLE bystander (id int)",
        "PREPARE TRANSACTION 'bystander " + database.name() + "'");
    CompletableFuture<Void> waiting = inBackground("ALTER TABLE t ADD COLUMN x int");
    assertThat(awaitBlocked().blockedBy()).containsExactly(new Blocker(0, "", Optional.of(gid)));
    run(
        other,
        "ROLLBACK PREPARED '" + gid + "'",
        "ROLLBACK PREPARED 'bystander " + database.name() + "'");
    waiting.join();
  }

  @Test
  void aPreparedTransactionThatHoldsARowIsNamed() throws SQLException {
    String gid = "row " + database.name();
    run(other, "BEGIN", "UPDATE t SET id = 2", "PREPARE TRANSACTION '" + gid + "'");
    CompletableFuture<Void> waiting = inBackground("UPDATE t SET id = 3");
    assertThat(awaitBlocked().blockedBy()).containsExactly(new Blocker(0, "", Optional.of(gid)));
    run(other, "ROLLBACK PREPARED '" + gid + "'");
    waiting.join();
  }

  @Test
  void hostileNamesAreCleaned() throws SQLException {
    run(migration, "SET application_name = 'shop/orders/7/password=C4nary://u:C4nary@h'");
    assertThat(seen().getFirst().applicationName()).startsWith(PREFIX).doesNotContain("C4nary");
  }
}

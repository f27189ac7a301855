package dev.alembicoperator.database;

import static dev.alembicoperator.database.Looking.read;
import static dev.alembicoperator.database.Looking.refused;
import static dev.alembicoperator.database.Looking.request;
import static dev.alembicoperator.database.Looking.settings;
import static dev.alembicoperator.database.Looking.unreachable;
import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.testing.TestPostgres;
import dev.alembicoperator.testing.TestPostgres.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of a server that works, and how it refuses. */
class ReadTest {
  private static final String TABLE =
      "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)";

  private static TestPostgres postgres;
  private static JdbcDatabaseReader reader;

  @BeforeAll
  static void start() {
    postgres = TestPostgres.shared();
    reader = Looking.reader();
  }

  @AfterAll
  static void stop() {
    reader.close();
  }

  private static Database owned(String... statements) {
    Database database = postgres.database();
    try (Connection connection = postgres.connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return database;
  }

  private static String scalar(String database, String sql) throws SQLException {
    try (Connection connection = postgres.connect(database);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  private static Optional<VersionTable> table(String schema, String name) {
    return Optional.of(new VersionTable(Optional.ofNullable(schema), name));
  }

  @Test
  void anEmptyDatabase() throws SQLException {
    Database database = postgres.database();
    DatabaseView.Read view = read(reader.read(request(database.url())));
    assertThat(view.serverVersion())
        .isEqualTo(scalar("postgres", "SHOW server_version").split(" ", 2)[0]);
    assertThat(view.identity())
        .contains(
            scalar(
                database.name(),
                "SELECT system_identifier || '/' || oid FROM pg_control_system(), pg_database WHERE datname = '%s'"
                    .formatted(database.name())));
    assertThat(view.inRecovery()).isFalse();
    assertThat(view.tls()).isFalse();
    assertThat(view.host()).isEqualTo("127.0.0.1");
    assertThat(view.name()).isEqualTo(database.name());
    assertThat(view.versionTableExists()).isFalse();
    assertThat(view.rows()).isEmpty();
    assertThat(view.backends()).isEmpty();
  }

  @Test
  void theVersionTableWithNoOneAndSeveralRows() throws SQLException {
    Database database = owned(TABLE);
    assertThat(read(reader.read(request(database.url()))))
        .matches(DatabaseView.Read::versionTableExists)
        .matches(view -> view.rows().isEmpty());
    postgres.execute(database.name(), "INSERT INTO alembic_version VALUES ('0002')");
    assertThat(read(reader.read(request(database.url()))).rows()).containsExactly("0002");
    postgres.execute(database.name(), "INSERT INTO alembic_version VALUES ('ff'), ('0001'), ('A')");
    assertThat(read(reader.read(request(database.url()))).rows())
        .containsExactly("0001", "0002", "A", "ff");
  }

  @ParameterizedTest
  @CsvSource({
    "app, versions",
    "we\"ird;-- , al'em\"bic",
    "Groß.Schema, alembic_version",
    "%s $1 ?, ?"
  })
  void aVersionTableOfAnyNameElsewhere(String schema, String name) {
    String quoted = Look.quoted(schema) + "." + Look.quoted(name);
    Database database =
        owned(
            "CREATE SCHEMA " + Look.quoted(schema),
            "CREATE TABLE " + quoted + " (version_num varchar(32))",
            "INSERT INTO " + quoted + " VALUES ('0007')");
    assertThat(read(reader.read(request(settings(database.url()), table(schema, name), ""))).rows())
        .containsExactly("0007");
    assertThat(read(reader.read(request(database.url()))).versionTableExists()).isFalse();
    assertThat(
            read(reader.read(request(settings(database.url()), table("none", name), "")))
                .versionTableExists())
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "options=-csearch_path%3Dapp",
        "options=-c+statement_timeout%3D1s+-c+search_path%3Dx,app",
        "currentSchema=app"
      })
  void aVersionTableOnTheSearchPathOfTheUrl(String query) {
    Database database =
        owned(
            "CREATE SCHEMA app",
            "CREATE TABLE app.alembic_version (version_num varchar(32))",
            "INSERT INTO app.alembic_version VALUES ('0009')");
    assertThat(read(reader.read(request(database.url()))).versionTableExists()).isFalse();
    assertThat(read(reader.read(request(database.url() + "?" + query))).rows())
        .containsExactly("0009");
  }

  @Test
  void aVersionTableOnTheSearchPathOfTheRole() {
    Database database =
        owned("CREATE SCHEMA app", "CREATE TABLE app.alembic_version (version_num varchar(32))");
    postgres.execute("postgres", "ALTER ROLE " + database.user() + " SET search_path = app");
    assertThat(read(reader.read(request(database.url()))).versionTableExists()).isTrue();
    assertThat(
            read(reader.read(request(settings(database.url()), table(null, "alembic_version"), "")))
                .versionTableExists())
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE TABLE alembic_version (id int)",
        "CREATE TABLE alembic_version AS SELECT n::text AS version_num FROM generate_series(1, 101)"
            + " n",
        "CREATE TABLE alembic_version AS SELECT repeat('x', 256) AS version_num",
        "CREATE TABLE alembic_version AS SELECT E'a\\nb' AS version_num",
        "CREATE INDEX alembic_version ON t (id)"
      })
  void aVersionTableThatIsNone(String ddl) {
    Database database = owned("CREATE TABLE t (id int)", ddl);
    assertThat(refused(reader.read(request(database.url())), Reason.InvalidSpec))
        .contains("versionTable");
  }

  @Test
  void asManyAndAsLongRowsAsAllowed() {
    Database database =
        owned(
            "CREATE TABLE alembic_version AS SELECT rpad(n::text, 255, 'x') AS version_num FROM"
                + " generate_series(1, 100) n");
    assertThat(read(reader.read(request(database.url()))).rows())
        .hasSize(100)
        .allMatch(row -> row.length() == 255);
  }

  /** A look cannot write, whatever the version table is made of. */
  @Test
  void nothingIsWritten() throws SQLException {
    Database database =
        owned(
            "CREATE TABLE seen (n int)",
            "CREATE FUNCTION trap() RETURNS text LANGUAGE sql VOLATILE AS 'INSERT INTO seen VALUES"
                + " (1); SELECT ''x''::text'",
            "CREATE VIEW alembic_version AS SELECT trap() AS version_num");
    assertThat(refused(reader.read(request(database.url())), Reason.WaitingForDatabase))
        .contains("INSERT");
    assertThat(scalar(database.name(), "SELECT count(*) FROM seen")).isEqualTo("0");
  }

  @Test
  void aLockedVersionTableIsNotWaitedForLong() throws SQLException {
    Database database = owned(TABLE);
    try (Connection holder = postgres.connect(database);
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE");
      assertThat(refused(reader.read(request(database.url())), Reason.WaitingForDatabase))
          .contains("in time");
      holder.rollback();
    }
  }

  @Test
  void aRoleWithoutAnyGrant() {
    Database database = owned(TABLE);
    String role = postgres.role("C4nary-plain");
    String url = new Database(database.port(), database.name(), role, "C4nary-plain").url();
    assertThat(refused(reader.read(request(url)), Reason.PermissionDenied))
        .contains("alembic_version", "SELECT");
    postgres.execute(database.name(), "GRANT SELECT ON alembic_version TO " + role);
    assertThat(read(reader.read(request(url)))).matches(DatabaseView.Read::versionTableExists);
    postgres.execute(
        database.name(), "CREATE SCHEMA hidden", "CREATE TABLE hidden.v (version_num text)");
    refused(reader.read(request(settings(url), table("hidden", "v"), "")), Reason.PermissionDenied);
    postgres.execute(
        database.name(), "REVOKE CONNECT ON DATABASE " + database.name() + " FROM public");
    refused(reader.read(request(url)), Reason.PermissionDenied);
  }

  @Test
  void withoutTheRightToAskTheIdentityIsAbsent() {
    Database database = owned(TABLE);
    postgres.execute(database.name(), "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM public");
    assertThat(read(reader.read(request(database.url()))))
        .matches(view -> view.identity().isEmpty())
        .matches(DatabaseView.Read::versionTableExists);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "p%40ss",
        "p@ss",
        "100%",
        "%zz",
        "a/b",
        "it's",
        "co:lon",
        "what?",
        "a?b=c",
        "ha#sh",
        "sp ace",
        "päß✓🔑",
        "a+b&c=d",
        "\"quoted\"",
        "back\\slash",
        "$1${x}%s"
      })
  void logsInWithAnyPassword(String password) {
    Database database = postgres.database(password);
    read(reader.read(request(database.url())));
    ConnectionSettings parts =
        new ConnectionSettings(
            "postgres",
            Optional.empty(),
            "127.0.0.1",
            OptionalInt.of(database.port()),
            database.name(),
            database.user(),
            password,
            null,
            Optional.empty(),
            Map.of());
    read(reader.read(request(parts, Optional.empty(), "")));
    if (!password.contains("%40")) {
      String raw =
          "postgresql+psycopg2://%s:%s@127.0.0.1:%d/%s"
              .formatted(database.user(), password, database.port(), database.name());
      read(reader.read(request(raw)));
    }
  }

  @Test
  void aWrongPassword() {
    Database database = postgres.database("C4nary-right");
    Database wrong =
        new Database(database.port(), database.name(), database.user(), "C4nary-wrong");
    assertThat(refused(reader.read(request(wrong.url())), Reason.AuthenticationFailed))
        .contains(database.user(), "Secret")
        .doesNotContain("C4nary");
    Database nobody = new Database(database.port(), database.name(), "nobody", "C4nary-wrong");
    refused(reader.read(request(nobody.url())), Reason.AuthenticationFailed);
    Database none = new Database(database.port(), database.name(), database.user(), "");
    assertThat(refused(reader.read(request(none.url())), Reason.AuthenticationFailed))
        .contains("have none");
    postgres.execute("postgres", "ALTER ROLE " + database.user() + " NOLOGIN");
    refused(reader.read(request(database.url())), Reason.AuthenticationFailed);
  }

  @Test
  void aPasswordInTheServersOwnWordsIsTakenOut() {
    Database database = postgres.database();
    String password = "C4nary" + System.nanoTime();
    Database named = new Database(database.port(), database.name(), password, password);
    assertThat(refused(reader.read(request(named.url())), Reason.AuthenticationFailed))
        .contains("\"***\"")
        .doesNotContain("C4nary");
  }

  @Test
  void aDatabaseThatIsNotThereYet() {
    Database database = postgres.database();
    Database missing = new Database(database.port(), "later", database.user(), database.password());
    assertThat(refused(reader.read(request(missing.url())), Reason.WaitingForDatabase))
        .contains("later");
  }

  @Test
  void noConnectionLeft() {
    Database database = postgres.database();
    postgres.execute("postgres", "ALTER ROLE " + database.user() + " CONNECTION LIMIT 0");
    assertThat(refused(reader.read(request(database.url())), Reason.WaitingForDatabase))
        .contains("no connection left");
  }

  @Test
  void tlsThatTheServerDoesNotOffer() {
    Database database = postgres.database();
    assertThat(refused(reader.read(request(database.url() + "?sslmode=require")), Reason.TlsFailed))
        .contains("offers no TLS", "require");
    read(reader.read(request(database.url() + "?sslmode=prefer")));
    read(reader.read(request(database.url() + "?sslmode=disable")));
  }

  @Test
  void aListOfHostsOfWhichOneWorks() {
    Database database = postgres.database();
    String url = database.url().replace("127.0.0.1:", "nowhere.example:1,127.0.0.1:1,works.test:");
    assertThat(read(reader.read(request(url))).host()).isEqualTo("works.test");
  }

  @Test
  void whatMayNotBeObservedIsNotDialled() {
    Database database = postgres.database();
    try (JdbcDatabaseReader strict =
        new JdbcDatabaseReader(
            new HostPolicy(List.of(), Set.of(), Looking::lookup), Clock.systemUTC())) {
      assertThat(strict.observes(settings(database.url()))).isFalse();
      unreachable(strict.read(request(database.url())));
      unreachable(strict.watch(request(database.url())));
      unreachable(strict.read(request(database.url().replace("127.0.0.1", "rebound.test"))));
    }
  }
}

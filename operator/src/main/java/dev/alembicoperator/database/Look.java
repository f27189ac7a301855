package dev.alembicoperator.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.util.PSQLException;

/**
 * What is asked over one connection, in one transaction that cannot write. Settings are local to
 * the transaction: behind a pooler the session may be handed to an application next, and a {@code
 * default_transaction_read_only} left in it would stop that application.
 */
final class Look {
  /** More are no version table: Alembic keeps one row for each head. */
  static final int MOST_ROWS = 100;

  /** The widest that people make {@code version_num} (Alembic's own is 32). */
  static final int LONGEST_ROW = 255;

  static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(5);

  private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(30);
  private static final int LONGEST_NAME = 256;

  private static final Pattern IDENTITY = Pattern.compile("[0-9]{1,20}/[0-9]{1,10}");
  private static final Pattern VERSION = Pattern.compile("[0-9][0-9A-Za-z.]{0,31}");
  private static final Pattern SEARCH_PATH =
      Pattern.compile("(?:^|\\s)(?:-c\\s*|--)search_path=((?:[^\\s\\\\]|\\\\.)+)");

  private static final String SETTINGS =
      """
      SELECT pg_catalog.set_config('statement_timeout', ?, true),
             pg_catalog.set_config('lock_timeout', ?, true),
             pg_catalog.set_config('idle_in_transaction_session_timeout', ?, true)
      """;

  private static final String SERVER =
      """
      SELECT pg_catalog.current_setting('server_version'),
             pg_catalog.pg_is_in_recovery(),
             pg_catalog.current_database()::text,
             coalesce((SELECT s.ssl FROM pg_catalog.pg_stat_ssl s WHERE s.pid = pg_catalog.pg_backend_pid()), false),
             coalesce(pg_catalog.has_function_privilege(
               pg_catalog.to_regprocedure('pg_catalog.pg_control_system()')::oid, 'EXECUTE'), false)
      """;

  private static final String IDENTITY_OF =
      """
      SELECT c.system_identifier::text || '/' || d.oid::text
        FROM pg_catalog.pg_control_system() c, pg_catalog.pg_database d
       WHERE d.datname = pg_catalog.current_database()
      """;

  private static final String TABLE =
      """
      SELECT n.nspname::text, c.relname::text
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE c.oid = pg_catalog.to_regclass(CAST(? AS text))
      """;

  /** There is a relation of the version table's name that Alembic cannot have made. */
  static final class NoVersionTable extends Exception {
    private static final long serialVersionUID = 1L;

    NoVersionTable(String message) {
      super(message);
    }
  }

  private record Server(
      String version, boolean inRecovery, String name, boolean tls, boolean mayIdentify) {}

  private final Connection connection;
  private final ReadRequest request;
  private final Scrubber scrubber;

  Look(Connection connection, ReadRequest request, Scrubber scrubber) {
    this.connection = connection;
    this.request = request;
    this.scrubber = scrubber;
  }

  DatabaseView.Read read(String host) throws SQLException, NoVersionTable {
    connection.setAutoCommit(false);
    connection.setReadOnly(true);
    try {
      DatabaseView.Read view = look(host);
      connection.rollback();
      return view;
    } catch (SQLException | NoVersionTable | RuntimeException failure) {
      try {
        connection.rollback();
      } catch (SQLException second) {
        failure.addSuppressed(second);
      }
      throw failure;
    }
  }

  private DatabaseView.Read look(String host) throws SQLException, NoVersionTable {
    settings();
    Server server = server();
    Optional<String> table = table();
    List<String> rows = table.isPresent() ? rows(table.get()) : List.of();
    List<Backend> backends =
        new LiveBackends(connection, scrubber).startingWith(request.applicationPrefix());
    return new DatabaseView.Read(
        server.version(),
        // The last question: should it fail after all, nothing is lost but its answer.
        server.mayIdentify() ? identity() : Optional.empty(),
        server.inRecovery(),
        server.tls(),
        host,
        server.name(),
        table.isPresent(),
        rows,
        backends);
  }

  private void settings() throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(SETTINGS)) {
      statement.setString(1, Long.toString(STATEMENT_TIMEOUT.toMillis()));
      statement.setString(2, Long.toString(LOCK_TIMEOUT.toMillis()));
      statement.setString(3, Long.toString(IDLE_TIMEOUT.toMillis()));
      statement.executeQuery().close();
    }
    Optional<String> path = searchPath();
    if (path.isPresent()) {
      try (PreparedStatement statement =
          connection.prepareStatement("SELECT pg_catalog.set_config('search_path', ?, true)")) {
        statement.setString(1, path.get());
        statement.executeQuery().close();
      }
    }
  }

  /**
   * The user's own search path, where the URL carries one: it decides which version table is meant.
   */
  private Optional<String> searchPath() {
    Matcher libpq = SEARCH_PATH.matcher(request.settings().options().getOrDefault("options", ""));
    if (libpq.find()) {
      return Optional.of(libpq.group(1).replaceAll("\\\\(.)", "$1"));
    }
    return Optional.ofNullable(request.settings().options().get("currentSchema"));
  }

  private Server server() throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(SERVER);
        ResultSet row = statement.executeQuery()) {
      row.next();
      Matcher version = VERSION.matcher(text(row, 1));
      return new Server(
          version.lookingAt() ? version.group() : "",
          row.getBoolean(2),
          name(row, 3),
          row.getBoolean(4),
          row.getBoolean(5));
    }
  }

  private Optional<String> identity() throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(IDENTITY_OF);
        ResultSet row = statement.executeQuery()) {
      return row.next()
          ? Optional.of(text(row, 1)).filter(id -> IDENTITY.matcher(id).matches())
          : Optional.empty();
    } catch (PSQLException refused) {
      if (refused.getServerErrorMessage() == null) {
        throw refused;
      }
      return Optional.empty();
    }
  }

  /** The table as SQL names it, schema and all; empty when there is none. */
  private Optional<String> table() throws SQLException {
    String asked =
        request
            .versionTable()
            .map(t -> t.schema().map(schema -> quoted(schema) + ".").orElse("") + quoted(t.name()))
            .orElse(quoted(VersionTable.DEFAULT_NAME));
    try (PreparedStatement statement = connection.prepareStatement(TABLE)) {
      statement.setString(1, asked);
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? Optional.of(quoted(text(row, 1)) + "." + quoted(text(row, 2)))
            : Optional.empty();
      }
    }
  }

  private List<String> rows(String table) throws SQLException, NoVersionTable {
    String sql =
        "SELECT pg_catalog.left(version_num::text, %d) FROM %s LIMIT %d"
            .formatted(LONGEST_ROW + 1, table, MOST_ROWS + 1);
    List<String> rows = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        String revision = text(row, 1);
        if (revision.length() > LONGEST_ROW || revision.chars().anyMatch(Character::isISOControl)) {
          throw new NoVersionTable("holds a value that is no revision");
        }
        rows.add(revision);
        if (rows.size() > MOST_ROWS) {
          throw new NoVersionTable("has more than " + MOST_ROWS + " rows");
        }
      }
    }
    return rows;
  }

  private String name(ResultSet row, int column) throws SQLException {
    return scrubber.clean(row.getString(column), LONGEST_NAME);
  }

  private static String text(ResultSet row, int column) throws SQLException {
    String text = row.getString(column);
    return text == null ? "" : text;
  }

  /** As quote_ident, always with the quotes. */
  static String quoted(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }
}

package dev.alembicoperator.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The backends of a migration and who blocks them. Process, application name, locks and prepared
 * transactions are visible to every role; state and times only to the same role and to {@code
 * pg_read_all_stats} (PostgreSQL manual, "The Cumulative Statistics System").
 */
final class LiveBackends {
  private static final int MOST_BACKENDS = 50;
  private static final int MOST_BLOCKERS = 20;
  private static final int LONGEST_NAME = 256;

  private static final String BACKENDS =
      """
      SELECT a.pid, a.application_name, a.state,
             extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(a.xact_start, a.query_start))::float8,
             b.pid, coalesce(o.application_name, '')
        FROM pg_catalog.pg_stat_activity a
        LEFT JOIN LATERAL (SELECT DISTINCT pg_catalog.unnest(pg_catalog.pg_blocking_pids(a.pid)) AS pid) b ON true
        LEFT JOIN pg_catalog.pg_stat_activity o ON o.pid = b.pid
       WHERE a.datname = pg_catalog.current_database()
         AND a.pid <> pg_catalog.pg_backend_pid()
         AND coalesce(a.backend_type, 'client backend') = 'client backend'
         AND pg_catalog.left(a.application_name, pg_catalog.length(?)) = ?
       ORDER BY a.pid, b.pid
      """;

  /**
   * A prepared transaction holds its locks without a process. Which one it is tells the lock on its
   * own transaction id, which carries the same virtual transaction (that is -1/xid only after a
   * restart of the server).
   */
  private static final String PREPARED =
      """
      SELECT DISTINCT p.gid
        FROM pg_catalog.pg_locks w
        JOIN pg_catalog.pg_locks h
          ON h.granted AND h.pid IS NULL AND h.locktype = w.locktype
         AND (h.database, h.relation, h.page, h.tuple, h.virtualxid, h.transactionid, h.classid, h.objid, h.objsubid)
             IS NOT DISTINCT FROM
             (w.database, w.relation, w.page, w.tuple, w.virtualxid, w.transactionid, w.classid, w.objid, w.objsubid)
        JOIN pg_catalog.pg_locks x
          ON x.granted AND x.pid IS NULL AND x.locktype = 'transactionid'
         AND x.virtualtransaction = h.virtualtransaction
        JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = x.transactionid
       WHERE w.pid = ? AND NOT w.granted
       ORDER BY 1
      """;

  private final Connection connection;
  private final Scrubber scrubber;

  LiveBackends(Connection connection, Scrubber scrubber) {
    this.connection = connection;
    this.scrubber = scrubber;
  }

  /** The backends of this database whose application name starts so; none for an empty prefix. */
  List<Backend> startingWith(String applicationPrefix) throws SQLException {
    if (applicationPrefix.isEmpty()) {
      return List.of();
    }
    Map<Integer, Backend> found = new LinkedHashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(BACKENDS)) {
      statement.setString(1, applicationPrefix);
      statement.setString(2, applicationPrefix);
      statement.setMaxRows(MOST_BACKENDS * MOST_BLOCKERS);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          int pid = row.getInt(1);
          if (!found.containsKey(pid) && found.size() == MOST_BACKENDS) {
            break;
          }
          Backend known =
              found.getOrDefault(
                  pid, new Backend(pid, name(row, 2), state(row), runningFor(row), List.of()));
          found.put(
              pid, row.getObject(5) == null ? known : blocked(known, row.getInt(5), name(row, 6)));
        }
      }
    }
    List<Backend> backends = new ArrayList<>();
    for (Backend backend : found.values()) {
      backends.add(withPrepared(backend));
    }
    return backends;
  }

  private static Backend blocked(Backend backend, int pid, String applicationName) {
    if (backend.blockedBy().size() == MOST_BLOCKERS) {
      return backend;
    }
    List<Blocker> blockers = new ArrayList<>(backend.blockedBy());
    blockers.add(new Blocker(pid, applicationName, Optional.empty()));
    return new Backend(
        backend.pid(), backend.applicationName(), backend.state(), backend.runningFor(), blockers);
  }

  /**
   * The server knows a prepared transaction that blocks only as process 0; its locks tell which one
   * it is.
   */
  private Backend withPrepared(Backend backend) throws SQLException {
    if (backend.blockedBy().stream().noneMatch(blocker -> blocker.pid() == 0)) {
      return backend;
    }
    List<Blocker> blockers = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(PREPARED)) {
      statement.setInt(1, backend.pid());
      statement.setMaxRows(MOST_BLOCKERS);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          blockers.add(new Blocker(0, "", Optional.of(name(row, 1))));
        }
      }
    }
    backend.blockedBy().stream()
        .filter(blocker -> blocker.pid() != 0 || blockers.isEmpty())
        .forEach(blockers::add);
    return new Backend(
        backend.pid(), backend.applicationName(), backend.state(), backend.runningFor(), blockers);
  }

  private Optional<String> state(ResultSet row) throws SQLException {
    return Optional.of(name(row, 3)).filter(state -> !state.isEmpty());
  }

  private static Optional<Duration> runningFor(ResultSet row) throws SQLException {
    double seconds = row.getDouble(4);
    return row.wasNull() || !Double.isFinite(seconds)
        ? Optional.empty()
        : Optional.of(Duration.ofMillis((long) Math.clamp(seconds * 1000, 0, 1e15)));
  }

  private String name(ResultSet row, int column) throws SQLException {
    return scrubber.clean(row.getString(column), LONGEST_NAME);
  }
}

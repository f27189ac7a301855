package dev.alembicoperator.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.PrintWriter;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Logger;
import javax.sql.DataSource;

/**
 * Connections that are kept while runs are watched: at most two for each database, gone a minute
 * after the last look.
 */
final class WatchPools implements AutoCloseable {
  static final Duration KEPT = Duration.ofMinutes(1);

  /** Beyond these, a look has a connection of its own again. */
  static final int MOST_POOLS = 50;

  private static final Duration LIFETIME = Duration.ofMinutes(5);
  private static final long MOST_BYTES = 64L * 1024 * 1024;

  /**
   * What makes two looks share a pool. The settings hold the password: a rotated one makes a new
   * pool.
   */
  private record Key(ConnectionSettings settings, String namespace, Duration connectTimeout) {
    static Key of(ReadRequest request) {
      return new Key(request.settings(), request.namespace(), request.connectTimeout());
    }
  }

  private record Kept(HikariDataSource pool, Instant lastUsed) {}

  private final Dialer dialer;
  private final Clock clock;
  private final Map<Key, Kept> pools = new HashMap<>();
  private boolean closed;

  WatchPools(Dialer dialer, Clock clock) {
    this.dialer = dialer;
    this.clock = clock;
  }

  /** A connection of the database's pool; empty when it has none yet. */
  Optional<Connection> borrow(ReadRequest request) throws SQLException {
    HikariDataSource pool;
    synchronized (this) {
      Kept kept =
          pools.computeIfPresent(
              Key.of(request), (key, old) -> new Kept(old.pool(), clock.instant()));
      if (kept == null) {
        return Optional.empty();
      }
      pool = kept.pool();
    }
    return Optional.of(pool.getConnection());
  }

  /**
   * Makes a pool after a look that went well: a wrong password is tried once, not as often as a
   * pool would.
   */
  synchronized void open(ReadRequest request) {
    if (!closed && pools.size() < MOST_POOLS && request.settings().endpoints().size() == 1) {
      pools.computeIfAbsent(Key.of(request), key -> new Kept(pool(request), clock.instant()));
    }
  }

  /** Gives a pool up whose connections failed. */
  void discard(ReadRequest request) {
    Kept kept;
    synchronized (this) {
      kept = pools.remove(Key.of(request));
    }
    if (kept != null) {
      kept.pool().close();
    }
  }

  /** Closes what nobody used for a minute. */
  synchronized void closeIdle() {
    Instant limit = clock.instant().minus(KEPT);
    pools
        .values()
        .removeIf(kept -> {
          boolean idle = !kept.lastUsed().isAfter(limit);
          if (idle) {
            kept.pool().close();
          }
          return idle;
        });
  }

  synchronized int size() {
    return pools.size();
  }

  @Override
  public synchronized void close() {
    closed = true;
    pools.values().forEach(kept -> kept.pool().close());
    pools.clear();
  }

  private HikariDataSource pool(ReadRequest request) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("database-watch");
    config.setDataSource(new DialledSource(dialer, request));
    config.setMaximumPoolSize(2);
    config.setMinimumIdle(0);
    config.setIdleTimeout(Duration.ofSeconds(30).toMillis());
    config.setMaxLifetime(LIFETIME.toMillis());
    config.setKeepaliveTime(0);
    long timeout = Math.max(250, request.connectTimeout().toMillis());
    config.setConnectionTimeout(timeout);
    config.setValidationTimeout(timeout);
    config.setInitializationFailTimeout(-1);
    config.setAutoCommit(false);
    config.setReadOnly(true);
    config.setThreadFactory(Thread.ofPlatform().daemon().name("database-watch-", 0).factory());
    return new HikariDataSource(config);
  }

  /** Resolves and checks the host anew for every connection, as a look without a pool does. */
  private record DialledSource(Dialer dialer, ReadRequest request) implements DataSource {
    @Override
    public Connection getConnection() throws SQLException {
      try {
        return dialer.dial(
            request.settings(),
            request.settings().endpoints().getFirst(),
            request.namespace(),
            request.connectTimeout(),
            LIFETIME.plusMinutes(1),
            MOST_BYTES);
      } catch (UnknownHostException | Dialer.UnreadableAuthorities e) {
        throw new SQLException("no address to dial", "08001");
      }
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
      throw new SQLFeatureNotSupportedException();
    }

    @Override
    public PrintWriter getLogWriter() {
      return null;
    }

    @Override
    public void setLogWriter(PrintWriter out) {}

    @Override
    public void setLoginTimeout(int seconds) {}

    /** For so many seconds a pool that is closed waits for a connection that is being made. */
    @Override
    public int getLoginTimeout() {
      return 1;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
      throw new SQLFeatureNotSupportedException();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
      throw new SQLFeatureNotSupportedException();
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
      return false;
    }

    /** Hikari logs its source. */
    @Override
    public String toString() {
      return "DialledSource";
    }
  }
}

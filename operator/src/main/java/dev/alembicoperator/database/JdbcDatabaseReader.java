package dev.alembicoperator.database;

import java.time.Clock;
import java.util.Objects;

/** Looks at PostgreSQL over JDBC. */
public final class JdbcDatabaseReader implements DatabaseReader {
  /** Dials only where the policy allows. */
  public JdbcDatabaseReader(HostPolicy hosts, Clock clock) {
    Objects.requireNonNull(hosts, "hosts");
    Objects.requireNonNull(clock, "clock");
  }

  @Override
  public DatabaseView read(ReadRequest request) {
    return new DatabaseView.Unreachable("not built yet");
  }

  @Override
  public void close() {}
}

package dev.alembicoperator.report;

import dev.alembicoperator.api.v1alpha1.DatabaseInfo;
import dev.alembicoperator.api.v1alpha1.DatabaseInfoBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatusBuilder;
import dev.alembicoperator.database.DatabaseView;
import dev.alembicoperator.observe.ConnectionView;
import dev.alembicoperator.observe.Observation;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/** What one look at the database told, as status has it. */
final class Facts {

  /**
   * An idle resource's lastCheckTime is refreshed this seldom, so that a thousand of them cost
   * almost nothing.
   */
  private static final Duration CHECK_TIME_GRAIN = Duration.ofHours(1);

  private Facts() {}

  /** What was read, whatever is decided from it. */
  static DatabaseMigrationStatus of(Observation o) {
    DatabaseMigrationStatus old = o.status();
    Optional<DatabaseView.Read> read = o.databaseRead();
    if (read.isEmpty()) {
      return old;
    }
    List<String> rows = read.get().rows();
    Outgoing out = Outgoing.of(o);
    return DatabaseMigrationStatusBuilder.builder(old)
        .currentRevision(out.name(rows.isEmpty() ? "base" : String.join(",", rows)))
        .currentRevisions(rows.stream().map(out::name).toList())
        .database(database(old.database(), read.get(), o, out))
        .lastCheckTime(checkTime(old.lastCheckTime(), o.now()))
        .build();
  }

  private static Instant checkTime(Instant old, Instant now) {
    return old != null && old.plus(CHECK_TIME_GRAIN).isAfter(now)
        ? old
        : now.truncatedTo(ChronoUnit.SECONDS);
  }

  private static DatabaseInfo database(
      DatabaseInfo old, DatabaseView.Read read, Observation o, Outgoing out) {
    String dialect =
        o.connection() instanceof ConnectionView.Known known ? known.settings().dialect() : null;
    return DatabaseInfoBuilder.builder()
        .dialect(dialect)
        .serverVersion(out.name(read.serverVersion()))
        .host(out.name(read.host()))
        .name(out.name(read.name()))
        .identity(read.identity().orElse(null))
        .tls(read.tls())
        .versionTable(old == null ? null : old.versionTable())
        .build();
  }
}

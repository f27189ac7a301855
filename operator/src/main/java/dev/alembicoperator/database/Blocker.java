package dev.alembicoperator.database;

import java.util.Objects;
import java.util.Optional;

/**
 * Who holds a lock that a migration waits for.
 *
 * @param pid the server process; 0 for a prepared transaction, which has none (PostgreSQL manual,
 *     {@code pg_blocking_pids})
 * @param applicationName may be empty
 * @param preparedTransaction the global identifier to {@code COMMIT PREPARED} or {@code ROLLBACK
 *     PREPARED}
 */
public record Blocker(int pid, String applicationName, Optional<String> preparedTransaction) {
  public Blocker {
    Objects.requireNonNull(applicationName, "applicationName");
    preparedTransaction = preparedTransaction == null ? Optional.empty() : preparedTransaction;
  }
}

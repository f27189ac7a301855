package dev.alembicoperator.database;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A living server process of a migration. A dead pod is not a stopped migration: the process may go
 * on for as long as its statement takes.
 *
 * @param pid the server process
 * @param applicationName as the runner set it, {@code <resource>/<attempt>/<n>.<m>/<revision>}
 * @param state {@code active}, {@code idle in transaction}, …; only the same role or {@code
 *     pg_read_all_stats} sees it
 * @param runningFor since its transaction (or else its statement) began; seen by whom the state is
 *     seen
 * @param blockedBy who holds the lock it waits for; visible to every role
 */
public record Backend(
    int pid,
    String applicationName,
    Optional<String> state,
    Optional<Duration> runningFor,
    List<Blocker> blockedBy) {
  public Backend {
    Objects.requireNonNull(applicationName, "applicationName");
    state = state == null ? Optional.empty() : state;
    runningFor = runningFor == null ? Optional.empty() : runningFor;
    blockedBy = blockedBy == null ? List.of() : List.copyOf(blockedBy);
  }
}

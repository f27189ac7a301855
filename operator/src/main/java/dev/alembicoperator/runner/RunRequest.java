package dev.alembicoperator.runner;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpec;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;
import java.util.Optional;

/**
 * One run, complete: everything that the Job and the runner's arguments are made from, and nothing
 * else.
 *
 * @param namespace of the resource and of the Job
 * @param name of the resource
 * @param uid of the resource
 * @param attempt grows for ever; a part of the Job's name
 * @param generation of the spec that is run
 * @param job the Job's name
 * @param spec what to run; defaults are not yet filled in
 * @param limits how long things may take; defaults filled in
 * @param expect the database that was read over JDBC, which the runner must meet as well; empty
 *     when it was not read
 */
@RecordBuilder
public record RunRequest(
    String namespace,
    String name,
    String uid,
    long attempt,
    long generation,
    String job,
    DatabaseMigrationSpec spec,
    Limits limits,
    Optional<ExpectedDatabase> expect) {

  /**
   * What the version table's backends are called: {@code <resource>/<attempt>/}; the revision
   * follows.
   */
  public String applicationPrefix() {
    return ApplicationName.prefix(ApplicationName.resource(namespace, name, uid), attempt);
  }

  /**
   * Durations of a run.
   *
   * @param lock the session's lock_timeout
   * @param migrationLock how long another migration of the same database is waited for
   * @param statement the session's statement_timeout; empty for none
   * @param run the whole run, from the lock on
   * @param connect to the database
   */
  public record Limits(
      Duration lock,
      Duration migrationLock,
      Optional<Duration> statement,
      Duration run,
      Duration connect) {}

  /**
   * The database that the operator read.
   *
   * @param identity {@code <system identifier>/<database oid>}; empty where the server does not
   *     tell it
   */
  public record ExpectedDatabase(
      Optional<String> identity, String dialect, String host, String name) {}
}

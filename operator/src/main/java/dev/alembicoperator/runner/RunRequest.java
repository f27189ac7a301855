package dev.alembicoperator.runner;

import dev.alembicoperator.api.v1alpha1.Alembic;
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
 * @param task what the pod is to do
 * @param spec where and how it does it: database and pod; defaults are not yet filled in
 * @param limits how long things may take; defaults filled in
 * @param expect the database that was read over JDBC, which the runner must meet as well; empty
 *     when it was not read
 * @param purpose migrate, or only look
 */
@RecordBuilder
public record RunRequest(
    String namespace,
    String name,
    String uid,
    long attempt,
    long generation,
    String job,
    Task task,
    DatabaseMigrationSpec spec,
    Limits limits,
    Optional<ExpectedDatabase> expect,
    Purpose purpose) {

  /** What the pod is for. */
  public sealed interface Purpose {

    /** Bring the database to the target. */
    record Migrate() implements Purpose {}

    /**
     * Look, and change nothing.
     *
     * @param sql whether to render the SQL of what is pending
     */
    record Check(boolean sql) implements Purpose {}
  }

  /** Whether the pod may change the database. */
  public boolean migrates() {
    return purpose instanceof Purpose.Migrate;
  }

  /**
   * What the version table's backends are called: {@code <resource>/<attempt>/}; the revision
   * follows.
   */
  public String applicationPrefix() {
    return ApplicationName.prefix(ApplicationName.resource(namespace, name, uid), attempt);
  }

  /**
   * Which image takes the database where, and what it may do to get there. Usually the spec's own
   * words; not so when a recorded newer image goes down for an older one that cannot.
   *
   * @param image that is run
   * @param target as the spec names it, or the rows that an older image resolved, joined by commas
   * @param alembic how Alembic is started in that image; null for its defaults
   * @param downgrade the digest of the announced plan that may be gone down; empty: upwards only
   * @param baseline to stamp first in a database that has tables and no version table
   * @param instead the older image for which this one is run; it must go down, and never up
   */
  @RecordBuilder
  public record Task(
      String image,
      String target,
      Alembic alembic,
      Optional<String> downgrade,
      Optional<String> baseline,
      Optional<Instead> instead) {}

  /**
   * The image that the spec names and that does not know the database's revision.
   *
   * @param image as the spec names it
   * @param imageDigest what ran of it; null when the node did not tell
   */
  public record Instead(String image, String imageDigest) {}

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

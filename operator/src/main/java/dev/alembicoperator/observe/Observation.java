package dev.alembicoperator.observe;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpec;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.database.DatabaseView;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The world as one reconcile sees it. Everything that a decision may depend on is in here, the time
 * too.
 *
 * @param resource with the status that was last written, by us or somebody
 * @param now from the one clock
 * @param connection what the resource's Secrets and ConfigMaps say of the database
 * @param job the Job of the latest attempt, if it exists; read from the API server itself, not a
 *     cache, when the cache has none
 * @param check the Job of the check that goes on, if it exists; read as the attempt's is
 * @param owned what is known of all Jobs of the resource, those of forgotten attempts too
 * @param database what JDBC read; empty when the operator does not look (by wish, dialect or
 *     missing settings)
 * @param sharing the other resources whose last look met the same database
 * @param lastLook when the database was last read successfully, if ever
 */
@RecordBuilder
public record Observation(
    DatabaseMigration resource,
    Instant now,
    ConnectionView connection,
    Optional<JobView> job,
    Optional<JobView> check,
    OwnedJobs owned,
    Optional<DatabaseView> database,
    List<DatabaseMigration> sharing,
    Optional<Instant> lastLook) {

  /**
   * The Jobs that the resource controls.
   *
   * @param highestAttempt the highest attempt's number among them; 0 when there is none. Status can
   *     be lost, Jobs remember
   * @param unfinished the name of one that migrates and that status knows nothing of
   */
  public record OwnedJobs(long highestAttempt, Optional<String> unfinished) {
    /** No Jobs. */
    public static OwnedJobs none() {
      return new OwnedJobs(0, Optional.empty());
    }
  }

  /** The wish. */
  public DatabaseMigrationSpec spec() {
    return resource.getSpec();
  }

  /** The last status; never null. */
  public DatabaseMigrationStatus status() {
    return resource.getStatus() == null ? DatabaseMigrationStatus.empty() : resource.getStatus();
  }

  /** metadata.generation; 0 when a server does not keep it. */
  public long generation() {
    Long generation = resource.getMetadata().getGeneration();
    return generation == null ? 0 : generation;
  }

  /** The same world with another status: what it would look like after a write. */
  public Observation withStatus(DatabaseMigrationStatus status) {
    DatabaseMigration copy = new DatabaseMigration();
    copy.setMetadata(resource.getMetadata());
    copy.setSpec(resource.getSpec());
    copy.setStatus(status);
    return new Observation(copy, now, connection, job, check, owned, database, sharing, lastLook);
  }

  /** The database as read over JDBC just now, if it was. */
  public Optional<DatabaseView.Read> databaseRead() {
    return database.filter(DatabaseView.Read.class::isInstance).map(DatabaseView.Read.class::cast);
  }
}

package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Database;
import dev.alembicoperator.api.v1alpha1.DatabaseInfo;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpec;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.observe.Observation;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;

/**
 * Two resources with one database and version table that want different things would undo each
 * other's work for ever. The older one wins; the younger waits until they agree or one goes.
 */
final class SharedDatabase {

  /** Changes of the other resource wake this one; this is for what nobody saw. */
  private static final Duration WATCH = Duration.ofSeconds(30);

  private static final String DEFAULT_TABLE = "alembic_version";

  private static final Comparator<DatabaseMigration> AGE =
      Comparator.comparing((DatabaseMigration r) -> created(r.getMetadata()))
          .thenComparing(r -> r.getMetadata().getUid());

  private SharedDatabase() {}

  /** An older resource wants something else of the same version table. */
  static Optional<Decision> contested(Observation o) {
    if (suspended(o.resource())) {
      return Optional.empty();
    }
    return o.sharing().stream()
        .filter(other -> other.getMetadata().getDeletionTimestamp() == null && !suspended(other))
        .filter(other -> AGE.compare(other, o.resource()) < 0)
        .filter(other -> sameTable(table(other), table(o.resource())))
        .filter(other -> !agree(other.getSpec(), o.spec()))
        .min(AGE)
        .map(other -> refusal(other, o));
  }

  private static Decision refusal(DatabaseMigration other, Observation o) {
    boolean image = !SpecFingerprint.sameImage(other.getSpec().image(), o.spec().image());
    return new Decision.Refuse(
        Reason.DatabaseShared,
        "The DatabaseMigration \"%s\" in namespace \"%s\", which is older, migrates the same database and version table with another %s (\"%s\"). Remove one of the two, or let them name the same image and target; if env.py keeps its revisions in another table, name that in spec.database.versionTable."
            .formatted(
                other.getMetadata().getName(),
                other.getMetadata().getNamespace(),
                image ? "image" : "target",
                image ? other.getSpec().image() : target(other.getSpec())),
        WATCH);
  }

  private static boolean agree(DatabaseMigrationSpec one, DatabaseMigrationSpec other) {
    return SpecFingerprint.sameImage(one.image(), other.image())
        && target(one).equals(target(other));
  }

  private static String target(DatabaseMigrationSpec spec) {
    return spec.target() == null ? "head" : spec.target();
  }

  private static boolean suspended(DatabaseMigration resource) {
    return Boolean.TRUE.equals(resource.getSpec().suspend());
  }

  /**
   * What the spec names, else what a run reported. Before the first run nobody knows what env.py
   * uses, and Alembic's own name is assumed: better refused at first than migrated by two.
   */
  private static String table(DatabaseMigration resource) {
    Database.VersionTable wished = resource.getSpec().database().versionTable();
    if (wished != null) {
      String name = wished.name() == null ? DEFAULT_TABLE : wished.name();
      return wished.schema() == null ? name : wished.schema() + "." + name;
    }
    return Optional.ofNullable(resource.getStatus())
        .map(DatabaseMigrationStatus::database)
        .map(DatabaseInfo::versionTable)
        .orElse(DEFAULT_TABLE);
  }

  /** Where one of them names no schema, the names decide. */
  private static boolean sameTable(String one, String other) {
    boolean both = one.indexOf('.') >= 0 && other.indexOf('.') >= 0;
    return both ? one.equals(other) : name(one).equals(name(other));
  }

  private static String name(String table) {
    return table.substring(table.indexOf('.') + 1);
  }

  private static Instant created(ObjectMeta meta) {
    return meta.getCreationTimestamp() == null
        ? Instant.MAX
        : Instant.parse(meta.getCreationTimestamp());
  }
}

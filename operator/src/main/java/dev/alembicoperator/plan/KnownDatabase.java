package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Adopt;
import dev.alembicoperator.api.v1alpha1.Applied;
import dev.alembicoperator.api.v1alpha1.AppliedBuilder;
import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.DatabaseInfo;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.database.DatabaseView;
import dev.alembicoperator.observe.Observation;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * Whether the database is the one that this resource migrated before. An edited Secret, a restored
 * backup or a failover may lead elsewhere. A plain upgrade goes on there; what could destroy data
 * waits for a person, whose retry annotation accepts the database that was told of.
 */
public final class KnownDatabase {

  private static final Duration WATCH = Duration.ofSeconds(30);

  private KnownDatabase() {}

  /** Whether both identities are known and differ. */
  static boolean changed(Observation o) {
    Applied applied = o.status().applied();
    Optional<String> now = identity(o);
    return applied != null
        && applied.database() != null
        && now.isPresent()
        && !applied.database().equals(now.get());
  }

  /** As read now; where it is not, as last read or reported. */
  static Optional<String> identity(Observation o) {
    return o.databaseRead().isPresent()
        ? o.databaseRead().flatMap(DatabaseView.Read::identity)
        : Optional.ofNullable(o.status().database()).map(DatabaseInfo::identity);
  }

  /**
   * What was applied, as far as it still binds: after a person was told that the database is
   * another one, or has no version table any more, and asked for another try all the same, it does
   * not.
   */
  public static Applied applied(Observation o) {
    Applied applied = o.status().applied();
    if (applied == null || !Verbs.retryAsked(o)) {
      return applied;
    }
    if (unversioned(o)) {
      return null;
    }
    return changed(o) && told(Reason.DatabaseChanged, o)
        ? AppliedBuilder.builder(applied).database(identity(o).orElseThrow()).build()
        : applied;
  }

  /** The baseline was not used although the database has no version table: why, and what to do. */
  static Optional<Decision> baselineWithheld(Observation o) {
    if (o.spec().adopt() == null || o.status().applied() == null || !unversioned(o)) {
      return Optional.empty();
    }
    return LastAttempt.standing(o)
        .map(a ->
            changed(o)
                ? new Decision.Refuse(
                    Reason.DatabaseChanged, a.message() + " " + sentence("a baseline", o), WATCH)
                : new Decision.Refuse(
                    Reason.UnversionedDatabase, a.message() + " " + lost(o), WATCH));
  }

  /** For people: what changed, and how it goes on. */
  static String sentence(String wish, Observation o) {
    return ("This is database %s, and what was migrated last was %s: %s could destroy data in it."
            + " Correct the Secret, or, if this database is meant, set the annotation"
            + " alembic-operator.dev/retry to a new value.")
        .formatted(identity(o).orElse("another"), o.status().applied().database(), wish);
  }

  private static String lost(Observation o) {
    return ("The version table was lost after the database had been at %s, so spec.adopt.baseline"
            + " (\"%s\") was not used. Set it to the revision whose tables are there, and the"
            + " annotation alembic-operator.dev/retry to a new value.")
        .formatted(
            Texts.revisions(o.status().applied().revisions()),
            Optional.of(o.spec().adopt()).map(Adopt::baseline).orElse(""));
  }

  private static boolean unversioned(Observation o) {
    Attempt last = o.status().attempt();
    boolean refused = last != null && Objects.equals(last.reason(), "UnversionedDatabase");
    boolean rows = o.databaseRead().filter(r -> !r.rows().isEmpty()).isPresent();
    return refused && !rows;
  }

  private static boolean told(Reason reason, Observation o) {
    return o.status().conditions().stream()
        .anyMatch(c -> "Ready".equals(c.getType()) && reason.name().equals(c.getReason()));
  }
}

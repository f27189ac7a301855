package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Applied;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.database.DatabaseView;
import dev.alembicoperator.observe.ConnectionView;
import dev.alembicoperator.observe.Observation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Whether the database already is where the spec wants it, which needs no pod to be known. */
final class Goal {

  /** How many checks may fail before an idle resource's truth counts as unknown. */
  private static final int CHECKS_MISSED = 3;

  private final PlanSettings settings;

  Goal(PlanSettings settings) {
    this.settings = settings;
  }

  /**
   * Applies when a run has already brought about what the spec asks for now. What remains is to
   * compare the rows that it left with the rows that stand.
   */
  Optional<Decision> reached(Observation o) {
    Applied applied = o.status().applied();
    if (applied == null || !matches(applied, o) || Verbs.retryAsked(o)) {
      return Optional.empty();
    }
    if (onlyPodsLook(o) && o.status().currentRevision() == null) {
      return Optional.of(upToDate(applied, o));
    }
    if (rows(o).isPresent()) {
      return compare(applied, rows(o).get(), o);
    }
    return Optional.of(notRead(o, applied));
  }

  static boolean matches(Applied applied, Observation o) {
    return SpecFingerprint.goal(o.spec()).equals(applied.specHash())
        && SpecFingerprint.sameImage(applied.image(), o.spec().image());
  }

  /** Nothing but a pod ever sees this database. */
  static boolean onlyPodsLook(Observation o) {
    return o.connection() instanceof ConnectionView.NotRead || unobservable(o);
  }

  /** The operator knows the way and did not look: the database is one that only a pod can see. */
  private static boolean unobservable(Observation o) {
    return o.connection() instanceof ConnectionView.Known && o.database().isEmpty();
  }

  private Decision upToDate(Applied applied, Observation o) {
    return new Decision.Nothing(
        Reason.UpToDate,
        "The database is at %s.".formatted(Texts.revisions(applied.revisions())),
        true,
        settings.interval(o.spec()));
  }

  /** Empty when the database is to be brought back by a run. */
  private Optional<Decision> compare(Applied applied, List<String> rows, Observation o) {
    if (Confirmation.same(applied.revisions(), rows)) {
      return Optional.of(upToDate(applied, o));
    }
    if (KnownDatabase.changed(o)) {
      return Optional.of(
          new Decision.Refuse(
              Reason.DatabaseChanged,
              "The database is at %s, and not where it was left. %s"
                  .formatted(
                      Texts.revisions(rows), KnownDatabase.sentence("migrating it again", o)),
              settings.interval(o.spec())));
    }
    if (!Reapplication.wanted(o)) {
      return Optional.of(
          new Decision.Refuse(
              Reason.Drifted,
              moved(applied, rows)
                  + " Bring it back, set spec.drift.onDrift to Reapply, or set the annotation"
                  + " alembic-operator.dev/retry to a new value to migrate it again.",
              settings.interval(o.spec())));
    }
    return Reapplication.notBefore(o).map(at -> fought(applied, rows, at, o));
  }

  private Decision fought(Applied applied, List<String> rows, Instant at, Observation o) {
    Duration until = Duration.between(o.now(), at).plusMillis(50);
    Duration interval = settings.interval(o.spec());
    return new Decision.Refuse(
        Reason.Drifted,
        ("%s It was brought there again and again within the last hour, and each time somebody"
                + " moved it away: find out who else migrates it. It is brought back at %s, or when"
                + " the annotation alembic-operator.dev/retry has a new value.")
            .formatted(moved(applied, rows), Texts.time(at)),
        until.compareTo(interval) < 0 ? until : interval);
  }

  private static String moved(Applied applied, List<String> rows) {
    return ("The database is at %s, but the last migration left it at %s: somebody else changed it,"
            + " or restored a backup.")
        .formatted(Texts.revisions(rows), Texts.revisions(applied.revisions()));
  }

  /** What is to be told of a run that brings the database back; empty when it is none. */
  static Optional<String> drift(Observation o) {
    Applied applied = o.status().applied();
    return rows(o)
        .filter(rows -> applied != null && matches(applied, o))
        .filter(rows -> !Confirmation.same(applied.revisions(), rows))
        .map(rows -> moved(applied, rows));
  }

  /**
   * As the operator reads them, else as the last pod saw them: the run itself, or a check since.
   */
  private static Optional<List<String>> rows(Observation o) {
    return onlyPodsLook(o)
        ? Optional.ofNullable(o.status().currentRevision()).map(r -> o.status().currentRevisions())
        : o.databaseRead().map(DatabaseView.Read::rows);
  }

  /**
   * The database cannot be read now: the last truth holds for a while, since a restart must not
   * turn every dashboard.
   */
  private Decision notRead(Observation o, Applied applied) {
    Trouble trouble = Trouble.of(o);
    Instant seen = o.lastLook().or(() -> Optional.ofNullable(applied.time())).orElse(Instant.EPOCH);
    boolean recently =
        seen.plus(settings.interval(o.spec()).multipliedBy(CHECKS_MISSED)).isAfter(o.now());
    Duration recheck = settings.interval(o.spec()).dividedBy(5);
    if (recently) {
      return new Decision.Nothing(
          Reason.UpToDate,
          "The database was at %s when it was last read, at %s. Since then: %s"
              .formatted(Texts.revisions(applied.revisions()), Texts.time(seen), trouble.message()),
          true,
          recheck);
    }
    return new Decision.Nothing(
        trouble.reason(),
        "The database could not be read since %s, so its revision is not known. %s"
            .formatted(Texts.time(seen), trouble.message()),
        false,
        recheck);
  }

  /** Why the database was not read. */
  private record Trouble(Reason reason, String message) {
    static Trouble of(Observation o) {
      return switch (o.connection()) {
        case ConnectionView.Missing m -> new Trouble(m.reason(), m.message());
        case ConnectionView.Unreadable u -> new Trouble(Reason.InvalidConnection, u.message());
        case ConnectionView.NotRead n -> unknown();
        case ConnectionView.Known k -> o.database().map(Trouble::of).orElseGet(Trouble::unknown);
      };
    }

    private static Trouble of(DatabaseView view) {
      return switch (view) {
        case DatabaseView.Unreachable u -> new Trouble(Reason.WaitingForDatabase, u.message());
        case DatabaseView.LoginRefused l -> new Trouble(l.reason(), l.message());
        case DatabaseView.Read r -> unknown();
      };
    }

    private static Trouble unknown() {
      return new Trouble(Reason.WaitingForDatabase, "The database was not looked at.");
    }
  }
}

package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Adopt;
import dev.alembicoperator.api.v1alpha1.Alembic;
import dev.alembicoperator.api.v1alpha1.Applied;
import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.Attempt.Requested;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpec;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.runner.RunRequest.Instead;
import dev.alembicoperator.runner.RunRequest.Task;
import java.util.Optional;

/** What a pod is to do: as the spec says, as was intended, or one step further in a downgrade. */
final class Tasks {

  private Tasks() {}

  /** What the spec asks for; upwards only. */
  static Task ofSpec(Observation o) {
    DatabaseMigrationSpec spec = o.spec();
    return new Task(
        spec.image(),
        target(spec),
        spec.alembic(),
        Optional.empty(),
        baseline(o, KnownDatabase.applied(o)),
        Optional.empty());
  }

  /** What a check looks at: the same as a run, without leave to stamp anything. */
  static Task ofCheck(Observation o) {
    return new Task(
        o.spec().image(),
        target(o.spec()),
        o.spec().alembic(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The task of an attempt, from what status recorded of it: a restart changes nothing of it. */
  static Task ofIntent(Attempt attempt, Observation o) {
    Requested asked = attempt.requested();
    Optional<Instead> instead =
        Optional.ofNullable(asked.forImage())
            .map(image -> new Instead(image, asked.forImageDigest()));
    return new Task(
        asked.image(),
        asked.target(),
        instead.isPresent() ? recordedSettings(o) : o.spec().alembic(),
        Optional.ofNullable(asked.downgrade()),
        goesDown(asked) ? Optional.empty() : baseline(o, o.status().applied()),
        instead);
  }

  /** The same again, with the permission to do what it announced. */
  static Task permitted(Attempt refused, String digest, Observation o) {
    Task task = ofIntent(refused, o);
    return new Task(
        task.image(),
        task.target(),
        task.alembic(),
        Optional.of(digest),
        Optional.empty(),
        task.instead());
  }

  /** Another image takes the database to the rows that the refused attempt's image resolved. */
  static Task instead(Attempt refused, String image, Observation o) {
    return new Task(
        image,
        String.join(",", refused.resolved()),
        recordedSettings(o),
        Optional.empty(),
        Optional.empty(),
        Optional.of(new Instead(refused.requested().image(), refused.imageDigest())));
  }

  /** How Alembic is started in the image that brought the database where it is. */
  static Alembic recordedSettings(Observation o) {
    Applied applied = o.status().applied();
    boolean recorded = applied != null && applied.specHash() != null;
    return recorded ? applied.alembic() : o.spec().alembic();
  }

  private static boolean goesDown(Requested asked) {
    return asked.downgrade() != null || asked.forImage() != null;
  }

  private static String target(DatabaseMigrationSpec spec) {
    return spec.target() == null ? "head" : spec.target();
  }

  /**
   * Only for a resource that has migrated nothing yet: in a database whose version table was lost
   * later, a baseline that was left in the spec would apply revisions twice.
   */
  private static Optional<String> baseline(Observation o, Applied applied) {
    return Optional.ofNullable(o.spec().adopt()).map(Adopt::baseline).filter(b -> applied == null);
  }
}

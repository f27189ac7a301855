package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Alembic;
import dev.alembicoperator.api.v1alpha1.Applied;
import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.DowngradePolicy;
import dev.alembicoperator.api.v1alpha1.Plan;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.runner.RunRequest.Task;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a database goes down: in steps, each of which follows from the verdict of the one before.
 *
 * <ol>
 *   <li>The spec's own image is run. It refuses with {@link Reason#DowngradeForbidden} and a plan,
 *       or, if it does not know the database's revision, with {@link Reason#DatabaseAhead} and with
 *       what the target means in it.
 *   <li>In the second case a newer image, recorded or named, is run for those revisions. It refuses
 *       with a plan as well.
 *   <li>What was planned is announced, and done with the permission for exactly that plan.
 * </ol>
 *
 * Nothing is remembered beside status, so a restart or a new spec at any point is harmless.
 */
final class Downgrades {

  private static final Duration WATCH = Duration.ofSeconds(30);

  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

  /** A revision's id on a command line; Alembic's own ids are hexadecimal. */
  private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.]{0,63}");

  /** {@code head}, {@code heads} and steps from them: what they mean changes with the image. */
  private static final Pattern OF_THE_IMAGE = Pattern.compile("heads?([+-][0-9]+)?");

  private static final int MANY = 50;

  /** What follows from a refused attempt. */
  private sealed interface Step {
    record GoOn(Task task) implements Step {}

    record Stop(Reason reason, String message) implements Step {}
  }

  /** The policy would allow it, but something else stands in the way. */
  Optional<Decision> stopped(Observation o) {
    return step(o)
        .filter(Step.Stop.class::isInstance)
        .map(Step.Stop.class::cast)
        .map(stop -> new Decision.Refuse(stop.reason(), stop.message(), WATCH));
  }

  /** The task of the next attempt, if the last one was a step of a downgrade that goes on. */
  Optional<Task> next(Observation o) {
    return step(o)
        .filter(Step.GoOn.class::isInstance)
        .map(step -> ((Step.GoOn) step).task())
        .or(() -> again(o));
  }

  private static Optional<Step> step(Observation o) {
    if (policy(o) == DowngradePolicy.Never) {
      return Optional.empty();
    }
    return LastAttempt.standing(o)
        .flatMap(a ->
            switch (LastAttempt.reason(a)) {
              case DowngradeForbidden -> permit(a, o);
              case DatabaseAhead -> Optional.of(elsewhere(a, o));
              default -> Optional.empty();
            });
  }

  private static Optional<Step> permit(Attempt refused, Observation o) {
    Plan plan = o.status().plan();
    if (plan == null || plan.digest() == null || !DIGEST.matcher(plan.digest()).matches()) {
      return Optional.empty();
    }
    if (refused.requested().downgrade() != null) {
      return Optional.of(
          new Step.Stop(
              Reason.DowngradeForbidden,
              ("What attempt %d found is not what had been announced: the database or the image"
                      + " changed in between, and nothing was undone. It would undo %s now. Set the"
                      + " annotation alembic-operator.dev/retry to a new value to announce and do"
                      + " that.")
                  .formatted(refused.number(), Texts.steps(plan))));
    }
    if (KnownDatabase.changed(o)) {
      return Optional.of(changed(o));
    }
    return Optional.of(new Step.GoOn(Tasks.permitted(refused, plan.digest(), o)));
  }

  /** The image does not know the database's revision: another one has to take it down. */
  private static Step elsewhere(Attempt refused, Observation o) {
    String target = refused.requested().target();
    if (refused.requested().forImage() != null) {
      return ahead(refused, "Name an image in spec.downgradeImage that knows the revision.");
    }
    if (policy(o) == DowngradePolicy.ToTarget && ofTheImage(target)) {
      return ahead(
          refused,
          ("spec.downgradePolicy is ToTarget, and spec.target (\"%s\") names no revision; with"
                  + " ToImage the database follows an older image's head.")
              .formatted(target));
    }
    if (KnownDatabase.changed(o)) {
      return changed(o);
    }
    if (!speakable(refused.resolved())) {
      return ahead(
          refused, "What its target is in the older image is not known, so nobody can go there.");
    }
    Alembic settings = Tasks.recordedSettings(o);
    if (settings != null && !settings.command().isEmpty()) {
      return ahead(
          refused,
          "The project's own command (alembic.command) cannot be given another image's target;"
              + " take the newer image, and name the revision with its own command.");
    }
    return image(refused, o);
  }

  private static Step image(Attempt refused, Observation o) {
    if (o.spec().downgradeImage() != null) {
      return new Step.GoOn(Tasks.instead(refused, o.spec().downgradeImage(), o));
    }
    return unusable(refused, o)
        .<Step>map(why ->
            ahead(
                refused,
                "%s Name an image that knows the revision in spec.downgradeImage."
                    .formatted(Texts.sentence(why))))
        .orElseGet(
            () -> new Step.GoOn(Tasks.instead(refused, o.status().applied().imageDigest(), o)));
  }

  /** Why the recorded image cannot be run for the spec's. */
  private static Optional<String> unusable(Attempt refused, Observation o) {
    Applied applied = o.status().applied();
    if (applied == null) {
      return Optional.of("No image is recorded that brought this database where it is");
    }
    String recorded = applied.imageDigest();
    if (recorded == null || !ImageReference.byDigest(recorded)) {
      return Optional.of(
          "The recorded image \"%s\" has no digest by which it could be had again"
              .formatted(applied.image()));
    }
    if (!ImageReference.sameRepository(recorded, o.spec().image())) {
      return Optional.of(
          "The recorded image \"%s\" is of another repository than spec.image and is not run"
              .formatted(recorded));
    }
    if (SpecFingerprint.sameImage(recorded, refused.imageDigest())) {
      return Optional.of(
          "The recorded image is this very image, so somebody else brought the database where it"
              + " is");
    }
    return Optional.empty();
  }

  /**
   * A step that failed for a passing cause is done again as it was: what was announced still
   * stands, or the runner refuses.
   */
  private static Optional<Task> again(Observation o) {
    return LastAttempt.due(o)
        .filter(a -> a.requested().downgrade() != null || a.requested().forImage() != null)
        .filter(
            a -> o.databaseRead().filter(r -> Confirmation.same(r.rows(), a.from())).isPresent())
        .filter(a -> !KnownDatabase.changed(o))
        .filter(a -> announced(a, o.status().plan()))
        .map(a -> Tasks.ofIntent(a, o));
  }

  private static boolean announced(Attempt attempt, Plan plan) {
    String digest = attempt.requested().downgrade();
    return digest == null || (plan != null && digest.equals(plan.digest()));
  }

  private static Step changed(Observation o) {
    return new Step.Stop(Reason.DatabaseChanged, KnownDatabase.sentence("a downgrade", o));
  }

  private static Step ahead(Attempt refused, String why) {
    return new Step.Stop(Reason.DatabaseAhead, Texts.sentence(refused.message()) + " " + why);
  }

  private static boolean ofTheImage(String target) {
    return target.contains("@") || OF_THE_IMAGE.matcher(target).matches();
  }

  /** They came out of a report, and are to stand on a command line. */
  private static boolean speakable(List<String> revisions) {
    return !revisions.isEmpty()
        && revisions.size() <= MANY
        && revisions.stream().allMatch(r -> REVISION.matcher(r).matches());
  }

  private static DowngradePolicy policy(Observation o) {
    return o.spec().downgradePolicy() == null ? DowngradePolicy.Never : o.spec().downgradePolicy();
  }
}

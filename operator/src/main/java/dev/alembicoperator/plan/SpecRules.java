package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpec;
import dev.alembicoperator.api.v1alpha1.Pod;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.api.v1alpha1.Retry;
import dev.alembicoperator.api.v1alpha1.Timeouts;
import dev.alembicoperator.observe.Observation;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Rules about the resource itself. */
final class SpecRules {

  private static final Duration UNTIL_EDITED = Duration.ofHours(1);

  private final PlanSettings settings;

  SpecRules(PlanSettings settings) {
    this.settings = settings;
  }

  /** Its Job goes with it, by owner reference; the runner rolls back when it is told to end. */
  Optional<Decision> beingDeleted(Observation o) {
    return o.resource().getMetadata().getDeletionTimestamp() == null
        ? Optional.empty()
        : Optional.of(
            new Decision.Wait(Reason.Running, "The resource is being deleted.", UNTIL_EDITED));
  }

  /**
   * What the schema cannot know (operator settings), and what it does know, for objects stored
   * before a rule existed.
   */
  Optional<Decision> invalid(Observation o) {
    return Stream.of(serviceAccount(o.spec()), durations(o.spec()), source(o.spec()))
        .flatMap(Optional::stream)
        .findFirst()
        .map(message -> new Decision.Refuse(Reason.InvalidSpec, message, UNTIL_EDITED));
  }

  private Optional<String> serviceAccount(DatabaseMigrationSpec spec) {
    return Optional.ofNullable(spec.pod())
        .map(Pod::serviceAccountName)
        .filter(name -> !name.equals("default") && !settings.serviceAccounts().contains(name))
        .map(name ->
            ("spec.pod.serviceAccountName \"%s\" is not among the service accounts that the"
                    + " operator's settings allow; remove it, or have it added to the operator's"
                    + " setting jobs.serviceAccounts.")
                .formatted(name));
  }

  private static Optional<String> source(DatabaseMigrationSpec spec) {
    if (spec.image() == null || spec.image().isBlank()) {
      return Optional.of("spec.image is empty; name the application's image.");
    }
    long sources =
        spec.database() == null
            ? 0
            : Stream.of(
                    spec.database().urlFrom(),
                    spec.database().connection(),
                    spec.database().cnpg(),
                    spec.database().inPod())
                .filter(Objects::nonNull)
                .count();
    return sources == 1
        ? Optional.empty()
        : Optional.of(
            "spec.database must have exactly one of urlFrom, connection, cnpg and inPod; it has %d."
                .formatted(sources));
  }

  private static Optional<String> durations(DatabaseMigrationSpec spec) {
    Stream.Builder<String[]> fields = Stream.builder();
    Timeouts t = spec.timeouts();
    if (t != null) {
      fields.add(new String[] {"timeouts.lock", t.lock()});
      fields.add(new String[] {"timeouts.migrationLock", t.migrationLock()});
      fields.add(new String[] {"timeouts.statement", t.statement()});
      fields.add(new String[] {"timeouts.run", t.run()});
      fields.add(new String[] {"timeouts.connect", t.connect()});
    }
    Retry r = spec.retry();
    if (r != null) {
      fields.add(new String[] {"retry.for", r.forDuration()});
      fields.add(new String[] {"retry.backoff", r.backoff()});
      fields.add(new String[] {"retry.maxBackoff", r.maxBackoff()});
    }
    if (spec.drift() != null) {
      fields.add(new String[] {"drift.interval", spec.drift().interval()});
    }
    return fields
        .build()
        .filter(f -> f[1] != null && Durations.parse(f[1]).isEmpty())
        .findFirst()
        .map(f ->
            "spec.%s is no duration; write whole hours, minutes and seconds, as in 90s or 1h30m."
                .formatted(f[0]));
  }
}

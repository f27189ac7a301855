package dev.alembicoperator.report;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What Prometheus sees. Labels are a resource's namespace and name, and values from closed lists;
 * never anything that a report, an image or a database said.
 */
public final class MigrationMetrics {

  /**
   * The gauges of one namespace and name, and the resource that they show. A resource that was
   * deleted and made again takes them over, since the registry knows meters by their labels alone.
   */
  private record Shown(AtomicReference<DatabaseMigration> resource, List<Meter> meters) {}

  private final MeterRegistry registry;
  private final Map<String, Shown> shown = new ConcurrentHashMap<>();

  /** Registers with this registry. */
  public MigrationMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** The gauges follow the status that was written last. */
  public void told(DatabaseMigration resource) {
    shown.computeIfAbsent(key(resource), key -> register(resource)).resource.set(resource);
  }

  /** An attempt is over. */
  public void ended(Attempt attempt) {
    Tags tags = Tags.of("outcome", attempt.outcome().name(), "reason", attempt.reason());
    registry.counter("alembic_operator_attempts", tags).increment();
    if (attempt.startedAt() != null && attempt.completedAt() != null) {
      Timer.builder("alembic_operator_attempt_duration")
          .description("From the intent to the verdict")
          .tag("outcome", attempt.outcome().name())
          .serviceLevelObjectives(
              Duration.ofSeconds(1),
              Duration.ofSeconds(5),
              Duration.ofSeconds(30),
              Duration.ofMinutes(2),
              Duration.ofMinutes(10),
              Duration.ofHours(1))
          .register(registry)
          .record(Duration.between(attempt.startedAt(), attempt.completedAt()));
    }
  }

  /** The resource is gone, and its series with it. */
  public void forget(DatabaseMigration gone) {
    shown.computeIfPresent(
        key(gone),
        (key, last) -> {
          if (!uid(last.resource.get()).equals(uid(gone))) {
            return last;
          }
          last.meters.forEach(registry::remove);
          return null;
        });
  }

  private static String key(DatabaseMigration resource) {
    return resource.getMetadata().getNamespace() + "/" + resource.getMetadata().getName();
  }

  private static String uid(DatabaseMigration resource) {
    return resource.getMetadata().getUid();
  }

  private Shown register(DatabaseMigration resource) {
    AtomicReference<DatabaseMigration> shows = new AtomicReference<>(resource);
    Tags tags =
        Tags.of(
            "namespace", resource.getMetadata().getNamespace(),
            "name", resource.getMetadata().getName());
    return new Shown(
        shows,
        List.of(
            Gauge.builder("alembic_operator_ready", shows, s -> is(s.get().getStatus(), "Ready"))
                .description("1 when the database is known to be at the target")
                .tags(tags)
                .register(registry),
            Gauge.builder(
                    "alembic_operator_stalled", shows, s -> is(s.get().getStatus(), "Stalled"))
                .description("1 when a person has to act")
                .tags(tags)
                .register(registry),
            Gauge.builder(
                    "alembic_operator_pending_revisions", shows, s -> pending(s.get().getStatus()))
                .description("Revisions between the database and the target, as last planned")
                .tags(tags)
                .register(registry)));
  }

  private static double is(DatabaseMigrationStatus status, String condition) {
    return status != null
            && Conditions.find(status.conditions(), condition)
                .filter(c -> "True".equals(c.getStatus()))
                .isPresent()
        ? 1
        : 0;
  }

  private static double pending(DatabaseMigrationStatus status) {
    return status == null || status.plan() == null || status.plan().count() == null
        ? 0
        : status.plan().count();
  }
}

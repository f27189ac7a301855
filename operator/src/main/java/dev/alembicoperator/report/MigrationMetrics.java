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

  /** One resource's gauges and the status that they show. */
  private record Shown(AtomicReference<DatabaseMigrationStatus> status, List<Meter> meters) {}

  private final MeterRegistry registry;
  private final Map<String, Shown> shown = new ConcurrentHashMap<>();

  /** Registers with this registry. */
  public MigrationMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** The gauges follow the status that was written last. */
  public void told(DatabaseMigration resource) {
    shown
        .computeIfAbsent(resource.getMetadata().getUid(), uid -> register(resource))
        .status
        .set(resource.getStatus());
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
    Shown last = shown.remove(gone.getMetadata().getUid());
    if (last != null) {
      last.meters.forEach(registry::remove);
    }
  }

  private Shown register(DatabaseMigration resource) {
    AtomicReference<DatabaseMigrationStatus> status = new AtomicReference<>(resource.getStatus());
    Tags tags =
        Tags.of(
            "namespace", resource.getMetadata().getNamespace(),
            "name", resource.getMetadata().getName());
    return new Shown(
        status,
        List.of(
            Gauge.builder("alembic_operator_ready", status, s -> is(s.get(), "Ready"))
                .description("1 when the database is known to be at the target")
                .tags(tags)
                .register(registry),
            Gauge.builder("alembic_operator_stalled", status, s -> is(s.get(), "Stalled"))
                .description("1 when a person has to act")
                .tags(tags)
                .register(registry),
            Gauge.builder("alembic_operator_pending_revisions", status, s -> pending(s.get()))
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

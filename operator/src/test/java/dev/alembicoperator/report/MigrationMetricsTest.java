package dev.alembicoperator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.plan.Reports;
import dev.alembicoperator.plan.Situation;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The series that Prometheus sees. */
class MigrationMetricsTest {

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final MigrationMetrics metrics = new MigrationMetrics(registry);

  private double gauge(String name) {
    return registry.get(name).tag("namespace", "shop").tag("name", "orders").gauge().value();
  }

  @Test
  void theGaugesFollowStatus() {
    Situation s = Situation.migrated();
    metrics.told(s.observation().resource());
    assertThat(gauge("alembic_operator_ready")).isEqualTo(1);
    assertThat(gauge("alembic_operator_stalled")).isZero();
    assertThat(gauge("alembic_operator_pending_revisions")).isZero();

    s = Situation.upgrading().rows("0002");
    s.ended(1, Reports.failed("MigrationFailed", "no", "0003").text()).pass();
    metrics.told(s.observation().resource());

    assertThat(gauge("alembic_operator_ready")).isZero();
    assertThat(gauge("alembic_operator_stalled")).isEqualTo(1);
    assertThat(gauge("alembic_operator_pending_revisions")).isEqualTo(2);
  }

  @Test
  void theSeriesGoWithTheResource() {
    DatabaseMigration resource = Situation.migrated().observation().resource();
    metrics.told(resource);

    metrics.forget(resource);

    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void aResourceMadeAgainUnderItsNameKeepsItsSeries() {
    DatabaseMigration old = Situation.migrated().observation().resource();
    DatabaseMigration made = Situation.firstApply().observation().resource();
    made.getMetadata().setUid("another");
    metrics.told(old);

    metrics.told(made);
    metrics.forget(old);

    assertThat(gauge("alembic_operator_ready")).isZero();
    metrics.forget(made);
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void labelsComeFromTheResourceAndFromClosedListsOnly() {
    Situation s = Situation.upgrading().rows("0002");
    s.ended(1, Reports.failed("forged-kind", "forged", "forged").text()).pass();
    metrics.ended(s.attempt());
    metrics.told(s.observation().resource());

    Set<String> values =
        registry.getMeters().stream()
            .flatMap(m -> m.getId().getTags().stream())
            // The bounds of the durations' buckets.
            .filter(t -> !t.getKey().equals("le"))
            .map(t -> t.getKey() + "=" + t.getValue())
            .collect(Collectors.toSet());

    assertThat(values)
        .containsExactlyInAnyOrder(
            "namespace=shop", "name=orders", "outcome=Failed", "reason=MigrationFailed");
    assertThat(registry.get("alembic_operator_attempts").counter().count()).isEqualTo(1);
    assertThat(registry.get("alembic_operator_attempt_duration").timer().count()).isEqualTo(1);
  }
}

package dev.alembicoperator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.plan.Reports;
import dev.alembicoperator.plan.Situation;
import dev.alembicoperator.testing.MockCluster;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What "kubectl describe" shows below. */
class EventPublisherTest {

  private static final Clock CLOCK = Clock.fixed(Situation.BEGIN, ZoneOffset.UTC);

  private MockCluster cluster;
  private EventPublisher events;

  @BeforeEach
  void start() {
    cluster = MockCluster.start();
    events = new EventPublisher(cluster.client(), CLOCK, "pod-1");
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  /** One pass and its event. */
  private void pass(Situation s) {
    DatabaseMigration resource = s.observation().resource();
    DatabaseMigrationStatus before = resource.getStatus();
    s.pass();
    events.transition(resource, before, s.status());
  }

  private List<Event> published() {
    return cluster.undisturbed().events().v1().events().inNamespace("shop").list().getItems();
  }

  @Test
  void oneEventForEachTransition() {
    Situation s = Situation.firstApply();
    pass(s);
    pass(s.waiting("ContainerCreating", ""));
    pass(s.running());
    pass(s.rows());
    pass(s.ended(0, Reports.applied(List.of(), List.of("0001"), "0001").text()).rows("0001"));
    pass(s.noJob());
    pass(s.later(300).rows("0001"));

    assertThat(published())
        .extracting(Event::getReason)
        .containsExactlyInAnyOrder("Preparing", "Running", "UpToDate");
    assertThat(published()).extracting(Event::getType).containsOnly("Normal");
  }

  @Test
  void aFailureIsAWarningThatSaysWhatTheConditionSays() {
    Situation s = Situation.upgrading().rows("0002");

    pass(s.ended(1, Reports.failed("MigrationFailed", "x".repeat(3000), "0003").text()));

    Event event = published().getFirst();
    assertThat(event.getType()).isEqualTo("Warning");
    assertThat(event.getReason()).isEqualTo("MigrationFailed");
    assertThat(event.getNote())
        .isEqualTo(s.condition("Ready").orElseThrow().getMessage())
        .hasSizeLessThanOrEqualTo(1024);
    assertThat(event.getRegarding().getKind()).isEqualTo("DatabaseMigration");
    assertThat(event.getRegarding().getName()).isEqualTo("orders");
    assertThat(event.getReportingInstance()).isEqualTo("pod-1");
    assertThat(event.getEventTime().getTime()).isEqualTo("2026-03-01T08:00:00.000000Z");
  }

  @Test
  void anEventIsNeverWorthAFailedReconcile() {
    Config nowhere =
        new ConfigBuilder()
            .withMasterUrl("http://127.0.0.1:1")
            .withRequestRetryBackoffLimit(0)
            .build();
    Situation s = Situation.firstApply();
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(nowhere).build()) {
      events = new EventPublisher(client, CLOCK, "pod-1");

      pass(s);
    }
    // A closed client throws something else than an API error.
    pass(Situation.firstApply());

    assertThat(published()).isEmpty();
  }
}

package dev.alembicoperator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.DowngradePolicy;
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
import java.util.stream.IntStream;
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
  void aDowngradeIsAnnouncedOnceHoweverOftenItsPassIsRepeated() {
    List<String> steps = List.of("0003", "0002");
    Situation s =
        Situation.migrated()
            .spec(b -> b.target("0001").downgradePolicy(DowngradePolicy.ToTarget))
            .rows("0003");
    s.pass();
    events.announce(s.observation().resource());
    assertThat(published()).as("nothing is known to be undone yet").isEmpty();
    s.rows("0003")
        .ended(
            3,
            Reports.downgradeForbidden(
                    List.of("0003"), List.of("0001"), steps.toArray(String[]::new))
                .text())
        .intend();

    events.announce(s.observation().resource());
    events.announce(s.observation().resource());

    assertThat(published()).hasSize(1);
    Event event = published().getFirst();
    assertThat(event.getType()).isEqualTo("Normal");
    assertThat(event.getReason()).isEqualTo("Downgrading");
    assertThat(event.getNote())
        .isEqualTo(
            "Attempt 3 will undo \"0003\", \"0002\" (2 revisions), from \"0003\" to \"0001\", with"
                + " the image \"registry.example/orders:1\".");
  }

  @Test
  void anAnnouncementOfAnyLengthFitsIntoAnEvent() {
    List<String> steps =
        IntStream.range(0, 200).mapToObj(i -> "%04d".formatted(i) + "x".repeat(100)).toList();
    Situation s =
        Situation.migrated()
            .spec(b -> b.target("0001").downgradePolicy(DowngradePolicy.ToTarget))
            .rows("0003");
    s.pass();
    s.rows("0003")
        .ended(
            3,
            Reports.downgradeForbidden(
                    List.of("0003"), List.of("0001"), steps.subList(0, 10).toArray(String[]::new))
                .with("planCount", 200)
                .text())
        .intend();

    events.announce(s.observation().resource());

    assertThat(published().getFirst().getNote()).hasSizeLessThanOrEqualTo(1024).contains("0000x");
  }

  @Test
  void anotherDatabaseIsToldOnce() {
    Situation s = Situation.migrated().rows("0002");
    pass(s);

    pass(s.identity("1/2", "0002"));
    pass(s.identity("1/2", "0002"));

    assertThat(published()).extracting(Event::getReason).containsExactly("DatabaseChanged");
    assertThat(published().getFirst().getType()).isEqualTo("Warning");
    assertThat(published().getFirst().getNote()).contains("1/2", Reports.IDENTITY);
  }

  @Test
  void anotherDatabaseThatStopsEverythingIsNotToldTwice() {
    Situation s = Situation.migrated().rows("0002");
    pass(s);

    pass(s.identity("1/2", "0001"));

    assertThat(published()).extracting(Event::getReason).containsExactly("DatabaseChanged");
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

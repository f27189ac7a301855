package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.api.v1alpha1.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * Somebody who looks at every version of every resource, as Argo CD, Flux and "kubectl wait" do,
 * and who remembers each lie. A status that was wrong for a moment only is wrong: a pipeline may
 * have looked just then.
 */
public final class StatusWatcher implements AutoCloseable {

  /** The operator's clock and ours are the same; its times are cut to the second. */
  private static final Duration GRAIN = Duration.ofSeconds(1);

  /** One version, and when it was seen here. */
  public record Version(DatabaseMigration resource, Instant seen) {
    public DatabaseMigrationStatus status() {
      return resource.getStatus();
    }

    String version() {
      return resource.getMetadata().getResourceVersion();
    }

    boolean told() {
      return status() != null && !status().conditions().isEmpty();
    }

    public Condition condition(String type) {
      return told()
          ? status().conditions().stream()
              .filter(c -> c.getType().equals(type))
              .findFirst()
              .orElse(null)
          : null;
    }

    private String describe() {
      return "version %s of %s (generation %d): %s"
          .formatted(
              version(),
              resource.getMetadata().getName(),
              resource.getMetadata().getGeneration(),
              status());
    }
  }

  private final Queue<Version> versions = new ConcurrentLinkedQueue<>();
  private final FilterWatchListDeletable<
          DatabaseMigration, ? extends KubernetesResourceList<DatabaseMigration>, ?>
      resources;
  private final Watch watch;
  private volatile boolean meddled;

  private StatusWatcher(
      FilterWatchListDeletable<
              DatabaseMigration, ? extends KubernetesResourceList<DatabaseMigration>, ?>
          resources) {
    this.resources = resources;
    this.watch =
        resources.watch(
            new Watcher<>() {
              @Override
              public void eventReceived(Action action, DatabaseMigration resource) {
                if (action != Action.DELETED) {
                  versions.add(new Version(resource, Instant.now()));
                }
              }

              @Override
              public void onClose(WatcherException cause) {}
            });
  }

  /** Looks from now on, through a client that nobody disturbs. */
  static StatusWatcher through(KubernetesClient client) {
    return new StatusWatcher(client.resources(DatabaseMigration.class).inAnyNamespace());
  }

  /** Looks from now on at one namespace. */
  public static StatusWatcher in(String namespace, KubernetesClient client) {
    return new StatusWatcher(client.resources(DatabaseMigration.class).inNamespace(namespace));
  }

  /** Everything seen of one resource, oldest first. */
  public List<Version> of(String name) {
    return versions.stream()
        .filter(v -> v.resource().getMetadata().getName().equals(name))
        .toList();
  }

  /** The reasons that Ready had one after the other, each named once as long as it stayed. */
  public List<String> reasons(String name) {
    List<String> reasons = new ArrayList<>();
    for (Version version : of(name)) {
      Condition ready = version.condition("Ready");
      if (ready != null && (reasons.isEmpty() || !reasons.getLast().equals(ready.getReason()))) {
        reasons.add(ready.getReason());
      }
    }
    return reasons;
  }

  /**
   * The test writes into status itself (loses it, restores an old one): each version must still be
   * true, but they need not follow from one another.
   */
  public void statusIsMeddledWith() {
    meddled = true;
  }

  /** Fails if any version that was ever there said what was not so. */
  public void assertHonest() {
    awaitLatest();
    Map<String, Version> last = new HashMap<>();
    for (Version version : versions) {
      if (version.told()) {
        honest(version);
      }
      Version before = last.put(version.resource().getMetadata().getUid(), version);
      if (before != null && !before.version().equals(version.version()) && !meddled) {
        follows(before, version);
      }
    }
  }

  /** What was written last may still be on its way. */
  private void awaitLatest() {
    for (DatabaseMigration now : resources.list().getItems()) {
      Awaitility.await("the watcher sees the latest version")
          .atMost(Duration.ofSeconds(10))
          .pollInterval(Duration.ofMillis(20))
          .until(() ->
              versions.stream()
                  .anyMatch(v -> v.version().equals(now.getMetadata().getResourceVersion())));
    }
  }

  private static void honest(Version v) {
    DatabaseMigrationStatus status = v.status();
    long generation = v.resource().getMetadata().getGeneration();
    assertThat(status.observedGeneration()).as(v.describe()).isBetween(0L, generation);
    for (Condition c : status.conditions()) {
      assertThat(c.getObservedGeneration()).as(v.describe()).isEqualTo(status.observedGeneration());
      assertThat(Instant.parse(c.getLastTransitionTime()))
          .as(v.describe())
          .isBeforeOrEqualTo(v.seen());
      assertThat(Stream.of(Reason.values()).map(Reason::name))
          .as(v.describe())
          .contains(c.getReason());
      assertThat(c.getMessage()).as(v.describe()).isNotBlank();
    }
    assertThat(v.condition("Ready")).as("Ready always stands: " + v.describe()).isNotNull();
    kstatus(v);
    if ("True".equals(v.condition("Ready").getStatus())) {
      done(v);
    }
    attempt(status.attempt(), v);
  }

  /**
   * Flux's and Argo CD's rules: at most one of the two, only while true, and neither beside
   * Ready=True.
   */
  private static void kstatus(Version v) {
    List<String> abnormal =
        v.status().conditions().stream()
            .filter(c -> !c.getType().equals("Ready"))
            .peek(c -> assertThat(c.getStatus()).as(v.describe()).isEqualTo("True"))
            .map(Condition::getType)
            .toList();
    boolean readyFalse = "False".equals(v.condition("Ready").getStatus());
    assertThat(abnormal).as(v.describe()).hasSizeLessThanOrEqualTo(1);
    assertThat(abnormal).as(v.describe()).isSubsetOf("Reconciling", "Stalled");
    if ("True".equals(v.condition("Ready").getStatus())) {
      assertThat(abnormal).as(v.describe()).isEmpty();
    } else if (readyFalse) {
      assertThat(abnormal)
          .as("not ready, and nobody says what happens next: " + v.describe())
          .hasSize(1);
    }
  }

  /**
   * Ready=True for the generation that it names: the image of that generation did it, and its rows
   * stand.
   */
  private static void done(Version v) {
    DatabaseMigrationStatus status = v.status();
    assertThat(status.applied()).as(v.describe()).isNotNull();
    assertThat(new HashSet<>(status.currentRevisions()))
        .as(v.describe())
        .isEqualTo(new HashSet<>(status.applied().revisions()));
    assertThat(status.attempt().outcome())
        .as("Ready beside an open attempt: " + v.describe())
        .isNotNull();
    if (!foundByCheck(status)) {
      assertThat(status.plan() == null ? 0 : status.plan().count())
          .as("Ready with steps to do: " + v.describe())
          .isZero();
    }
    if (Objects.equals(status.observedGeneration(), v.resource().getMetadata().getGeneration())) {
      assertThat(status.applied().image())
          .as(v.describe())
          .isEqualTo(v.resource().getSpec().image());
    }
  }

  /** An image that has moved behind its reference: told, and left to a person. */
  private static boolean foundByCheck(DatabaseMigrationStatus status) {
    return status.check() != null
        && status.check().completedAt() != null
        && status.check().number() != null
        && status.check().completedAt().isAfter(status.applied().time());
  }

  private static void attempt(Attempt attempt, Version v) {
    if (attempt == null) {
      return;
    }
    assertThat(attempt.outcome() == null).as(v.describe()).isEqualTo(attempt.completedAt() == null);
    assertThat(attempt.startedAt()).as(v.describe()).isNotNull();
    if (attempt.completedAt() != null) {
      assertThat(attempt.completedAt()).as(v.describe()).isAfterOrEqualTo(attempt.startedAt());
    }
  }

  /** What may become of one version in the next. */
  private static void follows(Version before, Version after) {
    String both = "from " + before.describe() + "\n  to " + after.describe();
    if (!before.told()) {
      return;
    }
    assertThat(after.told()).as("a status is never taken back: " + both).isTrue();
    assertThat(after.status().observedGeneration())
        .as(both)
        .isGreaterThanOrEqualTo(before.status().observedGeneration());
    boolean edited =
        !Objects.equals(before.resource().getSpec(), after.resource().getSpec())
            || !metadata(before).equals(metadata(after));
    if (!edited) {
      assertThat(after.status())
          .as("written without a change: " + both)
          .isNotEqualTo(before.status());
    }
    for (Condition now : after.status().conditions()) {
      transition(before.condition(now.getType()), now, before, both);
    }
    attempts(before.status().attempt(), after.status().attempt(), after.status().history(), both);
  }

  private static List<Object> metadata(Version v) {
    return List.of(
        v.resource().getMetadata().getLabels(),
        v.resource().getMetadata().getAnnotations(),
        String.valueOf(v.resource().getMetadata().getDeletionTimestamp()));
  }

  private static void transition(Condition old, Condition now, Version before, String both) {
    if (old != null && old.getStatus().equals(now.getStatus())) {
      assertThat(now.getLastTransitionTime())
          .as("moved without a flip: " + both)
          .isEqualTo(old.getLastTransitionTime());
    } else {
      assertThat(Instant.parse(now.getLastTransitionTime()))
          .as("a flip long ago: " + both)
          .isAfterOrEqualTo(
              old == null ? Instant.EPOCH : Instant.parse(old.getLastTransitionTime()));
      // Decided after the version before was made; that one may have reached us late.
      assertThat(Instant.parse(now.getLastTransitionTime()).plus(GRAIN).plus(GRAIN))
          .as("a flip before the last version: " + both)
          .isAfterOrEqualTo(newest(before));
    }
  }

  /** The latest time that the version itself tells. */
  private static Instant newest(Version v) {
    return v.status().conditions().stream()
        .map(c -> Instant.parse(c.getLastTransitionTime()))
        .max(Instant::compareTo)
        .orElse(Instant.EPOCH);
  }

  private static void attempts(
      Attempt before, Attempt after, List<HistoryEntry> history, String both) {
    if (before == null) {
      return;
    }
    assertThat(after).as("an attempt is never forgotten: " + both).isNotNull();
    assertThat(after.number()).as(both).isGreaterThanOrEqualTo(before.number());
    if (!after.number().equals(before.number())) {
      // A verdict and the next attempt may come in one write; then the spec was edited, the
      // history keeps it, or the next is a further step down.
      boolean edited = after.generation() > before.generation();
      boolean kept = history.stream().anyMatch(e -> before.number().equals(e.number()));
      boolean further =
          after.requested().downgrade() != null || after.requested().forImage() != null;
      assertThat(before.outcome() != null || edited || kept || further)
          .as("an attempt without an end: " + both)
          .isTrue();
      return;
    }
    assertThat(after.requested()).as(both).isEqualTo(before.requested());
    assertThat(after.startedAt()).as(both).isEqualTo(before.startedAt());
    if (before.jobUID() != null) {
      assertThat(after.jobUID()).as(both).isEqualTo(before.jobUID());
    }
    if (before.outcome() != null) {
      assertThat(after.outcome()).as("a verdict stands: " + both).isEqualTo(before.outcome());
      assertThat(after.completedAt()).as(both).isEqualTo(before.completedAt());
    }
  }

  @Override
  public void close() {
    watch.close();
  }
}

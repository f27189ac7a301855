package dev.alembicoperator.report;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.Check;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.Plan;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.plan.Texts;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One event for each transition of the reason, as "kubectl describe" shows them. An event is never
 * worth a failed reconcile.
 */
public final class EventPublisher {

  private static final Logger LOG = LoggerFactory.getLogger(EventPublisher.class);
  private static final String CONTROLLER = "alembic-operator";

  /** What is announced before a downgrade starts; no state of the resource. */
  private static final String DOWNGRADING = "Downgrading";

  /** What a check found when nothing is wrong: advice, and no state of the resource. */
  private static final String CHECKED = "Checked";

  /** metav1.MicroTime wants exactly six digits. */
  private static final DateTimeFormatter MICRO_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final KubernetesClient client;
  private final Clock clock;
  private final String instance;

  /** Publishes through this client, as this instance (the pod's name). */
  public EventPublisher(KubernetesClient client, Clock clock, String instance) {
    this.client = client;
    this.clock = clock;
    this.instance = instance;
  }

  /** Publishes what changed from one status to the next, if it is worth telling. */
  public void transition(
      DatabaseMigration resource, DatabaseMigrationStatus before, DatabaseMigrationStatus after) {
    Optional<Condition> old = StatusReport.ready(before);
    Optional<Condition> now = StatusReport.ready(after);
    if (now.isPresent() && !same(old, now.get())) {
      publish(
          resource,
          warning(now.get()) ? "Warning" : "Normal",
          now.get().getReason(),
          now.get().getMessage());
    }
    boolean told = now.filter(c -> Reason.DatabaseChanged.name().equals(c.getReason())).isPresent();
    anotherDatabase(before, after)
        .filter(note -> !told)
        .ifPresent(note -> publish(resource, "Warning", Reason.DatabaseChanged.name(), note));
    concluded(before, after).ifPresent(check -> told(resource, check));
  }

  /**
   * Tells what the open attempt will undo, if it goes down, before its Job is made. However often a
   * pass is repeated, there is one such event: its name is the attempt's.
   */
  public void announce(DatabaseMigration resource) {
    Attempt attempt = resource.getStatus().attempt();
    Plan plan = resource.getStatus().plan();
    if (attempt.requested().downgrade() == null || plan == null) {
      return;
    }
    String note =
        "Attempt %d will undo %s, with the image \"%s\"."
            .formatted(attempt.number(), Texts.steps(plan), attempt.requested().image());
    Event event = event(resource, "Normal", DOWNGRADING, cutNote(note));
    event.getMetadata().setGenerateName(null);
    event.getMetadata().setName(attempt.job() + "-downgrading");
    create(resource, event);
  }

  /** Of one whose Secret leads elsewhere, or that was restored: it goes on, but not unsaid. */
  private static Optional<String> anotherDatabase(
      DatabaseMigrationStatus before, DatabaseMigrationStatus after) {
    String old = identity(before);
    String now = identity(after);
    return old == null || now == null || old.equals(now)
        ? Optional.empty()
        : Optional.of(
            "The connection leads to database %s now; before, it was %s.".formatted(now, old));
  }

  private static String identity(DatabaseMigrationStatus status) {
    return status == null || status.database() == null ? null : status.database().identity();
  }

  /** The check that has just ended; one that a migration withdrew told nothing. */
  private static Optional<Check> concluded(
      DatabaseMigrationStatus before, DatabaseMigrationStatus after) {
    Check old = before == null ? null : before.check();
    return Optional.ofNullable(after.check())
        .filter(check -> check.completedAt() != null)
        .filter(check -> old == null || !check.completedAt().equals(old.completedAt()))
        .filter(check -> !Reason.Cancelled.name().equals(check.reason()));
  }

  private void told(DatabaseMigration resource, Check check) {
    if (check.reason() == null) {
      publish(resource, "Normal", CHECKED, check.message());
    } else {
      publish(resource, "Warning", check.reason(), check.message());
    }
  }

  private void publish(DatabaseMigration resource, String type, String reason, String note) {
    create(resource, event(resource, type, reason, note));
  }

  private void create(DatabaseMigration resource, Event event) {
    try {
      client.resource(event).create();
    } catch (RuntimeException e) {
      if (e instanceof KubernetesClientException api
          && api.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        return;
      }
      LOG.warn(
          "event {} for {}/{} could not be published: {}",
          event.getReason(),
          resource.getMetadata().getNamespace(),
          resource.getMetadata().getName(),
          e instanceof KubernetesClientException api
              ? "HTTP status " + api.getCode()
              : e.getClass().getSimpleName());
    }
  }

  private static boolean same(Optional<Condition> old, Condition now) {
    return old.filter(o ->
            Objects.equals(o.getReason(), now.getReason())
                && Objects.equals(o.getStatus(), now.getStatus()))
        .isPresent();
  }

  private Event event(DatabaseMigration resource, String type, String reason, String note) {
    return new EventBuilder()
        .withNewMetadata()
        // A prefix of names may end with a dash, not with a dot (kubernetes:
        // apimachinery/pkg/api/validation, maskTrailingDash).
        .withGenerateName(cut(resource.getMetadata().getName()) + "-")
        .withNamespace(resource.getMetadata().getNamespace())
        .endMetadata()
        .withEventTime(new MicroTime(MICRO_TIME.format(clock.instant())))
        .withReportingController(DatabaseMigration.GROUP + "/" + CONTROLLER)
        .withReportingInstance(instance)
        .withAction("Reconcile")
        .withType(type)
        .withReason(reason)
        .withNote(note)
        .withRegarding(
            new ObjectReferenceBuilder()
                .withApiVersion(DatabaseMigration.GROUP + "/" + DatabaseMigration.VERSION)
                .withKind("DatabaseMigration")
                .withName(resource.getMetadata().getName())
                .withNamespace(resource.getMetadata().getNamespace())
                .withUid(resource.getMetadata().getUid())
                .withResourceVersion(resource.getMetadata().getResourceVersion())
                .build())
        .build();
  }

  private static boolean warning(Condition ready) {
    return !"True".equals(ready.getStatus())
        && Reason.valueOf(ready.getReason()).phase() != Reason.Phase.RECONCILING;
  }

  /** An event's note may have 1024 characters (kubernetes: pkg/apis/core/validation/events.go). */
  private static String cutNote(String note) {
    return note.length() <= 1000 ? note : note.substring(0, 999) + "…";
  }

  private static String cut(String name) {
    return name.length() <= 200 ? name : name.substring(0, 200);
  }
}

package dev.alembicoperator.report;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
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
    if (now.isEmpty() || same(old, now.get())) {
      return;
    }
    try {
      client.resource(event(resource, now.get())).create();
    } catch (RuntimeException e) {
      LOG.warn(
          "event {} for {}/{} could not be published: {}",
          now.get().getReason(),
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

  private Event event(DatabaseMigration resource, Condition ready) {
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
        .withType(warning(ready) ? "Warning" : "Normal")
        .withReason(ready.getReason())
        .withNote(ready.getMessage())
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

  private static String cut(String name) {
    return name.length() <= 200 ? name : name.substring(0, 200);
  }
}

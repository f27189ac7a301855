package dev.alembicoperator.reconcile;

import dev.alembicoperator.act.JobFactory;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.observe.JobView.Told;
import dev.alembicoperator.observe.Workloads;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Jobs and pods out of two label-selected informers, which are also what wakes the loop. */
final class InformerWorkloads implements Workloads {

  private static final Logger LOG = LoggerFactory.getLogger(InformerWorkloads.class);

  private static final String SELECTOR =
      JobFactory.MANAGED_BY
          + "="
          + JobFactory.OPERATOR
          + ","
          + JobFactory.COMPONENT
          + "="
          + JobFactory.MIGRATION;

  private final KubernetesClient client;
  private InformerEventSource<Job, DatabaseMigration> jobs;
  private InformerEventSource<Pod, DatabaseMigration> pods;

  InformerWorkloads(KubernetesClient client) {
    this.client = client;
  }

  /** Makes the informers; called once, by the SDK, before the first reconcile. */
  List<EventSource<?, DatabaseMigration>> start(EventSourceContext<DatabaseMigration> context) {
    jobs =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(Job.class, DatabaseMigration.class)
                .withLabelSelector(SELECTOR)
                .withNamespacesInheritedFromController()
                .withSecondaryToPrimaryMapper(InformerWorkloads::owner)
                .withOnUpdateFilter(InformerWorkloads::matters)
                .build(),
            context);
    pods =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(Pod.class, DatabaseMigration.class)
                .withLabelSelector(SELECTOR)
                .withNamespacesInheritedFromController()
                .withSecondaryToPrimaryMapper(InformerWorkloads::resourceOfPod)
                .build(),
            context);
    return List.of(jobs, pods);
  }

  @Override
  public Optional<Job> job(String namespace, String name) {
    return jobs.get(new ResourceID(name, namespace))
        .or(() ->
            Optional.ofNullable(
                client.batch().v1().jobs().inNamespace(namespace).withName(name).get()));
  }

  @Override
  public Collection<Job> jobsOf(DatabaseMigration resource) {
    return jobs.getSecondaryResources(resource).stream()
        .filter(j -> controlledBy(j, resource.getMetadata().getUid()))
        .toList();
  }

  @Override
  public Collection<Pod> pods(String namespace) {
    return pods.list(namespace, p -> true).toList();
  }

  @Override
  public Collection<Pod> podsNow(String namespace) {
    return client.pods().inNamespace(namespace).withLabelSelector(SELECTOR).list().getItems();
  }

  @Override
  public Optional<Told> refusal(Job job) {
    String uid = job.getMetadata().getUid();
    return client
        .v1()
        .events()
        .inNamespace(job.getMetadata().getNamespace())
        .withField("involvedObject.uid", uid)
        .list()
        .getItems()
        .stream()
        .filter(e -> "FailedCreate".equals(e.getReason()))
        .filter(e -> uid.equals(e.getInvolvedObject().getUid()))
        .max(Comparator.comparing((Event e) -> e.getMetadata().getCreationTimestamp()))
        .map(e -> new Told(e.getReason(), e.getMessage() == null ? "" : e.getMessage()));
  }

  @Override
  public Optional<String> log(String namespace, String pod, int lines, int bytes) {
    try (InputStream log =
        client
            .pods()
            .inNamespace(namespace)
            .withName(pod)
            .inContainer(JobFactory.CONTAINER)
            .limitBytes(bytes)
            .tailingLines(lines)
            // The container has ended: nothing is waited for.
            .withReadyWaitTimeout(0)
            .getLogInputStream()) {
      return Optional.of(new String(log.readNBytes(bytes), StandardCharsets.UTF_8));
    } catch (KubernetesClientException | IOException e) {
      LOG.warn(
          "the log of pod {}/{} cannot be read, its report stays trimmed: {}",
          namespace,
          pod,
          e instanceof KubernetesClientException api
              ? "HTTP status " + api.getCode()
              : e.getClass().getSimpleName());
      return Optional.empty();
    }
  }

  /**
   * A Job's counters of active and ready pods follow the pod, which wakes us itself; its conditions
   * and its deletion are its own.
   */
  private static boolean matters(Job now, Job before) {
    return !Objects.equals(
            now.getMetadata().getDeletionTimestamp(), before.getMetadata().getDeletionTimestamp())
        || !conditions(now).equals(conditions(before));
  }

  private static List<JobCondition> conditions(Job job) {
    return job.getStatus() == null ? List.of() : job.getStatus().getConditions();
  }

  private static boolean controlledBy(HasMetadata object, String uid) {
    return owners(object)
        .anyMatch(o -> Boolean.TRUE.equals(o.getController()) && uid.equals(o.getUid()));
  }

  private static Set<ResourceID> owner(Job job) {
    return owners(job)
        .filter(o -> "DatabaseMigration".equals(o.getKind()))
        .findFirst()
        .map(o -> Set.of(new ResourceID(o.getName(), job.getMetadata().getNamespace())))
        .orElse(Set.of());
  }

  /** Only whom to wake; whose pod it is, its controller's uid tells. */
  private static Set<ResourceID> resourceOfPod(Pod pod) {
    String name =
        pod.getMetadata().getAnnotations() == null
            ? null
            : pod.getMetadata().getAnnotations().get(JobFactory.RESOURCE);
    return name == null ? Set.of() : Set.of(new ResourceID(name, pod.getMetadata().getNamespace()));
  }

  private static Stream<OwnerReference> owners(HasMetadata object) {
    List<OwnerReference> owners = object.getMetadata().getOwnerReferences();
    return owners == null ? Stream.of() : owners.stream();
  }
}

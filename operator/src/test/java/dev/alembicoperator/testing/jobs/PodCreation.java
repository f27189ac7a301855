package dev.alembicoperator.testing.jobs;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Makes the pod object of a Job, as the Job controller and the scheduler do. While pods are
 * refused, it says so in an event and tries again.
 */
final class PodCreation {

  static final String JOB_NAME = "batch.kubernetes.io/job-name";
  static final String CONTROLLER_UID = "batch.kubernetes.io/controller-uid";

  /** Keeps a pod's object until it has been counted, on a real cluster as here. */
  static final String TRACKING_FINALIZER = "batch.kubernetes.io/job-tracking";

  /** k8s.io/apimachinery/pkg/util/rand: no vowels, so that no words come out. */
  private static final String NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789";

  /** maxNameLength less five letters, in k8s.io/apiserver/pkg/storage/names. */
  private static final int BASE_LIMIT = 58;

  private final LocalNode node;
  private volatile Optional<String> refusal = Optional.empty();

  PodCreation(LocalNode node) {
    this.node = node;
  }

  /**
   * Refuses pods from now on, as an admission plugin would, with its message; or admits them again.
   */
  void refuse(Optional<String> message) {
    refusal = message;
  }

  /** Creates the pod; returns empty if the Job is gone before it could. */
  Optional<Pod> create(Job job, CountDownLatch gone) throws InterruptedException {
    Pod pod = pod(job, ThreadLocalRandom.current());
    Optional<String> told = Optional.empty();
    while (gone.getCount() > 0) {
      Optional<String> refused = refusal;
      if (refused.isEmpty()) {
        try {
          return Optional.of(node.writer().ask(() -> node.client().pods().resource(pod).create()));
        } catch (KubernetesClientException e) {
          refused = Optional.of(refusedBy(e));
        }
      }
      if (!refused.equals(told)) {
        told = refused;
        tell(job, "Error creating: " + refused.get());
      }
      var _ = gone.await(node.timing().retryInterval().toMillis(), TimeUnit.MILLISECONDS);
    }
    return Optional.empty();
  }

  static Pod pod(Job job, RandomGenerator random) {
    PodTemplateSpec template = job.getSpec().getTemplate();
    Map<String, String> labels = new HashMap<>(labels(job));
    Map<String, String> annotations = new HashMap<>();
    if (template.getMetadata() != null) {
      labels.putAll(orEmpty(template.getMetadata().getLabels()));
      annotations.putAll(orEmpty(template.getMetadata().getAnnotations()));
    }
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(job.getMetadata().getNamespace())
        .withName(name(job.getMetadata().getName(), random))
        .withLabels(labels)
        .withAnnotations(annotations)
        .addToFinalizers(TRACKING_FINALIZER)
        .addNewOwnerReference()
        .withApiVersion("batch/v1")
        .withKind("Job")
        .withName(job.getMetadata().getName())
        .withUid(job.getMetadata().getUid())
        .withController(true)
        .withBlockOwnerDeletion(true)
        .endOwnerReference()
        .endMetadata()
        .withSpec(new PodSpecBuilder(template.getSpec()).withNodeName(LocalNode.NAME).build())
        .build();
  }

  /**
   * A real API server puts these into the template when the Job is created; a mock one does not.
   */
  private static Map<String, String> labels(Job job) {
    String name = job.getMetadata().getName();
    String uid = job.getMetadata().getUid();
    return Map.of(JOB_NAME, name, "job-name", name, CONTROLLER_UID, uid, "controller-uid", uid);
  }

  private static String name(String job, RandomGenerator random) {
    String base = job + "-";
    return base.substring(0, Math.min(base.length(), BASE_LIMIT))
        + random
            .ints(5, 0, NAME_LETTERS.length())
            .mapToObj(index -> NAME_LETTERS.substring(index, index + 1))
            .collect(Collectors.joining());
  }

  private static String refusedBy(KubernetesClientException e) {
    boolean refusal = e.getCode() == HttpURLConnection.HTTP_FORBIDDEN || e.getCode() == 422;
    if (!refusal || e.getStatus() == null) {
      throw e;
    }
    return e.getStatus().getMessage();
  }

  private void tell(Job job, String message) throws InterruptedException {
    String now = node.clock().instant().truncatedTo(ChronoUnit.SECONDS).toString();
    String namespace = job.getMetadata().getNamespace();
    var event =
        new EventBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(
                name(job.getMetadata().getName() + ".failedcreate", ThreadLocalRandom.current()))
            .endMetadata()
            .withNewInvolvedObject()
            .withApiVersion("batch/v1")
            .withKind("Job")
            .withNamespace(namespace)
            .withName(job.getMetadata().getName())
            .withUid(job.getMetadata().getUid())
            .endInvolvedObject()
            .withType("Warning")
            .withReason("FailedCreate")
            .withMessage(message)
            .withNewSource("job-controller", null)
            .withFirstTimestamp(now)
            .withLastTimestamp(now)
            .withCount(1)
            .build();
    node.writer().write(() -> node.client().v1().events().resource(event).create());
  }

  private static Map<String, String> orEmpty(Map<String, String> map) {
    return map == null ? Map.of() : map;
  }
}

package dev.alembicoperator.act;

import dev.alembicoperator.runner.RunRequest;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place that changes anything but status: it creates a Job, deletes Jobs, and keeps the
 * runner's ConfigMap.
 */
public final class MigrationJobs {

  private static final Logger LOG = LoggerFactory.getLogger(MigrationJobs.class);
  private static final int CHECKS_KEPT = 1;

  private final KubernetesClient client;
  private final RunnerBundle bundle;
  private final JobFactory factory;

  /** Acts through this client. */
  public MigrationJobs(KubernetesClient client, RunnerBundle bundle, JobSettings settings) {
    this.client = client;
    this.bundle = bundle;
    this.factory = new JobFactory(bundle.name(), settings);
  }

  /**
   * Sees to it that the request's Job exists.
   *
   * @return what came of it
   */
  public Ensured ensure(RunRequest request) {
    ensureRunner(request.namespace());
    Job wanted = factory.job(request);
    try {
      return new Ensured.Exists(client.resource(wanted).create().getMetadata().getUid());
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      Job found = client.resource(wanted).get();
      if (found == null || found.getMetadata().getDeletionTimestamp() != null) {
        return new Ensured.Leaving();
      }
      return ours(found, wanted)
          ? new Ensured.Exists(found.getMetadata().getUid())
          : new Ensured.Taken();
    }
  }

  /** What came of asking for a Job. */
  public sealed interface Ensured {

    /** It exists, made now or before. */
    record Exists(String uid) implements Ensured {}

    /** One of that name is being deleted; it is asked for again. */
    record Leaving() implements Ensured {}

    /** One of that name is somebody else's, and stays. */
    record Taken() implements Ensured {}
  }

  /** A Job is ours only if this resource controls it and it is for this attempt. */
  private static boolean ours(Job found, Job wanted) {
    String owner = wanted.getMetadata().getOwnerReferences().getFirst().getUid();
    boolean controlled =
        found.getMetadata().getOwnerReferences().stream()
            .anyMatch(o -> Boolean.TRUE.equals(o.getController()) && owner.equals(o.getUid()));
    return controlled && sameAttempt(found, wanted);
  }

  private static boolean sameAttempt(HasMetadata found, HasMetadata wanted) {
    String attempt = wanted.getMetadata().getAnnotations().get(JobFactory.ATTEMPT);
    return found.getMetadata().getAnnotations() != null
        && attempt.equals(found.getMetadata().getAnnotations().get(JobFactory.ATTEMPT));
  }

  /**
   * Deletes exactly that Job, by its uid, and its pod with it; the pod is followed to its end.
   *
   * <p>Raw, because the client's own delete can either have a precondition or a propagation policy,
   * and without a policy the API server orphans the pods of a Job (kubernetes:
   * pkg/registry/batch/job/strategy.go).
   *
   * @throws KubernetesClientException 409 when another Job has that name now
   */
  public void cancel(String namespace, String name, String uid) {
    DeleteOptions options =
        new DeleteOptionsBuilder()
            .withPropagationPolicy(DeletionPropagation.BACKGROUND.toString())
            .withNewPreconditions(null, uid)
            .build();
    String path = "/apis/batch/v1/namespaces/%s/jobs/%s".formatted(namespace, name);
    try {
      client.raw(path, "DELETE", options);
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
      // Gone already, which is what was wanted.
    }
  }

  /**
   * Deletes the oldest finished Jobs of a resource beyond the limit. Their logs go with them; their
   * verdicts stand in status. Checks are counted apart, so that they push no migration's log out.
   */
  public void prune(Collection<Job> jobs, int keep) {
    Map<Boolean, List<Job>> checks =
        jobs.stream().collect(Collectors.partitioningBy(MigrationJobs::check));
    oldest(checks.get(false), keep);
    oldest(checks.get(true), Math.min(keep, CHECKS_KEPT));
  }

  private static boolean check(Job job) {
    return job.getMetadata().getAnnotations() != null
        && JobFactory.CHECK.equals(job.getMetadata().getAnnotations().get(JobFactory.ACTION));
  }

  private void oldest(List<Job> jobs, int keep) {
    jobs.stream()
        .filter(MigrationJobs::finished)
        .filter(j -> j.getMetadata().getDeletionTimestamp() == null)
        .sorted(Comparator.comparing(MigrationJobs::number).reversed())
        .skip(keep)
        .forEach(j -> {
          LOG.debug("deleting finished Job {}", j.getMetadata().getName());
          client.resource(j).withPropagationPolicy(DeletionPropagation.BACKGROUND).delete();
        });
  }

  private static boolean finished(Job job) {
    return job.getStatus() != null
        && job.getStatus().getConditions().stream()
            .anyMatch(c ->
                "True".equals(c.getStatus())
                    && ("Complete".equals(c.getType()) || "Failed".equals(c.getType())));
  }

  private static long number(Job job) {
    try {
      return Long.parseLong(job.getMetadata().getAnnotations().get(JobFactory.ATTEMPT));
    } catch (NumberFormatException | NullPointerException e) {
      return 0;
    }
  }

  /**
   * Its bytes are compared before each run: whoever may write ConfigMaps must not be able to choose
   * what we run.
   */
  private void ensureRunner(String namespace) {
    ConfigMap wanted = bundle.configMap(namespace);
    ConfigMap found = client.resource(wanted).get();
    if (found != null && !bundle.sameBytes(found)) {
      LOG.warn(
          "ConfigMap {} in namespace {} does not hold the runner of this operator; it is made"
              + " again",
          bundle.name(),
          namespace);
      client.resource(found).delete();
      found = null;
    }
    if (found == null) {
      create(wanted);
    }
  }

  private void create(ConfigMap wanted) {
    try {
      client.resource(wanted).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      // Somebody was faster. Another resource's pass made the same; anything else is not run.
      if (!bundle.sameBytes(client.resource(wanted).get())) {
        throw e;
      }
    }
  }
}

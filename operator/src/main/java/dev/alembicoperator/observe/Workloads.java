package dev.alembicoperator.observe;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.observe.JobView.Told;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.Collection;
import java.util.Optional;

/** Where the Jobs and pods of migrations are read. */
public interface Workloads {

  /**
   * The Job of that name; asks the API server itself when a cache has none, since "it is not there"
   * is a verdict that cannot be taken back.
   */
  Optional<Job> job(String namespace, String name);

  /** All Jobs that the resource controls, as far as the cache knows. */
  Collection<Job> jobsOf(DatabaseMigration resource);

  /** The migration pods of the namespace, of whichever Job. */
  Collection<Pod> pods(String namespace);

  /**
   * The same, as the API server itself has them: that a Job's pod is gone is a verdict too, and a
   * cache may be behind.
   */
  Collection<Pod> podsNow(String namespace);

  /** Why the Job controller could not create a pod for the Job, if it said so in an event. */
  Optional<Told> refusal(Job job);

  /**
   * The end of what the migration's container wrote.
   *
   * @param lines how many lines at most, from the end
   * @param bytes how much of them at most
   * @return empty when the log cannot be read: the pod or its node is gone, or the right to read
   *     logs is missing
   */
  Optional<String> log(String namespace, String pod, int lines, int bytes);
}

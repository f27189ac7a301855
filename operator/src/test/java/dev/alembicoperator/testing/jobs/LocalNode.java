package dev.alembicoperator.testing.jobs;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What all pods of one {@link LocalJobs} share.
 *
 * @param client talks to the API server
 * @param writer every write goes through it
 * @param images what can be pulled
 * @param timing how slow things are
 * @param clock what the time is
 * @param timer for what happens later: it never blocks
 * @param folder where pods have their files
 */
record LocalNode(
    KubernetesClient client,
    ApiWriter writer,
    LocalImages images,
    Timing timing,
    InstantSource clock,
    ScheduledExecutorService timer,
    Path folder) {

  /** What pods are "scheduled" to. A pod without a node is deleted without grace. */
  static final String NAME = "local";
}

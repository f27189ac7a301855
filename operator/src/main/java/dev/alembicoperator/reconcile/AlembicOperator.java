package dev.alembicoperator.reconcile;

import dev.alembicoperator.act.MigrationJobs;
import dev.alembicoperator.act.PlanTexts;
import dev.alembicoperator.act.RunnerBundle;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.config.Settings;
import dev.alembicoperator.database.DatabaseReader;
import dev.alembicoperator.observe.ConnectionObserver;
import dev.alembicoperator.observe.Observer;
import dev.alembicoperator.plan.Planner;
import dev.alembicoperator.plan.Verbs;
import dev.alembicoperator.report.EventPublisher;
import dev.alembicoperator.report.MigrationMetrics;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.RegisteredController;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.health.InformerHealthIndicator;
import io.javaoperatorsdk.operator.health.InformerWrappingEventSourceHealthIndicator;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** The loop with everything that it is made of, ready to start. */
public final class AlembicOperator implements AutoCloseable {

  /** Below the pod's grace period: running passes may finish, since each ends in a write. */
  private static final Duration STOP_WITHIN = Duration.ofSeconds(10);

  private static final Duration TIDY_EVERY = Duration.ofSeconds(15);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);

  private final Operator operator;
  private final DatabaseReader databases;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService housekeeping =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("housekeeping").factory());

  private ScheduledFuture<?> tidying;

  /** Wires the loop; nothing runs before {@link #start}. */
  public AlembicOperator(
      KubernetesClient client,
      Settings settings,
      DatabaseReader databases,
      MeterRegistry registry,
      Clock clock) {
    this.databases = databases;
    InformerWorkloads workloads = new InformerWorkloads(client);
    Neighbourhood neighbourhood = new Neighbourhood();
    MigrationReconciler reconciler =
        new MigrationReconciler(
            workloads,
            neighbourhood,
            new Observer(
                workloads, new ConnectionObserver(client), databases, neighbourhood, clock),
            new Planner(settings.plan()),
            new StatusWriter(client),
            new MigrationJobs(client, RunnerBundle.load(), settings.jobs()),
            new PlanTexts(client),
            new EventPublisher(client, clock, settings.instance()),
            new MigrationMetrics(registry),
            clock);
    operator = new Operator(o -> configure(o, client, settings));
    operator.register(
        reconciler,
        o -> {
          o.withGenerationAware(false)
              .withOnUpdateFilter(AlembicOperator::matters)
              .withTriggerReconcilerOnAllEvents(true)
              .withReconciliationMaxInterval(settings.plan().checkInterval())
              .withRetry(retry());
          if (!settings.namespaces().isEmpty()) {
            o.settingNamespaces(settings.namespaces());
          }
        });
  }

  private void configure(
      ConfigurationServiceOverrider o, KubernetesClient client, Settings settings) {
    o.withKubernetesClient(client)
        .withCloseClientOnStop(false)
        // A Role cannot name CustomResourceDefinitions, and an installation in one namespace has
        // nothing but Roles.
        .checkingCRDAndValidateLocalModel(false)
        .withUseSSAToPatchPrimaryResource(false)
        .withReconciliationTerminationTimeout(STOP_WITHIN)
        .withExecutorService(threads);
    if (settings.leaderElection()) {
      o.withLeaderElectionConfiguration(lease(settings));
    }
  }

  /** The lease names the pod that holds it, so that people find the leader. */
  private static LeaderElectionConfiguration lease(Settings settings) {
    String namespace = settings.leaseNamespace().isEmpty() ? null : settings.leaseNamespace();
    return new LeaderElectionConfiguration("alembic-operator", namespace, settings.instance());
  }

  /** API trouble is retried for ever: giving up would be ten hours of silence. */
  private static GenericRetry retry() {
    return new GenericRetry()
        .setInitialInterval(FIRST_RETRY.toMillis())
        .setIntervalMultiplier(2)
        .setMaxInterval(LONGEST_RETRY.toMillis())
        .withoutMaxAttempts();
  }

  /** Our own status writes wake nobody; a new spec, a verb, a deletion and a lost status do. */
  private static boolean matters(DatabaseMigration now, DatabaseMigration before) {
    return !Objects.equals(now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
        || now.getMetadata().getDeletionTimestamp() != null
        || !verbs(now).equals(verbs(before))
        || (told(before) && !told(now));
  }

  /** Whether there is a status that we wrote: without one, a resource looks new. */
  private static boolean told(DatabaseMigration resource) {
    return resource.getStatus() != null && !resource.getStatus().conditions().isEmpty();
  }

  private static Map<String, String> verbs(DatabaseMigration resource) {
    Map<String, String> asked = new HashMap<>();
    if (resource.getMetadata().getAnnotations() != null) {
      asked.putAll(resource.getMetadata().getAnnotations());
    }
    asked.keySet().retainAll(Verbs.ALL);
    return asked;
  }

  /** Fills the caches and begins; returns when both is done. */
  public void start() {
    tidying =
        housekeeping.scheduleWithFixedDelay(
            databases::closeIdle, TIDY_EVERY.toSeconds(), TIDY_EVERY.toSeconds(), TimeUnit.SECONDS);
    operator.start();
  }

  /** Whether the caches are filled and the informers run. */
  public boolean ready() {
    return operator.getRuntimeInfo().isStarted() && live();
  }

  /**
   * Whether every informer that was started still runs. Whether its watch is connected at this
   * moment does not count: that flaps at every reconnect (java-operator-sdk issue 2978).
   */
  public boolean live() {
    if (!operator.getRuntimeInfo().isStarted()) {
      return true;
    }
    for (RegisteredController<?> controller : operator.getRegisteredControllers()) {
      for (InformerWrappingEventSourceHealthIndicator<?> source :
          controller.getControllerHealthInfo().informerEventSourceHealthIndicators().values()) {
        for (InformerHealthIndicator informer : source.informerHealthIndicators().values()) {
          if (!informer.isRunning() || !informer.hasSynced()) {
            return false;
          }
        }
      }
    }
    return true;
  }

  @Override
  public void close() {
    if (tidying != null) {
      tidying.cancel(true);
    }
    housekeeping.shutdownNow();
    operator.stop();
    threads.shutdown();
    databases.close();
  }
}

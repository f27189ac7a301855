package dev.alembicoperator.reconcile;

import dev.alembicoperator.act.MigrationJobs;
import dev.alembicoperator.act.PlanTexts;
import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.observe.Observer;
import dev.alembicoperator.plan.Decision;
import dev.alembicoperator.plan.Planner;
import dev.alembicoperator.report.EventPublisher;
import dev.alembicoperator.report.MigrationMetrics;
import dev.alembicoperator.report.StatusReport;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop: observe, plan, report, act. It alone knows all four; none of them knows another. Every
 * pass may be thrown away and repeated, at any point.
 */
@ControllerConfiguration(name = "databasemigration")
public final class MigrationReconciler implements Reconciler<DatabaseMigration> {

  private static final Logger LOG = LoggerFactory.getLogger(MigrationReconciler.class);
  private static final int JOBS_KEPT = 3;
  private static final Duration AFTER_CONFLICT = Duration.ofMillis(500);

  private final InformerWorkloads workloads;
  private final Neighbourhood neighbourhood;
  private final Observer observer;
  private final Planner planner;
  private final StatusReport report;
  private final StatusWriter writer;
  private final MigrationJobs jobs;
  private final CheckRuns checks;
  private final EventPublisher events;
  private final MigrationMetrics metrics;
  private final Clock clock;

  MigrationReconciler(
      InformerWorkloads workloads,
      Neighbourhood neighbourhood,
      Observer observer,
      Planner planner,
      StatusWriter writer,
      MigrationJobs jobs,
      PlanTexts texts,
      EventPublisher events,
      MigrationMetrics metrics,
      Clock clock) {
    this.workloads = workloads;
    this.neighbourhood = neighbourhood;
    this.observer = observer;
    this.planner = planner;
    this.report = new StatusReport();
    this.writer = writer;
    this.jobs = jobs;
    this.checks = new CheckRuns(report, writer, jobs, texts, clock);
    this.events = events;
    this.metrics = metrics;
    this.clock = clock;
  }

  @Override
  public List<EventSource<?, DatabaseMigration>> prepareEventSources(
      EventSourceContext<DatabaseMigration> context) {
    List<EventSource<?, DatabaseMigration>> sources = new ArrayList<>(workloads.start(context));
    sources.add(neighbourhood.start(context));
    return sources;
  }

  @Override
  public UpdateControl<DatabaseMigration> reconcile(
      DatabaseMigration cached, Context<DatabaseMigration> context) {
    if (context.isPrimaryResourceDeleted()) {
      forget(cached);
      return UpdateControl.noUpdate();
    }
    try {
      Duration recheck = pass(writer.newest(cached));
      return UpdateControl.<DatabaseMigration>noUpdate().rescheduleAfter(recheck);
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      // Somebody wrote in between, so what was decided is out of date.
      LOG.debug("conflict, the pass is dropped: {}", e.getMessage());
      return UpdateControl.<DatabaseMigration>noUpdate().rescheduleAfter(AFTER_CONFLICT);
    }
  }

  /**
   * Trouble with the API server: told in the log, and retried with backoff for ever. Status is not
   * its place.
   */
  @Override
  public ErrorStatusUpdateControl<DatabaseMigration> updateErrorStatus(
      DatabaseMigration resource, Context<DatabaseMigration> context, Exception e) {
    return ErrorStatusUpdateControl.noStatusUpdate();
  }

  private Duration pass(DatabaseMigration read) {
    Observation o = observer.observe(read);
    Decision decision = planner.plan(o);
    List<Attempt> ended = new ArrayList<>();
    while (decision instanceof Decision.Collect || decision instanceof Decision.Conclude) {
      DatabaseMigrationStatus status = report.tell(o, decision);
      switch (decision) {
        case Decision.Conclude conclude -> status = checks.conclude(o, conclude.verdict(), status);
        default -> ended.add(status.attempt());
      }
      o = o.withStatus(status);
      decision = planner.plan(o);
    }
    DatabaseMigration written = write(read, report.tell(o, decision));
    ended.forEach(attempt -> ended(written, attempt));
    checks.tidy(read, written, o);
    act(decision, written);
    prune(written);
    return decision.recheck();
  }

  private DatabaseMigration write(DatabaseMigration read, DatabaseMigrationStatus status) {
    DatabaseMigration written = writer.write(read, status);
    events.transition(written, read.getStatus(), status);
    metrics.told(written);
    if (!Objects.equals(read.getStatus(), written.getStatus())) {
      neighbourhood.changed(read, written);
    }
    return written;
  }

  /** Counted once, after the write: a conflict would bring the same verdict again. */
  private void ended(DatabaseMigration resource, Attempt attempt) {
    metrics.ended(attempt);
    LOG.info(
        "{}/{}: attempt {} ended: {} ({})",
        resource.getMetadata().getNamespace(),
        resource.getMetadata().getName(),
        attempt.number(),
        attempt.outcome(),
        attempt.reason());
  }

  private void act(Decision decision, DatabaseMigration written) {
    switch (decision) {
      case Decision.Run run -> {
        events.announce(written);
        switch (jobs.ensure(run.request())) {
          case MigrationJobs.Ensured.Exists exists ->
              writer.write(written, report.created(written.getStatus(), exists.uid()));
          case MigrationJobs.Ensured.Taken t ->
              writer.write(written, report.nameTaken(written.getStatus(), clock.instant()));
          case MigrationJobs.Ensured.Leaving l -> {}
        }
      }
      case Decision.Cancel cancel ->
          jobs.cancel(written.getMetadata().getNamespace(), cancel.job(), cancel.jobUid());
      case Decision.Nothing n -> {}
      case Decision.Wait w -> {}
      case Decision.Refuse r -> {}
      case Decision.Check check -> {
        checks.ensure(check.request(), written);
        act(check.standing(), written);
      }
      case Decision.Conclude c -> throw new IllegalStateException("concluded before");
      case Decision.Collect c -> throw new IllegalStateException("collected before");
    }
  }

  private void prune(DatabaseMigration resource) {
    Integer wished = resource.getSpec().jobsHistoryLimit();
    int keep = wished == null ? JOBS_KEPT : wished;
    jobs.prune(workloads.jobsOf(resource), keep);
  }

  private void forget(DatabaseMigration gone) {
    String uid = gone.getMetadata().getUid();
    observer.forget(uid);
    writer.forget(uid);
    metrics.forget(gone);
    neighbourhood.forget(gone);
  }
}

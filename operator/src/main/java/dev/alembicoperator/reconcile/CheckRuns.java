package dev.alembicoperator.reconcile;

import dev.alembicoperator.act.MigrationJobs;
import dev.alembicoperator.act.PlanTexts;
import dev.alembicoperator.api.v1alpha1.Check;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.Plan;
import dev.alembicoperator.observe.JobView;
import dev.alembicoperator.observe.JobView.PodView;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.plan.CheckVerdict;
import dev.alembicoperator.report.StatusReport;
import dev.alembicoperator.runner.RunRequest;
import java.time.Clock;
import java.util.Optional;

/** The part of a pass that is about checks: their Jobs, and the SQL that they bring. */
final class CheckRuns {

  private final StatusReport report;
  private final StatusWriter writer;
  private final MigrationJobs jobs;
  private final PlanTexts texts;
  private final Clock clock;

  CheckRuns(
      StatusReport report, StatusWriter writer, MigrationJobs jobs, PlanTexts texts, Clock clock) {
    this.report = report;
    this.writer = writer;
    this.jobs = jobs;
    this.texts = texts;
    this.clock = clock;
  }

  /** Sees to it that the open check has its Job, once its intent is written. */
  void ensure(RunRequest request, DatabaseMigration written) {
    DatabaseMigrationStatus status = written.getStatus();
    if (status.check().jobUID() != null) {
      return;
    }
    switch (jobs.ensure(request)) {
      case MigrationJobs.Ensured.Exists exists ->
          writer.write(written, report.checkCreated(status, exists.uid()));
      case MigrationJobs.Ensured.Taken t ->
          writer.write(written, report.checkNameTaken(status, clock.instant()));
      case MigrationJobs.Ensured.Leaving l -> {}
    }
  }

  /**
   * Publishes the SQL before status names it.
   *
   * @return the status, without the name where it is somebody else's
   */
  DatabaseMigrationStatus conclude(
      Observation o, CheckVerdict verdict, DatabaseMigrationStatus status) {
    Plan plan = status.plan();
    Optional<String> sql = report.sql(o, verdict);
    if (sql.isEmpty() || plan == null || plan.sql() == null) {
      return status;
    }
    return texts.publish(o.resource(), plan.sql(), plan.digest(), sql.get())
        ? status
        : report.sqlNameTaken(status);
  }

  /** After the write: a withdrawn check's Job goes, and SQL that no plan names any more. */
  void tidy(DatabaseMigration read, DatabaseMigration written, Observation o) {
    if (closedJustNow(read.getStatus(), written.getStatus())) {
      o.check()
          .filter(CheckRuns::unfinished)
          .ifPresent(
              job -> jobs.cancel(written.getMetadata().getNamespace(), job.name(), job.uid()));
    }
    Optional<String> before = sql(read.getStatus());
    if (before.isPresent() && !before.equals(sql(written.getStatus()))) {
      texts.drop(written, before.get());
    }
  }

  private static boolean closedJustNow(
      DatabaseMigrationStatus before, DatabaseMigrationStatus after) {
    Check old = before == null ? null : before.check();
    return old != null
        && old.completedAt() == null
        && after.check() != null
        && (after.check().completedAt() != null || !old.number().equals(after.check().number()));
  }

  private static boolean unfinished(JobView job) {
    return !job.gone() && !job.deleting() && job.pod().flatMap(PodView::ended).isEmpty();
  }

  private static Optional<String> sql(DatabaseMigrationStatus status) {
    return Optional.ofNullable(status).map(DatabaseMigrationStatus::plan).map(Plan::sql);
  }
}

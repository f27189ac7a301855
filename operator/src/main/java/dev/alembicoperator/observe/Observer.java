package dev.alembicoperator.observe;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.Check;
import dev.alembicoperator.api.v1alpha1.Database;
import dev.alembicoperator.api.v1alpha1.DatabaseInfo;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.database.ConnectionSettings;
import dev.alembicoperator.database.DatabaseReader;
import dev.alembicoperator.database.DatabaseView;
import dev.alembicoperator.database.ReadRequest;
import dev.alembicoperator.database.VersionTable;
import dev.alembicoperator.observe.JobView.PodView;
import dev.alembicoperator.runner.ApplicationName;
import dev.alembicoperator.runner.RunReport;
import dev.alembicoperator.runner.RunReportParser;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Gathers one {@link Observation}. Reads only; what it remembers is a saving, never the truth. */
public final class Observer {

  /**
   * A pod normally follows its Job within a second; before that nobody needs to be asked why there
   * is none.
   */
  private static final Duration POD_EXPECTED_WITHIN = Duration.ofSeconds(3);

  /** Of one look at a database; a run has its own limit in the spec. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  private final Workloads workloads;
  private final ConnectionObserver connections;
  private final DatabaseReader databases;
  private final Neighbours neighbours;
  private final Clock clock;
  private final RunReportParser reports = new RunReportParser();
  private final WholeReports wholeReports;
  private final Map<String, Instant> lastLooks = new ConcurrentHashMap<>();

  /** Observes through these; the clock is the only source of time. */
  public Observer(
      Workloads workloads,
      ConnectionObserver connections,
      DatabaseReader databases,
      Neighbours neighbours,
      Clock clock) {
    this.workloads = workloads;
    this.wholeReports = new WholeReports(workloads);
    this.connections = connections;
    this.databases = databases;
    this.neighbours = neighbours;
    this.clock = clock;
  }

  /**
   * The world as it is for this resource. API errors pass through; a database's errors are a part
   * of the view.
   */
  public Observation observe(DatabaseMigration resource) {
    String namespace = resource.getMetadata().getNamespace();
    String uid = resource.getMetadata().getUid();
    Optional<JobView> job = job(resource).map(j -> wholeReports.complete(j, namespace, uid));
    Optional<JobView> check = check(resource).map(j -> wholeReports.complete(j, namespace, uid));
    if (job.isEmpty() && check.isEmpty()) {
      wholeReports.forget(uid);
    }
    // A pod on its way needs nothing that a Secret could tell.
    ConnectionView connection =
        job.filter(Observer::preparing).isPresent()
            ? new ConnectionView.NotRead()
            : connections.observe(resource);
    Optional<DatabaseView> database = look(resource, connection, job);
    if (database.filter(DatabaseView.Read.class::isInstance).isPresent()) {
      lastLooks.put(uid, clock.instant());
    }
    return new Observation(
        resource,
        clock.instant(),
        connection,
        job,
        check,
        JobObserver.owned(workloads.jobsOf(resource), knownAttempt(resource)),
        database,
        identity(resource, database)
            .map(identity -> neighbours.sharing(resource, identity))
            .orElse(List.of()),
        lastLook(uid, resource.getStatus()));
  }

  /** As it was read just now; where it was not, as it was last read or reported. */
  private static Optional<String> identity(
      DatabaseMigration resource, Optional<DatabaseView> database) {
    return database.isPresent() && database.get() instanceof DatabaseView.Read read
        ? read.identity()
        : Optional.ofNullable(resource.getStatus())
            .map(DatabaseMigrationStatus::database)
            .map(DatabaseInfo::identity);
  }

  private static long knownAttempt(DatabaseMigration resource) {
    Attempt attempt = resource.getStatus() == null ? null : resource.getStatus().attempt();
    return attempt == null || attempt.number() == null ? 0 : attempt.number();
  }

  /** Drops what is remembered of a resource that is gone. */
  public void forget(String uid) {
    lastLooks.remove(uid);
    wholeReports.forget(uid);
  }

  private Optional<Instant> lastLook(String uid, DatabaseMigrationStatus status) {
    Instant stored = status == null ? null : status.lastCheckTime();
    return Optional.ofNullable(lastLooks.getOrDefault(uid, stored));
  }

  private Optional<JobView> job(DatabaseMigration resource) {
    Attempt attempt = resource.getStatus() == null ? null : resource.getStatus().attempt();
    return attempt == null || attempt.outcome() != null || attempt.job() == null
        ? Optional.empty()
        : job(resource, attempt.job(), attempt.jobUID());
  }

  private Optional<JobView> check(DatabaseMigration resource) {
    Check check = resource.getStatus() == null ? null : resource.getStatus().check();
    return check == null || check.completedAt() != null || check.job() == null
        ? Optional.empty()
        : job(resource, check.job(), check.jobUID());
  }

  private Optional<JobView> job(DatabaseMigration resource, String name, String jobUid) {
    String namespace = resource.getMetadata().getNamespace();
    Optional<Job> job =
        workloads
            .job(namespace, name)
            .filter(j -> ownedBy(j, resource.getMetadata().getUid()))
            .filter(j -> jobUid == null || jobUid.equals(j.getMetadata().getUid()));
    if (job.isEmpty() && jobUid != null) {
      return JobObserver.leftOver(name, jobUid, workloads.pods(namespace))
          .or(() -> JobObserver.leftOver(name, jobUid, workloads.podsNow(namespace)));
    }
    return job.map(j -> view(j, namespace));
  }

  private JobView view(Job job, String namespace) {
    JobView view = JobObserver.view(job, workloads.pods(namespace), Optional.empty());
    if (view.pod().isEmpty() && view.failure().isPresent()) {
      return JobObserver.view(job, workloads.podsNow(namespace), Optional.empty());
    }
    if (view.pod().isPresent() || young(job)) {
      return view;
    }
    return JobObserver.view(job, List.of(), workloads.refusal(job));
  }

  private boolean young(Job job) {
    Instant created = Instant.parse(job.getMetadata().getCreationTimestamp());
    return created.plus(POD_EXPECTED_WITHIN).isAfter(clock.instant());
  }

  private static boolean ownedBy(Job job, String uid) {
    return job.getMetadata().getOwnerReferences().stream()
        .anyMatch(o -> Boolean.TRUE.equals(o.getController()) && uid.equals(o.getUid()));
  }

  private Optional<DatabaseView> look(
      DatabaseMigration resource, ConnectionView connection, Optional<JobView> job) {
    if (!(connection instanceof ConnectionView.Known known)
        || !databases.observes(known.settings())) {
      return Optional.empty();
    }
    ReadRequest request = request(resource, known.settings(), reportedTable(job));
    boolean running = job.flatMap(JobView::pod).filter(p -> p.ended().isEmpty()).isPresent();
    return Optional.of(running ? databases.watch(request) : databases.read(request));
  }

  /**
   * Nothing can have changed since the intent, so the pod's start is not slowed down by a look. A
   * Job that is over before its container was seen is another matter: its verdict needs the truth.
   */
  private static boolean preparing(JobView job) {
    boolean over =
        job.gone() || job.failure().isPresent() || job.pod().filter(PodView::givenUp).isPresent();
    return !over && job.pod().filter(PodView::started).isEmpty();
  }

  private static ReadRequest request(
      DatabaseMigration resource, ConnectionSettings settings, Optional<VersionTable> reported) {
    String namespace = resource.getMetadata().getNamespace();
    String key =
        ApplicationName.resource(
            namespace, resource.getMetadata().getName(), resource.getMetadata().getUid());
    return new ReadRequest(
        settings, namespace, versionTable(resource, reported), key + "/", CONNECT_TIMEOUT);
  }

  /** Where the run that has just ended kept its rows: env.py decides it, and no file tells. */
  private Optional<VersionTable> reportedTable(Optional<JobView> job) {
    return job.flatMap(JobView::pod)
        .flatMap(PodView::ended)
        .flatMap(end -> end.report(reports))
        .map(RunReport::database)
        .map(RunReport.DatabaseFacts::versionTable)
        .filter(table -> table.name() != null)
        .map(table -> new VersionTable(Optional.ofNullable(table.schema()), table.name()));
  }

  /** What the spec names, else what the last run reported, else whatever the search path finds. */
  private static Optional<VersionTable> versionTable(
      DatabaseMigration resource, Optional<VersionTable> reported) {
    Database.VersionTable wished = resource.getSpec().database().versionTable();
    if (wished != null) {
      String name = wished.name() == null ? "alembic_version" : wished.name();
      return Optional.of(new VersionTable(Optional.ofNullable(wished.schema()), name));
    }
    return reported.or(() ->
        Optional.ofNullable(resource.getStatus())
            .map(DatabaseMigrationStatus::database)
            .map(DatabaseInfo::versionTable)
            .map(Observer::parse));
  }

  private static VersionTable parse(String text) {
    int dot = text.indexOf('.');
    return dot < 0
        ? new VersionTable(Optional.empty(), text)
        : new VersionTable(Optional.of(text.substring(0, dot)), text.substring(dot + 1));
  }
}

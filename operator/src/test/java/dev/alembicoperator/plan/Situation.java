package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.AttemptBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpec;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpecBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatusBuilder;
import dev.alembicoperator.api.v1alpha1.KeySelector;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.api.v1alpha1.SecretSource;
import dev.alembicoperator.database.Backend;
import dev.alembicoperator.database.Blocker;
import dev.alembicoperator.database.ConnectionSettings;
import dev.alembicoperator.database.DatabaseView;
import dev.alembicoperator.observe.ConnectionView;
import dev.alembicoperator.observe.JobView;
import dev.alembicoperator.observe.JobView.Ended;
import dev.alembicoperator.observe.JobView.PodView;
import dev.alembicoperator.observe.JobView.Told;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.observe.Observation.OwnedJobs;
import dev.alembicoperator.report.StatusReport;
import dev.alembicoperator.runner.ApplicationName;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/**
 * A small language for observations: what the resource asks, what its status says, what the cluster
 * and the database show, and how late it is. {@link #decide} asks the planner; {@link #pass} goes
 * once round the loop as the reconciler does, with an API server that always says yes.
 */
public final class Situation {

  /** When every story begins. */
  public static final Instant BEGIN = Instant.parse("2026-03-01T08:00:00Z");

  /** A password that must not be seen anywhere. */
  public static final String CANARY = "Kanarien/Vogel%7";

  private static final String NAMESPACE = "shop";
  private static final String NAME = "orders";
  private static final String UID = "1a2b3c4d-0000-4000-8000-000000000001";
  private static final Instant CREATED = Instant.parse("2026-03-01T07:00:00Z");

  private final PlanSettings settings = PlanSettings.defaults();
  private final Planner planner = new Planner(settings);
  private final StatusReport report = new StatusReport();
  private final Map<String, String> annotations = new HashMap<>();
  private DatabaseMigrationSpec spec;
  private DatabaseMigrationStatus status;
  private long generation = 1;
  private boolean deleted;
  private Instant now = BEGIN;
  private ConnectionView connection = known("orders-db@1");
  private Optional<JobView> job = Optional.empty();
  private Optional<JobView> check = Optional.empty();
  private List<DatabaseMigration> sharing = List.of();
  private OwnedJobs owned = OwnedJobs.none();
  private Optional<DatabaseView> database = Optional.empty();
  private Optional<Instant> lastLook = Optional.empty();

  private Situation(DatabaseMigrationSpec spec) {
    this.spec = spec;
  }

  /** A resource that was just applied, for an empty database. */
  public static Situation firstApply() {
    return new Situation(
            DatabaseMigrationSpecBuilder.builder()
                .image("registry.example/orders:1")
                .database(
                    DatabaseBuilder.builder()
                        .urlFrom(new SecretSource(new KeySelector("orders-db", "url")))
                        .build())
                .build())
        .rows();
  }

  /** A resource whose first run brought the database to {@code 0002}. */
  public static Situation migrated() {
    Situation s = firstApply();
    s.pass();
    s.rows("0002")
        .ended(0, Reports.applied(List.of(), List.of("0002"), "0001", "0002").text())
        .pass();
    return s.noJob();
  }

  /** As {@link #migrated}, and then a new image, whose container runs. */
  public static Situation upgrading() {
    Situation s = migrated().image("registry.example/orders:2");
    s.pass();
    s.running().pass();
    return s;
  }

  // The resource

  /** An edited spec is a new generation. */
  public Situation spec(UnaryOperator<DatabaseMigrationSpecBuilder> edit) {
    spec = edit.apply(DatabaseMigrationSpecBuilder.builder(spec)).build();
    generation++;
    return this;
  }

  /** Another image. */
  public Situation image(String image) {
    return spec(b -> b.image(image));
  }

  /** Another limit, which makes it another run for the same goal. */
  public Situation priority(String name) {
    return spec(b ->
        b.pod(
            dev.alembicoperator.api.v1alpha1.PodBuilder.builder().priorityClassName(name).build()));
  }

  /** Suspends or resumes. */
  public Situation suspend(boolean suspended) {
    return spec(b -> b.suspend(suspended));
  }

  /** A verb. */
  public Situation retry(String token) {
    return ask(Verbs.RETRY, token);
  }

  /** Any verb. */
  public Situation ask(String verb, String token) {
    annotations.put(verb, token);
    return this;
  }

  /** A verb. */
  public Situation cancel(String token) {
    annotations.put(Verbs.CANCEL, token);
    return this;
  }

  /** The resource goes. */
  public Situation deleted() {
    deleted = true;
    return this;
  }

  /** Somebody restored the resource without its status. */
  public Situation statusLost() {
    status = null;
    return this;
  }

  /** Any status. */
  public Situation status(UnaryOperator<DatabaseMigrationStatusBuilder> edit) {
    status = edit.apply(DatabaseMigrationStatusBuilder.builder(status())).build();
    return this;
  }

  /** Any attempt. */
  public Situation attempt(UnaryOperator<AttemptBuilder> edit) {
    return status(b -> b.attempt(edit.apply(AttemptBuilder.builder(status().attempt())).build()));
  }

  // Time

  /** Time goes by. */
  public Situation later(Duration by) {
    now = now.plus(by);
    return this;
  }

  /** Time goes by, in seconds. */
  public Situation later(long seconds) {
    return later(Duration.ofSeconds(seconds));
  }

  // The database

  /** It is read, and holds these rows. */
  public Situation rows(String... rows) {
    return read(Optional.of(Reports.IDENTITY), false, List.of(rows), List.of());
  }

  /** It is read, and is another one than before. */
  public Situation identity(String identity, String... rows) {
    return read(Optional.ofNullable(identity), false, List.of(rows), List.of());
  }

  /** A standby answers. */
  public Situation standby(String... rows) {
    return read(Optional.of(Reports.IDENTITY), true, List.of(rows), List.of());
  }

  /** A session of that attempt lives, and its name goes on so: {@code 2.5/0003}. */
  public Situation session(long attempt, String position, Blocker... blockers) {
    String name =
        ApplicationName.prefix(ApplicationName.resource(NAMESPACE, NAME, UID), attempt) + position;
    Backend backend =
        new Backend(4711, name, Optional.empty(), Optional.empty(), List.of(blockers));
    return read(Optional.of(Reports.IDENTITY), false, readRows(), List.of(backend));
  }

  /** Nobody answers. */
  public Situation unreachable() {
    database = Optional.of(new DatabaseView.Unreachable("The database \"db\" does not answer."));
    return this;
  }

  /** A server answers and refuses. */
  public Situation refused(Reason reason) {
    database =
        Optional.of(new DatabaseView.LoginRefused(reason, "The server refuses: " + reason + "."));
    return this;
  }

  /** The operator does not look at this moment, as while a pod is prepared. */
  public Situation notLookedAt() {
    database = Optional.empty();
    return this;
  }

  /** {@code observe: Job}: the operator never looks. */
  public Situation neverLooks() {
    connection = new ConnectionView.NotRead();
    database = Optional.empty();
    return this;
  }

  /** The Secret has been edited. */
  public Situation secretVersion(int version) {
    connection = known("orders-db@" + version);
    return this;
  }

  /** The Secret or one of its keys is not there. */
  public Situation missing(Reason reason) {
    connection = new ConnectionView.Missing(reason, "\"orders-db\" is missing; create it.");
    database = Optional.empty();
    return this;
  }

  /** The Secret holds no URL. */
  public Situation unreadable() {
    connection = new ConnectionView.Unreadable("The URL cannot be read; mend it.", "orders-db@1");
    database = Optional.empty();
    return this;
  }

  private Situation read(
      Optional<String> identity, boolean standby, List<String> rows, List<Backend> backends) {
    database =
        Optional.of(
            new DatabaseView.Read(
                "18.1", identity, standby, true, "db", "orders", true, rows, backends));
    lastLook = Optional.of(now);
    return this;
  }

  private List<String> readRows() {
    return database
        .filter(DatabaseView.Read.class::isInstance)
        .map(d -> ((DatabaseView.Read) d).rows())
        .orElse(List.of());
  }

  private static ConnectionView known(String version) {
    return new ConnectionView.Known(
        new ConnectionSettings(
            "postgresql",
            Optional.empty(),
            "db",
            OptionalInt.empty(),
            "orders",
            "app",
            CANARY,
            null,
            Optional.empty(),
            Map.of()),
        version);
  }

  // The cluster

  /** There is no Job of the attempt (any more). */
  public Situation noJob() {
    job = Optional.empty();
    return this;
  }

  /** The Job of the attempt, just made: no pod yet. */
  public Situation created() {
    return job(false, Optional.empty(), Optional.empty());
  }

  /** The pod exists and its container waits. */
  public Situation waiting(String reason, String message) {
    return pod(p -> p.waiting = Optional.of(new Told(reason, message)));
  }

  /** The pod says something of itself. */
  public Situation trouble(String reason, String message) {
    return pod(p -> p.trouble = Optional.of(new Told(reason, message)));
  }

  /** The container runs. */
  public Situation running() {
    return pod(p -> p.startedAt = Optional.of(now));
  }

  /** The container has ended, with that termination message. */
  public Situation ended(int code, String message) {
    return ended(code, code == 0 ? "Completed" : "Error", message);
  }

  /** The container has ended for that reason. */
  public Situation ended(int code, String reason, String message) {
    return pod(p -> p.ended = Optional.of(new Ended(code, reason, message, Optional.of(now))));
  }

  /** The Job's own condition Failed. */
  public Situation jobFailed(String reason) {
    JobView old = job.orElseThrow();
    job =
        Optional.of(
            new JobView(
                old.name(),
                old.uid(),
                old.gone(),
                old.deleting(),
                Optional.of(new Told(reason, "")),
                old.pod(),
                old.refusal()));
    return this;
  }

  /** The Job controller may not make the pod. */
  public Situation refusal(String message) {
    return job(false, Optional.empty(), Optional.of(new Told("FailedCreate", message)));
  }

  /** Somebody has deleted the Job, and it is not gone yet. */
  public Situation jobDeleting() {
    return jobStates(false, true);
  }

  /** The Job is gone, its pod is not. */
  public Situation onlyPodLeft() {
    return jobStates(true, true);
  }

  private Situation jobStates(boolean gone, boolean deleting) {
    JobView old = job.orElseThrow();
    job =
        Optional.of(
            new JobView(
                old.name(), old.uid(), gone, deleting, old.failure(), old.pod(), old.refusal()));
    return this;
  }

  /** The pod has been deleted, and is not gone yet. */
  public Situation podDeleting() {
    PodView old = job.orElseThrow().pod().orElseThrow();
    return job(
        job.orElseThrow().gone(),
        Optional.of(
            new PodView(
                old.name(),
                old.createdAt(),
                true,
                old.waiting(),
                old.startedAt(),
                old.ended(),
                old.trouble(),
                old.imageId())),
        Optional.empty());
  }

  /** Others that migrate the same database. */
  public Situation sharing(DatabaseMigration... others) {
    sharing = List.of(others);
    return this;
  }

  /** The Job of the check; null for none. */
  public Situation checkJob(JobView view) {
    check = Optional.ofNullable(view);
    return this;
  }

  /** Jobs of which status need not know. */
  public Situation owned(long highest, String unfinished) {
    owned = new OwnedJobs(highest, Optional.ofNullable(unfinished));
    return this;
  }

  private static final class PodParts {
    private Optional<Told> waiting = Optional.empty();
    private Optional<Instant> startedAt = Optional.empty();
    private Optional<Ended> ended = Optional.empty();
    private Optional<Told> trouble = Optional.empty();
  }

  private Situation pod(java.util.function.Consumer<PodParts> edit) {
    PodParts parts = new PodParts();
    edit.accept(parts);
    Instant since = job.flatMap(JobView::pod).map(PodView::createdAt).orElse(now);
    return job(
        false,
        Optional.of(
            new PodView(
                attempt().job() + "-x",
                since,
                false,
                parts.waiting,
                parts.startedAt,
                parts.ended,
                parts.trouble,
                Optional.of(digestOf(attempt().requested().image())))),
        Optional.empty());
  }

  /** What a node resolves a reference to: for every tag another digest. */
  public static String digestOf(String image) {
    return image.contains("@")
        ? image
        : "%s@sha256:%064x"
            .formatted(
                image.replaceFirst(":[^:/]*$", ""), Integer.toUnsignedLong(image.hashCode()));
  }

  private Situation job(boolean gone, Optional<PodView> pod, Optional<Told> refusal) {
    Attempt attempt = attempt();
    String uid = attempt.jobUID() == null ? "uid-" + attempt.number() : attempt.jobUID();
    job = Optional.of(new JobView(attempt.job(), uid, gone, gone, Optional.empty(), pod, refusal));
    return this;
  }

  // What comes of it

  /** The world as it is now. */
  public Observation observation() {
    DatabaseMigration resource = new DatabaseMigration();
    resource.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(NAMESPACE)
            .withName(NAME)
            .withUid(UID)
            .withGeneration(generation)
            .withResourceVersion("1")
            .withCreationTimestamp(CREATED.toString())
            .withDeletionTimestamp(deleted ? now.toString() : null)
            .withAnnotations(annotations)
            .build());
    resource.setSpec(spec);
    resource.setStatus(status);
    return new Observation(
        resource, now, connection, job, check, owned, database, sharing, lastLook);
  }

  /** The planner's answer. */
  public Decision decide() {
    return planner.plan(observation());
  }

  /** Status as this decision writes it, without acting. */
  public DatabaseMigrationStatus told(Decision decision) {
    return report.tell(observation(), decision);
  }

  /** Once round the loop, up to the write of status: what a crash before the Job leaves. */
  public Decision intend() {
    Decision decision = decide();
    while (decision instanceof Decision.Collect || decision instanceof Decision.Conclude) {
      status = told(decision);
      decision = decide();
    }
    status = told(decision);
    return decision;
  }

  /** Once round the loop; a Job that is wanted exists afterwards, and status knows its uid. */
  public Decision pass() {
    Decision decision = intend();
    if (decision instanceof Decision.Run run) {
      created();
      status = report.created(status, "uid-" + run.request().attempt());
      notLookedAt();
    }
    if (decision instanceof Decision.Check c && status.check().jobUID() == null) {
      status = report.checkCreated(status, "uid-" + c.request().attempt());
    }
    return decision;
  }

  /** The status that was written last; never null. */
  public DatabaseMigrationStatus status() {
    return status == null ? DatabaseMigrationStatus.empty() : status;
  }

  /** The last attempt. */
  public Attempt attempt() {
    return status().attempt();
  }

  /** A condition of the status that was written last. */
  public Optional<Condition> condition(String type) {
    return status().conditions().stream().filter(c -> type.equals(c.getType())).findFirst();
  }

  /** {@code Ready}'s status and reason, and which of Reconciling and Stalled stands beside it. */
  public String summary() {
    Condition ready = condition("Ready").orElseThrow();
    String second =
        condition("Reconciling").isPresent()
            ? " Reconciling"
            : condition("Stalled").isPresent() ? " Stalled" : "";
    return ready.getStatus() + " " + ready.getReason() + second;
  }

  /** The time of this situation. */
  public Instant now() {
    return now;
  }
}

package dev.alembicoperator.api.v1alpha1;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The closed list of reasons that a {@code DatabaseMigration}'s conditions, history and events
 * carry. Every reason knows what it means for the conditions, whether it is retried without a
 * person, and how it is told; the reference in {@code crds/README.md} is generated from here.
 *
 * <p>The constants are spelled as the resource spells them, so {@link #name()} is the text of a
 * condition's {@code reason}.
 */
public enum Reason {
  UpToDate(
      Origin.OPERATOR,
      Verdict.REACHED,
      "The database is at the revision that the resource names.",
      "Nothing needs to be done."),
  Drifted(
      Origin.OPERATOR,
      Verdict.STUCK_UNTIL_CHANGED,
      "Somebody else changed the database's revision after the operator had brought it to the"
          + " target.",
      "Find out who migrates this database besides the operator, then bring it back to the target"
          + " by hand, set spec.drift.onDrift to Reapply, or ask for another try with the retry"
          + " annotation."),
  Running(
      Origin.OPERATOR,
      Verdict.AT_WORK,
      "A migration is running.",
      "Wait; the status shows the revision in progress."),
  Preparing(
      Origin.OPERATOR,
      Verdict.AT_WORK,
      "The pod of the migration has not started yet.",
      "Wait; if it lasts, look at the pod's events."),
  Superseded(
      Origin.OPERATOR,
      Verdict.AT_WORK,
      "An attempt was withdrawn before its container started, because the resource was changed or"
          + " another try was asked for.",
      "Nothing needs to be done; the next attempt follows."),
  WaitingForDatabase(
      Origin.RUNNER,
      Verdict.BLIND,
      "The database cannot be reached, is starting, has no free connection or does not exist yet.",
      "Wait until it is back, or correct its address; no try is counted meanwhile."),
  WaitingForLock(
      Origin.RUNNER,
      Verdict.RETRIED,
      "A session of somebody else holds a lock that the migration needs.",
      "End the blocking session, wait for a quieter hour, or raise spec.timeouts.lock."),
  WaitingForOtherMigration(
      Origin.RUNNER,
      Verdict.WAITS,
      "Another migration of the same database is running.",
      "Wait until it has ended."),
  WaitingForTurn(
      Origin.OPERATOR,
      Verdict.WAITS,
      "As many migrations are running as the operator's settings allow.",
      "Wait, or raise that limit in the operator's settings."),
  SecretNotFound(
      Origin.OPERATOR,
      Verdict.WAITS,
      "A Secret that the resource names does not exist in its namespace.",
      "Create the Secret, or correct its name; it is picked up as soon as it exists."),
  SecretKeyNotFound(
      Origin.OPERATOR,
      Verdict.WAITS,
      "The Secret exists, but not the key in it that the resource names.",
      "Add the key to the Secret, or correct its name; it is picked up as soon as it exists."),
  ConfigMapNotFound(
      Origin.OPERATOR,
      Verdict.WAITS,
      "A ConfigMap that the resource names, or the key in it, does not exist.",
      "Create the ConfigMap or the key, or correct its name; it is picked up as soon as it"
          + " exists."),
  ClusterNotFound(
      Origin.OPERATOR,
      Verdict.WAITS,
      "The CloudNativePG cluster that the resource names does not exist in its namespace.",
      "Create the cluster, or correct spec.database.cnpg.cluster.name; it is picked up as soon as"
          + " it exists."),
  Retrying(
      Origin.RUNNER,
      Verdict.RETRIED,
      "The last try failed for a passing cause, such as a deadlock, and changed nothing.",
      "Wait; the time of the next try is in status.nextAttemptTime."),
  RetriesExhausted(
      Origin.OPERATOR,
      Verdict.STUCK,
      "A passing cause did not pass within spec.retry.for.",
      "Remove the cause that the history names, then ask for another try with the retry"
          + " annotation."),
  Suspended(
      Origin.OPERATOR,
      Verdict.HELD,
      "spec.suspend is true, so no pod is started although there is work to do.",
      "Set spec.suspend to false."),
  InvalidSpec(
      Origin.OPERATOR,
      Verdict.STUCK_UNTIL_CHANGED,
      "The spec contradicts itself or the operator's settings.",
      "Edit the resource as the message says."),
  InvalidConnection(
      Origin.RUNNER,
      Verdict.STUCK_UNTIL_CHANGED,
      "The connection URL, or one of the parts of the connection, cannot be read.",
      "Correct the value under the Secret's key that the message names; a password in a URL must be"
          + " percent-encoded."),
  AuthenticationFailed(
      Origin.RUNNER,
      Verdict.RETRIED_SLOWLY,
      "The database refused the user or the password.",
      "Correct the Secret; it is read again as soon as it changes."),
  PermissionDenied(
      Origin.RUNNER,
      Verdict.STUCK_UNTIL_CHANGED,
      "The database user may not do what the migration does.",
      "Grant it what the message names (since PostgreSQL 15 also CREATE on schema public), or let"
          + " the owner of the tables migrate."),
  NotPrimary(
      Origin.RUNNER,
      Verdict.MAY_HEAL,
      "The server that answered is a standby or read-only.",
      "Name the primary's address; after a failover this heals by itself."),
  PoolerNotSupported(
      Origin.RUNNER,
      Verdict.STUCK_UNTIL_CHANGED,
      "The address is a connection pooler that shares sessions, so locks and limits do not hold.",
      "Name the server itself, or a pooler's endpoint in session mode."),
  TlsFailed(
      Origin.RUNNER,
      Verdict.STUCK_UNTIL_CHANGED,
      "The encrypted connection could not be made as spec.database.tls demands.",
      "Correct spec.database.tls.mode, the CA certificate or the host name."),
  WrongDatabase(
      Origin.RUNNER,
      Verdict.STUCK_UNTIL_CHANGED,
      "The image's env.py connects to another database than the one the resource names; nothing was"
          + " changed.",
      "Let env.py read the variable spec.database.urlEnv or sqlalchemy.url."),
  DatabaseChanged(
      Origin.OPERATOR,
      Verdict.STUCK_UNTIL_CHANGED,
      "The connection leads to another database than the one that was migrated last, and what is"
          + " asked for could destroy data in it.",
      "Correct the Secret, or, if the new database is meant, set the retry annotation."),
  DatabaseShared(
      Origin.OPERATOR,
      Verdict.STUCK_UNTIL_CHANGED,
      "An older resource migrates the same database and version table with another image or"
          + " target.",
      "Remove one of the two resources, or let them name the same image and target."),
  ImageUnavailable(
      Origin.OPERATOR,
      Verdict.POD_REFUSED,
      "The image cannot be pulled.",
      "Correct spec.image or spec.imagePullSecrets, or push the image."),
  PodRejected(
      Origin.OPERATOR,
      Verdict.POD_REFUSED,
      "The cluster does not admit the pod: quota, Pod Security or an admission webhook.",
      "Free quota, or set spec.pod as the message of the refusal asks."),
  PodMisconfigured(
      Origin.OPERATOR,
      Verdict.POD_REFUSED,
      "The pod was admitted, but its container cannot be started.",
      "Correct what the message names; for an image without a numeric USER set"
          + " spec.pod.runAsUser."),
  NoMigrations(
      Origin.RUNNER,
      Verdict.STUCK,
      "The image holds no revision at all.",
      "Copy the versions folder into the image, or correct script_location or"
          + " version_locations."),
  ConfigNotFound(
      Origin.RUNNER,
      Verdict.STUCK,
      "Alembic's configuration, or the folder that it names, is not in the image.",
      "Set spec.alembic.workingDir or spec.alembic.config."),
  ImportFailed(
      Origin.RUNNER,
      Verdict.STUCK,
      "Python cannot import what env.py or a revision needs: a module, or the database's driver.",
      "Install it in the image, or set PYTHONPATH with spec.pod.env or the driver with"
          + " spec.database.driver."),
  BrokenGraph(
      Origin.RUNNER,
      Verdict.STUCK,
      "The revisions in the image do not fit together: a parent is missing, an id occurs twice, or"
          + " a file cannot be read.",
      "Mend the revisions and build the image again; a parent that is missing was often left out by"
          + " .dockerignore."),
  EnvUnsupported(
      Origin.RUNNER,
      Verdict.STUCK,
      "The env.py does something that the runner cannot follow.",
      "Change env.py as the message says."),
  PythonNotFound(
      Origin.RUNNER,
      Verdict.STUCK,
      "The image has no Python interpreter where one was looked for.",
      "Set spec.alembic.python to the command that starts it, such as [uv, run, python]."),
  AlembicTooOld(
      Origin.RUNNER,
      Verdict.STUCK,
      "The image's Alembic, SQLAlchemy or Python is missing or older than the runner supports.",
      "Install Alembic 1.7 or newer, with Python 3.8 or newer, in the image."),
  UnknownRevision(
      Origin.RUNNER,
      Verdict.STUCK,
      "The image has no revision as spec.target names it.",
      "Correct spec.target, or take the image that holds the revision."),
  MultipleHeads(
      Origin.RUNNER,
      Verdict.STUCK,
      "The image has several heads, so head is ambiguous.",
      "Set spec.target to heads, to label@head or to one revision, or merge the heads with alembic"
          + " merge."),
  NotAnAncestor(
      Origin.RUNNER,
      Verdict.STUCK,
      "No way leads from the database's revision to the target.",
      "Name a target on the database's own branch."),
  DowngradeForbidden(
      Origin.RUNNER,
      Verdict.STUCK_UNTIL_CHANGED,
      "The target is behind the database, and a downgrade may lose data.",
      "Name a target that is not behind, or set spec.downgradePolicy to ToTarget; what will be"
          + " undone is then announced in an event."),
  IrreversibleRevision(
      Origin.RUNNER,
      Verdict.STUCK,
      "A revision on the way back has no downgrade.",
      "Name a target that does not undo it, or write its downgrade."),
  DatabaseAhead(
      Origin.RUNNER,
      Verdict.STUCK_UNTIL_CHANGED,
      "The database is at a revision that the image does not know.",
      "Take the newer image, or let the database follow the older one with spec.downgradePolicy"
          + " (ToTarget for a target that names a revision, ToImage also for head); if the newer"
          + " image is not recorded, name it in spec.downgradeImage. Never edit the version table"
          + " blindly."),
  UnversionedDatabase(
      Origin.RUNNER,
      Verdict.STUCK_UNTIL_CHANGED,
      "The database has tables but no version table, so its revision is unknown; nothing was"
          + " changed.",
      "Set spec.adopt.baseline to the revision whose tables are there, or to base if none of them"
          + " is the project's."),
  OverlappingVersions(
      Origin.RUNNER,
      Verdict.STUCK_UNTIL_CHANGED,
      "The version table names a revision together with its own ancestor.",
      "Delete the ancestor's row after making sure that both revisions are applied."),
  MigrationFailed(
      Origin.RUNNER,
      Verdict.STUCK,
      "A revision failed with an error of its own.",
      "Mend the revision that the message names and take the new image, or mend the database and"
          + " ask for another try with the retry annotation."),
  DataViolation(
      Origin.RUNNER,
      Verdict.STUCK,
      "The data in the tables contradict a constraint that a revision adds.",
      "Mend the data, then ask for another try with the retry annotation; or mend the revision and"
          + " take the new image."),
  AlreadyExists(
      Origin.RUNNER,
      Verdict.STUCK,
      "A revision creates something that is there already, made by hand, by create_all or by a run"
          + " that stopped half-way.",
      "Compare it with what the revision makes; then stamp the revision, or remove the object and"
          + " ask for another try with the retry annotation."),
  DoesNotExist(
      Origin.RUNNER,
      Verdict.STUCK,
      "A revision changes something that is not there.",
      "Compare the database with what its revision promises, mend the one that is wrong, and ask"
          + " for another try with the retry annotation."),
  NeedsAutocommit(
      Origin.RUNNER,
      Verdict.STUCK,
      "A revision holds a statement that the database refuses inside a transaction.",
      "Put the statement into Alembic's autocommit_block, or into a revision of its own."),
  ValueTooLong(
      Origin.RUNNER,
      Verdict.STUCK,
      "A value, or the id of a revision, is longer than its column.",
      "Widen the column (for ids: version_num of the version table), or shorten the value."),
  StatementTimeout(
      Origin.RUNNER,
      Verdict.STUCK,
      "A statement ran longer than its limit.",
      "Raise spec.timeouts.statement or the database's own limit, or split the statement."),
  NotCommitted(
      Origin.RUNNER,
      Verdict.STUCK,
      "The migration ended without an error, but the database does not show its revisions: env.py"
          + " does not commit.",
      "Let env.py begin its transaction by context.begin_transaction, or commit what it began"
          + " itself."),
  PartiallyApplied(
      Origin.RUNNER,
      Verdict.STUCK,
      "A revision stopped half-way and what it had done could not be rolled back.",
      "Complete or undo the revision by hand, then ask for another try with the retry"
          + " annotation."),
  LeftoversFound(
      Origin.RUNNER,
      Verdict.STUCK,
      "The database holds remains of a broken step, such as an invalid index.",
      "Remove them with the statement in the message, then ask for another try with the retry"
          + " annotation."),
  DeadlineExceeded(
      Origin.RUNNER,
      Verdict.STUCK_AFTER_ONE_RETRY,
      "The migration ran longer than spec.timeouts.run and was stopped.",
      "Raise spec.timeouts.run, or split the migration."),
  Cancelled(
      Origin.RUNNER,
      Verdict.STUCK,
      "The migration was told to stop before it had ended, as the cancel annotation asked.",
      "Ask for another try with the retry annotation, or change the spec."),
  OutOfMemory(
      Origin.OPERATOR,
      Verdict.STUCK_AFTER_ONE_RETRY,
      "The container was killed because it used more memory than its limit.",
      "Raise spec.pod.resources.limits.memory, then ask for another try with the retry"
          + " annotation."),
  JobLost(
      Origin.OPERATOR,
      Verdict.STUCK_AFTER_ONE_RETRY,
      "The Job or its pod vanished before it had told how it ended.",
      "Look at the database's revision in the status, then ask for another try with the retry"
          + " annotation."),
  Evicted(
      Origin.OPERATOR,
      Verdict.STUCK_AFTER_ONE_RETRY,
      "The node gave the pod up: drained, short of resources, or gone.",
      "Ask for another try with the retry annotation; set spec.pod.resources or"
          + " spec.pod.priorityClassName if it happens again.");

  /** What the condition {@code Ready} says under a reason. */
  public enum Ready {
    /** The database is where the resource wants it. */
    TRUE,
    /** It is not, and the operator knows so. */
    FALSE,
    /** The truth could not be read. */
    UNKNOWN,
    /** The reason says nothing about it: the status stays as the database's rows make it. */
    KEEP
  }

  /** Which of the conditions of kstatus stands beside {@code Ready}; at most one at a time. */
  public enum Phase {
    /** Neither. */
    NONE,
    /** {@code Reconciling}: the operator is at work, or will be without a person. */
    RECONCILING,
    /**
     * {@code Stalled}: a person is needed. Under {@link Retry#ONCE} it is {@code Reconciling} while
     * that one retry is due.
     */
    STALLED,
    /** {@code Reconciling} for the first two minutes, since it may heal, then {@code Stalled}. */
    RECONCILING_THEN_STALLED
  }

  /** When the operator tries again. A new spec and the retry annotation always make it try. */
  public enum Retry {
    /** Not by itself. */
    NEVER,
    /** Also as soon as the Secret, or what is seen of the database, changes. */
    WATCHED,
    /** With backoff, until {@code spec.retry.for} has passed. */
    WITHIN_LIMIT,
    /** With backoff, without end. */
    ALWAYS,
    /** Without end, rarely and without a pod, so that no account is locked. */
    SLOWLY,
    /** Once, and only if nothing can have half-happened. */
    ONCE
  }

  /** Who finds a reason; the runner may report no other than its own. */
  private enum Origin {
    OPERATOR,
    RUNNER
  }

  /** What reasons have in common: the conditions and whether they are retried. */
  private enum Verdict {
    REACHED(Ready.TRUE, Phase.NONE, Retry.NEVER),
    AT_WORK(Ready.FALSE, Phase.RECONCILING, Retry.NEVER),
    WAITS(Ready.FALSE, Phase.RECONCILING, Retry.ALWAYS),
    BLIND(Ready.UNKNOWN, Phase.RECONCILING, Retry.ALWAYS),
    RETRIED(Ready.FALSE, Phase.RECONCILING, Retry.WITHIN_LIMIT),
    HELD(Ready.KEEP, Phase.RECONCILING, Retry.NEVER),
    RETRIED_SLOWLY(Ready.FALSE, Phase.RECONCILING, Retry.SLOWLY),
    MAY_HEAL(Ready.FALSE, Phase.RECONCILING, Retry.WATCHED),
    STUCK_UNTIL_CHANGED(Ready.FALSE, Phase.STALLED, Retry.WATCHED),
    STUCK(Ready.FALSE, Phase.STALLED, Retry.NEVER),
    STUCK_AFTER_ONE_RETRY(Ready.FALSE, Phase.STALLED, Retry.ONCE),
    POD_REFUSED(Ready.FALSE, Phase.RECONCILING_THEN_STALLED, Retry.WATCHED);

    private final Ready ready;
    private final Phase phase;
    private final Retry retry;

    Verdict(Ready ready, Phase phase, Retry retry) {
      this.ready = ready;
      this.phase = phase;
      this.retry = retry;
    }
  }

  private static final Map<String, Reason> BY_KIND =
      Arrays.stream(values())
          .filter(Reason::isReportedByRunner)
          .collect(Collectors.toUnmodifiableMap(Reason::name, Function.identity()));

  private final Origin origin;
  private final Verdict verdict;
  private final String cause;
  private final String remedy;

  Reason(Origin origin, Verdict verdict, String cause, String remedy) {
    this.origin = origin;
    this.verdict = verdict;
    this.cause = cause;
    this.remedy = remedy;
  }

  /**
   * The reason that a runner's report names as the kind of its error. A report is hostile input:
   * kinds that only the operator can find out, such as {@code UpToDate}, are not accepted.
   *
   * @param kind the text of {@code error.kind}; may be null
   * @return empty for null and for a text that is no kind of a runner
   */
  public static Optional<Reason> ofKind(String kind) {
    return kind == null ? Optional.empty() : Optional.ofNullable(BY_KIND.get(kind));
  }

  /** The status of the condition {@code Ready}. */
  public Ready ready() {
    return verdict.ready;
  }

  /** The condition that stands beside {@code Ready}. */
  public Phase phase() {
    return verdict.phase;
  }

  /** When the operator tries again without a person. */
  public Retry retry() {
    return verdict.retry;
  }

  /** What is the case, in one English sentence. */
  public String cause() {
    return cause;
  }

  /** What a person can do about it, in one English sentence. */
  public String remedy() {
    return remedy;
  }

  /** Whether a runner may report it as the kind of its error. */
  public boolean isReportedByRunner() {
    return origin == Origin.RUNNER;
  }
}

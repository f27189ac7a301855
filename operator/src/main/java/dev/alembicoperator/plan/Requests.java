package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.Check;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpec;
import dev.alembicoperator.api.v1alpha1.Timeouts;
import dev.alembicoperator.observe.ConnectionView;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.runner.RunRequest;
import dev.alembicoperator.runner.RunRequest.ExpectedDatabase;
import dev.alembicoperator.runner.RunRequest.Limits;
import dev.alembicoperator.runner.RunRequest.Task;
import dev.alembicoperator.runner.RunRequestBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.LongStream;

/** Makes the one value that a Job is made from. */
final class Requests {

  private static final int NAME_CHARS = 40;

  /** Of a pod that only reads; comparing models with a large schema takes seconds. */
  private static final Duration LONGEST_CHECK = Duration.ofMinutes(10);

  private Requests() {}

  /** The request of an attempt whose intent is in status: the very one that was intended. */
  static RunRequest ofIntent(Attempt attempt, Observation o) {
    return of(o, attempt.number(), Tasks.ofIntent(attempt, o));
  }

  static RunRequest of(Observation o, long number, Task task) {
    ObjectMeta meta = o.resource().getMetadata();
    return new RunRequest(
        meta.getNamespace(),
        meta.getName(),
        meta.getUid(),
        number,
        o.generation(),
        jobName(meta, number),
        task,
        o.spec(),
        limits(o.spec()),
        expected(o, task),
        new RunRequest.Purpose.Migrate());
  }

  /** The pod that only looks. */
  static RunRequest check(Observation o, long number, boolean sql) {
    RunRequest run = of(o, number, Tasks.ofCheck(o));
    Limits limits = run.limits();
    return RunRequestBuilder.builder(run)
        .purpose(new RunRequest.Purpose.Check(sql))
        .limits(
            new Limits(
                limits.lock(),
                limits.migrationLock(),
                limits.statement(),
                limits.run().compareTo(LONGEST_CHECK) < 0 ? limits.run() : LONGEST_CHECK,
                limits.connect()))
        .build();
  }

  /** Above every attempt and every check that status or a Job remembers. */
  static long nextNumber(Observation o) {
    Attempt last = o.status().attempt();
    Check check = o.status().check();
    return LongStream.of(
                last == null || last.number() == null ? 0 : last.number(),
                check == null || check.number() == null ? 0 : check.number(),
                o.owned().highestAttempt())
            .max()
            .orElse(0)
        + 1;
  }

  /** The ConfigMap with the SQL of the resource's plan; there is one at a time. */
  static String sqlName(ObjectMeta meta) {
    return baseName(meta) + "-sql";
  }

  /**
   * {@code <name, cut to 40>-<5 of uid>-<number>}: nothing of the spec is in it, so that a spec
   * that goes and comes back never meets an old Job, and two resources of one name at different
   * times do not either.
   */
  private static String jobName(ObjectMeta meta, long number) {
    return baseName(meta) + "-" + number;
  }

  private static String baseName(ObjectMeta meta) {
    String name = meta.getName();
    String cut = name.length() <= NAME_CHARS ? name : name.substring(0, NAME_CHARS);
    String uid = meta.getUid().replace("-", "");
    return cut.replaceAll("[.-]+$", "") + "-" + uid.substring(0, 5);
  }

  /**
   * Defaults of behaviour live here and not in the schema, where they would be frozen into stored
   * objects.
   */
  private static Limits limits(DatabaseMigrationSpec spec) {
    Timeouts t =
        spec.timeouts() == null ? new Timeouts(null, null, null, null, null) : spec.timeouts();
    return new Limits(
        Durations.orElse(t.lock(), Duration.ofSeconds(5)),
        Durations.orElse(t.migrationLock(), Duration.ofMinutes(10)),
        Optional.ofNullable(t.statement()).flatMap(Durations::parse),
        Durations.orElse(t.run(), Duration.ofHours(1)),
        Durations.orElse(t.connect(), Duration.ofSeconds(10)));
  }

  /**
   * The database that was read; for a downgrade where nobody can look, the one in which it was
   * planned: the digest of a plan says nothing of whose plan it is.
   */
  private static Optional<ExpectedDatabase> expected(Observation o, Task task) {
    if (o.connection() instanceof ConnectionView.Known known && o.databaseRead().isPresent()) {
      return o.databaseRead()
          .map(read ->
              new ExpectedDatabase(
                  read.identity(),
                  known.settings().dialect(),
                  known.settings().host(),
                  known.settings().name()));
    }
    return task.downgrade()
        .flatMap(digest -> KnownDatabase.identity(o))
        .map(identity -> new ExpectedDatabase(Optional.of(identity), null, null, null));
  }
}

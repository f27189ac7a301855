package dev.alembicoperator.report;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.Attempt.Requested;
import dev.alembicoperator.api.v1alpha1.AttemptBuilder;
import dev.alembicoperator.api.v1alpha1.AttemptRequestedBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatusBuilder;
import dev.alembicoperator.database.DatabaseView;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.plan.KnownDatabase;
import dev.alembicoperator.plan.SpecFingerprint;
import dev.alembicoperator.plan.Verbs;
import dev.alembicoperator.runner.RunRequest;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** A run as status records it before its Job is made: enough to make the very same one again. */
final class Intent {

  private Intent() {}

  static DatabaseMigrationStatus into(
      DatabaseMigrationStatus status, RunRequest request, Observation o) {
    Attempt open = status.attempt();
    boolean again =
        open != null
            && open.outcome() == null
            && open.number() != null
            && open.number() == request.attempt();
    Attempt attempt =
        again
            ? open
            : AttemptBuilder.builder()
                .number(request.attempt())
                .generation(request.generation())
                .job(request.job())
                .from(o.databaseRead().map(DatabaseView.Read::rows).orElse(List.of()))
                .startedAt(o.now().truncatedTo(ChronoUnit.MILLIS))
                .requested(requested(request, o))
                .build();
    return DatabaseMigrationStatusBuilder.builder(status)
        .attempt(attempt)
        .applied(again ? status.applied() : KnownDatabase.applied(o))
        .nextAttemptTime(null)
        .retries(again || sameTry(o) ? status.retries() : null)
        .lastHandledRequests(again ? status.lastHandledRequests() : Handled.retry(o))
        .build();
  }

  /** A person's new spec or request starts the count of retries anew. */
  private static boolean sameTry(Observation o) {
    return SpecFingerprint.sameRun(o) && !Verbs.retryAsked(o);
  }

  private static Requested requested(RunRequest request, Observation o) {
    String version = o.connection().version();
    return AttemptRequestedBuilder.builder()
        .image(request.task().image())
        .target(request.task().target())
        .downgrade(request.task().downgrade().orElse(null))
        .forImage(request.task().instead().map(RunRequest.Instead::image).orElse(null))
        .forImageDigest(request.task().instead().map(RunRequest.Instead::imageDigest).orElse(null))
        .specHash(SpecFingerprint.run(o.spec()))
        .connectionVersion(version.isEmpty() ? null : version)
        .database(
            o.databaseRead()
                .flatMap(read -> request.expect())
                .map(e -> e.identity().orElse(e.host() + "/" + e.name()))
                .orElse(null))
        .build();
  }
}

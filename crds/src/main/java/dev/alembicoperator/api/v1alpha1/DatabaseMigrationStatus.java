package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.Condition;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/**
 * What the database says, and what became of the attempts.
 *
 * <p>Nothing here is bounded or patterned by the schema: a status that the API server refuses could
 * never be written again, so the operator keeps the limits itself.
 *
 * @param observedGeneration the generation of the spec that this status speaks of; -1: nobody has
 *     looked at the resource yet
 * @param currentRevision the rows of the version table as last read, joined by commas, for people
 * @param currentRevisions the rows of the version table as last read, sorted; none when the
 *     database has none
 * @param targetRevision what the target resolved to, joined by commas, for people
 * @param targetRevisions what the target resolved to, as the last run reported it
 * @param heads the heads of the image's revisions, as the last run reported them
 * @param plan the steps that lead from the current revision to the target
 * @param database which database was read
 * @param applied what last brought the database to the rows it has; outlives the history
 * @param attempt the latest attempt: its intent, its Job, its progress and its verdict
 * @param check the latest check that was asked for
 * @param retries how often the work of this generation has been retried
 * @param nextAttemptTime when the next attempt is due
 * @param lastCheckTime when the database was last read
 * @param history attempts that did something or failed to, newest first; spec.historyLimit bounds
 *     it
 * @param conditions Ready, and, only while true, Reconciling and Stalled
 * @param lastHandledRequests the tokens of the annotation verbs that were handled last
 */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record DatabaseMigrationStatus(
    Long observedGeneration,
    String currentRevision,
    List<String> currentRevisions,
    String targetRevision,
    List<String> targetRevisions,
    List<String> heads,
    Plan plan,
    DatabaseInfo database,
    Applied applied,
    Attempt attempt,
    Check check,
    Integer retries,
    Instant nextAttemptTime,
    Instant lastCheckTime,
    List<HistoryEntry> history,
    List<Condition> conditions,
    HandledRequests lastHandledRequests) {

  /** Absent lists are empty lists. */
  public DatabaseMigrationStatus {
    currentRevisions = Lists.orEmpty(currentRevisions);
    targetRevisions = Lists.orEmpty(targetRevisions);
    heads = Lists.orEmpty(heads);
    history = Lists.orEmpty(history);
    conditions = Lists.orEmpty(conditions);
  }

  /** A status that says nothing yet. */
  public static DatabaseMigrationStatus empty() {
    return DatabaseMigrationStatusBuilder.builder().build();
  }
}

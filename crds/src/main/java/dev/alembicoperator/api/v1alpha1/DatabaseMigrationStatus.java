package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.Condition;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/** What the database says, and what became of the attempts. */
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

package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/**
 * The latest check: a pod that reads and changes nothing. Its plan stands in status.plan.
 *
 * @param number its number, of the same count as the attempts'
 * @param generation the generation of the spec that it looked at
 * @param sql whether the SQL of the plan was asked for
 * @param job name of its Job
 * @param jobUID uid of its Job; absent: the Job may not have been created
 * @param startedAt when it was decided
 * @param completedAt when it had ended; absent: it goes on
 * @param reason why it found out nothing, or what it found to be refused
 * @param message what it found, in a sentence
 * @param differences how many differences there are between the models and the database; absent:
 *     they were not compared
 * @param firstDifferences the first of them; 10 at most
 */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Check(
    Long number,
    Long generation,
    Boolean sql,
    String job,
    String jobUID,
    Instant startedAt,
    Instant completedAt,
    String reason,
    String message,
    Integer differences,
    List<String> firstDifferences) {

  /** Absent lists are empty lists. */
  public Check {
    firstDifferences = Lists.orEmpty(firstDifferences);
  }
}

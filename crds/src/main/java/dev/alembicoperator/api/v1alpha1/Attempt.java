package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/**
 * The latest attempt: first its intent, then its Job, its progress and its verdict.
 *
 * @param number the attempt's number, which grows for ever
 * @param generation the generation of the spec that it serves
 * @param requested what it was told to do
 * @param from the rows of the version table when it was decided
 * @param job name of its Job
 * @param jobUID uid of its Job; absent: the Job may not have been created
 * @param startedAt when it was decided
 * @param progress how far it has come
 * @param imageDigest the image that really ran, by digest
 * @param resolved the revisions that its target resolved to
 * @param outcome how it ended: Succeeded, Failed, PartiallyApplied, Cancelled or Lost
 * @param reason why it did not succeed
 * @param message what happened, in a sentence
 * @param completedAt when it had ended; absent: it goes on
 */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Attempt(
    Long number,
    Long generation,
    Requested requested,
    List<String> from,
    String job,
    String jobUID,
    Instant startedAt,
    Progress progress,
    String imageDigest,
    List<String> resolved,
    Outcome outcome,
    String reason,
    String message,
    Instant completedAt) {

  /** Absent lists are empty lists. */
  public Attempt {
    from = Lists.orEmpty(from);
    resolved = Lists.orEmpty(resolved);
  }

  /**
   * What the attempt was told to do, as text that a later spec cannot change.
   *
   * @param image the image that is run: the spec's, or the recorded one for a downgrade that an
   *     older image cannot do
   * @param target the target, as the spec named it, or as the older image resolved it
   * @param specHash a digest of those parts of the spec that a run depends on
   * @param connectionVersion the version of the Secret that it was given
   * @param database the identity of the database that it may change
   * @param runner the version of the runner
   * @param downgrade the digest of the plan that it may go down; absent: it may go upwards only
   * @param forImage the older image for which the recorded one is run
   * @param forImageDigest that image by digest
   */
  @RecordBuilder
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Requested(
      String image,
      String target,
      String specHash,
      String connectionVersion,
      String database,
      String runner,
      String downgrade,
      String forImage,
      String forImageDigest) {}

  /**
   * How far the run has come.
   *
   * @param revision the revision in progress
   * @param applied how many revisions are done
   * @param total how many there are to do
   * @param waitingFor what it waits for, and who blocks it
   */
  @RecordBuilder
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Progress(String revision, Integer applied, Integer total, String waitingFor) {}
}

package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/**
 * One attempt that did something, or failed to.
 *
 * @param number the attempt's number, which grows for ever
 * @param action what kind of change it was: Upgrade, Downgrade or Stamp
 * @param from the rows of the version table before it
 * @param to the rows of the version table after it
 * @param revisions the revisions that it applied, in order
 * @param omitted how many revisions more it applied than are listed
 * @param image the image, as the spec named it
 * @param imageDigest the image that really ran, by digest
 * @param forImage the older image for which this one did the downgrade, as the spec named it
 * @param startedAt when the attempt began
 * @param completedAt when it had ended
 * @param outcome how it ended: Succeeded, Failed, PartiallyApplied, Cancelled or Lost
 * @param reason why it did not succeed
 * @param message what happened, in a sentence
 * @param job name of the Job, for its logs
 */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record HistoryEntry(
    Long number,
    Action action,
    List<String> from,
    List<String> to,
    List<AppliedRevision> revisions,
    Integer omitted,
    String image,
    String imageDigest,
    String forImage,
    Instant startedAt,
    Instant completedAt,
    Outcome outcome,
    String reason,
    String message,
    String job) {

  /** Absent lists are empty lists. */
  public HistoryEntry {
    from = Lists.orEmpty(from);
    to = Lists.orEmpty(to);
    revisions = Lists.orEmpty(revisions);
  }

  /** What kind of change it was. */
  public enum Action {
    /** Revisions were applied. */
    Upgrade,
    /** Revisions were undone. */
    Downgrade,
    /** Only the version table was changed. */
    Stamp
  }

  /**
   * One revision and how long it took.
   *
   * @param revision the revision's id
   * @param duration how long it took, in seconds with a unit: 0.125s
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record AppliedRevision(String revision, String duration) {}
}

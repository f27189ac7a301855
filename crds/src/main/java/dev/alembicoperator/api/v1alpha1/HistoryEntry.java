package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/** One attempt that did something, or failed to. */
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
    Upgrade,
    Downgrade,
    Stamp
  }

  /** One revision and how long it took, as a duration in seconds with a unit: 0.125s. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record AppliedRevision(String revision, String duration) {}
}

package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/** The latest attempt: first its intent, then its Job, its progress and its verdict. */
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
    Outcome outcome,
    String reason,
    String message,
    Instant completedAt) {

  /** Absent lists are empty lists. */
  public Attempt {
    from = Lists.orEmpty(from);
  }

  /** What the attempt was told to do, as text that a later spec cannot change. */
  @RecordBuilder
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Requested(
      String image,
      String target,
      String specHash,
      String connectionVersion,
      String database,
      String runner) {}

  /** How far the run has come. */
  @RecordBuilder
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Progress(String revision, Integer applied, Integer total, String waitingFor) {}
}

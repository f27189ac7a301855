package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/** What last brought the database to the rows it has; outlives the history. */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Applied(
    String image,
    String imageDigest,
    List<String> revisions,
    Long generation,
    String specHash,
    Alembic alembic,
    Instant time) {

  /** Absent lists are empty lists. */
  public Applied {
    revisions = Lists.orEmpty(revisions);
  }
}

package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/**
 * What last brought the database to the rows it has; outlives the history.
 *
 * @param image the image, as the spec named it
 * @param imageDigest the image that really ran, by digest
 * @param revisions the rows of the version table that stand when the target is reached; with
 *     depends_on these are not the heads
 * @param generation the generation of the spec that was brought about
 * @param specHash a digest of those parts of the spec that a run depends on
 * @param alembic how Alembic was started
 * @param database the identity of the database that was brought there
 * @param time when it was found to be so
 */
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
    String database,
    Instant time) {

  /** Absent lists are empty lists. */
  public Applied {
    revisions = Lists.orEmpty(revisions);
  }
}

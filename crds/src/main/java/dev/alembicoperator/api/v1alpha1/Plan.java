package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;

/**
 * The steps that lead from the database's rows to the target, as last computed by a run.
 *
 * @param digest a digest of the whole plan; the same steps have the same digest
 * @param from the rows of the version table from which it starts
 * @param to the rows of the version table to which it leads
 * @param count how many revisions it applies, also those that are not listed
 * @param revisions the revisions in the order in which they are applied, or undone; 20 at most
 * @param sql name of the ConfigMap with the SQL of these steps, as the annotation
 *     alembic-operator.dev/check-sql asked for it
 * @param sqlUnavailable why there is no SQL although it was asked for
 */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Plan(
    String digest,
    List<String> from,
    List<String> to,
    Integer count,
    List<Step> revisions,
    String sql,
    String sqlUnavailable) {

  /** Absent lists are empty lists. */
  public Plan {
    from = Lists.orEmpty(from);
    to = Lists.orEmpty(to);
    revisions = Lists.orEmpty(revisions);
  }

  /**
   * One revision of a plan.
   *
   * @param revision the revision's id
   * @param message the first line of what its author wrote
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Step(String revision, String message) {}
}

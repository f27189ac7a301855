package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.ValidationRule;
import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * How changes of the revision by others are noticed, and what is done then.
 *
 * @param interval how often an idle database is looked at; 10s or longer. When absent: 5m; where
 *     only a pod can look: never
 * @param onDrift Report, or Reapply: bring the database back to the target. When absent: Report
 */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Drift(
    @DurationText
        @ValidationRule(
            value = "duration(self) >= duration('10s')",
            message = "must be 10s or longer")
        String interval,
    OnDrift onDrift) {

  /** What is done when somebody else changed the revision. */
  public enum OnDrift {
    /** It is told, and left as it is. */
    Report,
    /** The target is applied again. */
    Reapply
  }
}

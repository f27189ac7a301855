package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;

/** How Alembic is started in the image, as its own command line has it. */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Alembic(
    List<String> config,
    String section,
    List<String> xArguments,
    String workingDir,
    List<String> python,
    Boolean setUrl) {

  /** Absent lists are empty lists. */
  public Alembic {
    config = Lists.orEmpty(config);
    xArguments = Lists.orEmpty(xArguments);
    python = Lists.orEmpty(python);
  }
}

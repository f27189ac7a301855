package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;

/** What is wanted: which image takes which database to which revision, and how. */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record DatabaseMigrationSpec(
    String image,
    String imagePullPolicy,
    List<LocalObjectReference> imagePullSecrets,
    String target,
    Database database,
    Alembic alembic,
    Pod pod,
    Timeouts timeouts,
    Retry retry,
    Boolean suspend,
    Integer historyLimit,
    Integer jobsHistoryLimit) {

  /** Absent lists are empty lists. */
  public DatabaseMigrationSpec {
    imagePullSecrets = Lists.orEmpty(imagePullSecrets);
  }
}

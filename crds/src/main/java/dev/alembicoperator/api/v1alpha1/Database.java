package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;

/** Which database, and how it is reached. Exactly one of urlFrom, connection and inPod. */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Database(
    SecretSource urlFrom,
    Connection connection,
    InPod inPod,
    String urlEnv,
    String driver,
    Tls tls,
    VersionTable versionTable,
    Observe observe) {

  /** The image, or its pod's env, already knows the database; nothing is injected. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record InPod() {}

  /** The connection in parts; each part as text or from a Secret or ConfigMap. */
  @RecordBuilder
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Connection(
      String dialect,
      String host,
      ValueSource hostFrom,
      Integer port,
      ValueSource portFrom,
      String name,
      ValueSource nameFrom,
      String user,
      ValueSource userFrom,
      SecretSource passwordFrom) {}

  /** How the connection is encrypted, for the operator and the pod alike. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Tls(TlsMode mode, ValueSource caFrom) {}

  /** Where Alembic keeps the current revision. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record VersionTable(String schema, String name) {}

  /** Who reads the database while no migration runs. */
  public enum Observe {
    Operator,
    Job
  }
}

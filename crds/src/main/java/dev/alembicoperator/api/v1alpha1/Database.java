package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * Which database, and how it is reached. Exactly one of urlFrom, connection, cnpg and inPod.
 *
 * @param urlFrom the Secret that holds the whole connection URL, in any usual spelling: with or
 *     without a SQLAlchemy driver, postgres://, jdbc:postgresql://
 * @param connection the connection in parts, where a Secret holds them one by one
 * @param cnpg a database of a CloudNativePG cluster in the same namespace
 * @param inPod the image, or pod.env, already knows its database: nothing is injected into the pod,
 *     and only the pod ever looks at the database. Written as {}
 * @param urlEnv the environment variable from which the project reads its connection URL. When
 *     absent: DATABASE_URL
 * @param driver the SQLAlchemy driver to use whatever the URL says, such as asyncpg or psycopg.
 *     When absent: the URL's own, else one that is installed in the image
 * @param tls how the connection is encrypted, for the operator and the pod alike. When absent: as
 *     the URL says, else as the driver does it
 * @param versionTable the table in which Alembic keeps the database's revision. When absent: what
 *     env.py uses, as the last run reported it
 * @param observe who reads the database while no migration runs: Operator (over JDBC, with the same
 *     Secret) or Job (the operator reads no Secret and opens no connection). When absent: Operator
 *     for PostgreSQL, else Job
 */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value =
        "(has(self.urlFrom) ? 1 : 0) + (has(self.connection) ? 1 : 0) + (has(self.cnpg) ? 1 : 0) +"
            + " (has(self.inPod) ? 1 : 0) == 1",
    message =
        "set exactly one of urlFrom (a Secret with the URL), connection (its parts), cnpg (a"
            + " CloudNativePG cluster) and inPod (the image knows its database)")
@ValidationRule(
    value = "!has(self.inPod) || !has(self.urlEnv)",
    message = "with inPod no URL is injected: remove urlEnv, or use urlFrom or connection")
@ValidationRule(
    value = "!has(self.inPod) || !has(self.driver)",
    message = "with inPod no URL is injected: remove driver, or use urlFrom or connection")
@ValidationRule(
    value = "!has(self.inPod) || !has(self.tls)",
    message = "with inPod no URL is injected: remove tls, or use urlFrom or connection")
@ValidationRule(
    value = "!has(self.inPod) || !has(self.observe) || self.observe != 'Operator'",
    message =
        "with inPod the operator does not know the database: remove observe, or use urlFrom or"
            + " connection")
public record Database(
    SecretSource urlFrom,
    Connection connection,
    Cnpg cnpg,
    InPod inPod,
    @Size(min = 1, max = 128)
        @Pattern(Texts.ENVIRONMENT_NAME)
        @ValidationRule(
            value = "!self.startsWith('ALEMBIC_OPERATOR_')",
            message =
                "names that begin with ALEMBIC_OPERATOR_ are the operator's own: take another")
        String urlEnv,
    @Size(min = 1, max = 63) @Pattern(Texts.IDENTIFIER) String driver,
    Tls tls,
    VersionTable versionTable,
    Observe observe) {

  /**
   * The image, or its pod's env, already knows the database; nothing is injected. It has no fields:
   * its presence is the choice.
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record InPod() {}

  /**
   * A database of a CloudNativePG cluster.
   *
   * @param cluster the cluster
   * @param secretName the Secret with the credentials, of type kubernetes.io/basic-auth, with the
   *     keys that CloudNativePG writes. When absent: the cluster's name with -app
   * @param database the name of the database. When absent: the Secret's dbname
   */
  @RecordBuilder
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Cnpg(
      @Required Cluster cluster,
      @Size(min = 1, max = 253) @Pattern(Texts.OBJECT_NAME) String secretName,
      @Size(min = 1, max = 63) @Pattern(Texts.SQL_NAME) String database) {

    /**
     * The cluster.
     *
     * @param name name of the Cluster object
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Cluster(
        @Required @Size(min = 1, max = 253) @Pattern(Texts.OBJECT_NAME) String name) {}
  }

  /**
   * The connection in parts; each part as text or from a Secret or ConfigMap.
   *
   * @param dialect the kind of database, as SQLAlchemy names it: postgresql, mysql, mariadb. When
   *     absent: postgresql
   * @param host the server: a name, an address or the folder of a socket; several are separated by
   *     commas
   * @param hostFrom where the server's name stands
   * @param port the server's port. When absent: the dialect's own
   * @param portFrom where the port stands
   * @param name the name of the database
   * @param nameFrom where the name of the database stands
   * @param user the database user
   * @param userFrom where the name of the database user stands
   * @param passwordFrom the Secret that holds the password. When absent: no password is sent
   */
  @RecordBuilder
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @ValidationRule(
      value = "has(self.host) != has(self.hostFrom)",
      message = "set exactly one of host and hostFrom")
  @ValidationRule(
      value = "!has(self.port) || !has(self.portFrom)",
      message = "set at most one of port and portFrom")
  @ValidationRule(
      value = "has(self.name) != has(self.nameFrom)",
      message = "set exactly one of name and nameFrom")
  @ValidationRule(
      value = "!has(self.user) || !has(self.userFrom)",
      message = "set at most one of user and userFrom")
  public record Connection(
      @Size(min = 1, max = 63) @Pattern(Texts.IDENTIFIER) String dialect,
      @Size(min = 1, max = 1024) @Pattern("^[A-Za-z0-9_.,:/\\[\\]-]+$") String host,
      ValueSource hostFrom,
      @Min(1) @Max(65535) Integer port,
      ValueSource portFrom,
      @Size(min = 1, max = 128) @Pattern(Texts.ONE_LINE) String name,
      ValueSource nameFrom,
      @Size(min = 1, max = 128) @Pattern(Texts.ONE_LINE) String user,
      ValueSource userFrom,
      SecretSource passwordFrom) {}

  /**
   * How the connection is encrypted, for the operator and the pod alike.
   *
   * @param mode how much is demanded of the server, in libpq's words: disable, prefer, require,
   *     verify-ca, verify-full. When absent: verify-full with caFrom, else as the URL says
   * @param caFrom where the certificates stand, as PEM text, that the server's must descend from
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @ValidationRule(
      value = "!has(self.caFrom) || !has(self.mode) || self.mode != 'disable'",
      message = "caFrom has no use with mode disable: remove one of them")
  public record Tls(TlsMode mode, ValueSource caFrom) {}

  /**
   * Where Alembic keeps the current revision.
   *
   * @param schema the schema that holds the table. When absent: what env.py uses
   * @param name the name of the table. When absent: what env.py uses
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record VersionTable(
      @Size(min = 1, max = 63) @Pattern(Texts.SQL_NAME) String schema,
      @Size(min = 1, max = 63) @Pattern(Texts.SQL_NAME) String name) {}

  /** Who reads the database while no migration runs. */
  public enum Observe {
    /** The operator, over JDBC. */
    Operator,
    /** Only the pods of attempts. */
    Job
  }
}

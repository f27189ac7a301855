package dev.alembicoperator.database;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * One look at a database.
 *
 * @param settings where and as whom to connect; see {@link ConnectionSettings#observable()}
 * @param namespace the resource's namespace: a short host name means a Service there
 * @param versionTable the table a run reported; absent: {@code alembic_version} on the role's
 *     search path
 * @param applicationPrefix the backends whose {@code application_name} starts with this are read;
 *     empty: none are
 * @param connectTimeout for the name, the connection and the login together
 */
public record ReadRequest(
    ConnectionSettings settings,
    String namespace,
    Optional<VersionTable> versionTable,
    String applicationPrefix,
    Duration connectTimeout) {
  public ReadRequest {
    Objects.requireNonNull(settings, "settings");
    Objects.requireNonNull(namespace, "namespace");
    Objects.requireNonNull(connectTimeout, "connectTimeout");
    versionTable = versionTable == null ? Optional.empty() : versionTable;
    applicationPrefix = applicationPrefix == null ? "" : applicationPrefix;
  }
}

package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * Which database was read. Never a password, never a URL.
 *
 * @param dialect the kind of database, as SQLAlchemy names it
 * @param serverVersion the version of the server
 * @param host the server, as the connection names it
 * @param name the name of the database
 * @param versionTable the table in which Alembic keeps the revision, with its schema
 * @param identity what tells this database from every other; for PostgreSQL the system identifier
 *     and the database's oid
 * @param tls whether the connection was encrypted
 */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record DatabaseInfo(
    String dialect,
    String serverVersion,
    String host,
    String name,
    String versionTable,
    String identity,
    Boolean tls) {}

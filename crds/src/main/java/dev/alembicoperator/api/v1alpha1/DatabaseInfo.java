package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;

/** Which database was read. Never a password, never a URL. */
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

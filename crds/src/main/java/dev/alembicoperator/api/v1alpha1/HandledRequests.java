package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * The tokens of the annotation verbs that were handled last.
 *
 * @param retry the value of the annotation alembic-operator.dev/retry that was handled last
 * @param check the same of alembic-operator.dev/check
 * @param checkSql the same of alembic-operator.dev/check-sql
 * @param cancel the same of alembic-operator.dev/cancel
 */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record HandledRequests(String retry, String check, String checkSql, String cancel) {}

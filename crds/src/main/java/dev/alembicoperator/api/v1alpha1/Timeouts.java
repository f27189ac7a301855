package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.ValidationRule;
import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * How long each thing may take; durations as Kubernetes users write them (5s, 1h30m).
 *
 * @param lock how long a statement of the migration may wait for a lock of somebody else (the
 *     session's lock_timeout); when it has passed, the run is rolled back and tried again later, so
 *     that the application's own queries do not queue up behind it. When absent: 5s
 * @param migrationLock how long a run waits for another migration of the same database to end; 0s
 *     does not wait. When absent: 10m
 * @param statement how long one statement may run (the session's statement_timeout). When absent:
 *     no limit
 * @param run how long a whole run may take; then it is stopped and rolled back. When absent: 1h
 * @param connect how long making a connection to the database may take. When absent: 10s
 */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Timeouts(
    @DurationText
        @ValidationRule(
            value = Texts.NOT_ZERO,
            message =
                "must be longer than 0s: without a limit a migration that waits for a lock stops"
                    + " the application; leave it out for 5s")
        String lock,
    @DurationText String migrationLock,
    @DurationText
        @ValidationRule(
            value = Texts.NOT_ZERO,
            message = "must be longer than 0s; leave it out for no limit")
        String statement,
    @DurationText
        @ValidationRule(
            value = Texts.NOT_ZERO,
            message = "must be longer than 0s; leave it out for 1h")
        String run,
    @DurationText
        @ValidationRule(
            value = Texts.NOT_ZERO,
            message = "must be longer than 0s; leave it out for 10s")
        String connect) {}

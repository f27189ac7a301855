package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.generator.annotation.ValidationRule;
import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * How failures that may pass by themselves, such as a busy lock or a deadlock, are retried. A
 * migration that is broken is not retried, and a database that cannot be reached is waited for
 * without end.
 *
 * @param forDuration how long such a failure is retried before the resource is told to be stalled;
 *     0s does not retry. When absent: 1h
 * @param backoff the pause before the first retry; it doubles from one to the next. When absent:
 *     10s
 * @param maxBackoff the longest pause between two tries. When absent: 5m
 */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
    value =
        "!has(self.backoff) || !has(self.maxBackoff) || duration(self.backoff) <="
            + " duration(self.maxBackoff)",
    message = "backoff must not be longer than maxBackoff")
public record Retry(
    @JsonProperty("for") @DurationText String forDuration,
    @DurationText
        @ValidationRule(
            value = Texts.NOT_ZERO,
            message = "must be longer than 0s; leave it out for 10s")
        String backoff,
    @DurationText
        @ValidationRule(
            value = Texts.NOT_ZERO,
            message = "must be longer than 0s; leave it out for 5m")
        String maxBackoff) {}

package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * The tokens of the annotation verbs that were handled last.
 *
 * @param retry the value of the annotation alembic-operator.dev/retry that was handled last
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record HandledRequests(String retry) {}

package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.runner.RunReport;
import java.util.List;
import java.util.Optional;

/**
 * How an attempt ended.
 *
 * @param reason {@link Reason#UpToDate} after a success
 * @param message for people; no secret, since it is built from scrubbed texts
 * @param repeatable whether nothing of it can be left half-done, so that the same may be tried
 *     again without a person
 * @param rows the version table after it, where the database or the report told
 * @param report the runner's, if it left one
 * @param imageId the image with its digest, as the node resolved it
 */
public record Verdict(
    Outcome outcome,
    Reason reason,
    String message,
    boolean repeatable,
    Optional<List<String>> rows,
    Optional<RunReport> report,
    Optional<String> imageId) {}

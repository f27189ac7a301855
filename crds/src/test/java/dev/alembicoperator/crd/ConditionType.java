package dev.alembicoperator.crd;

import io.fabric8.generator.annotation.Required;
import java.time.Instant;

/**
 * What the schema offers of Kubernetes' condition; see {@link PodTypes}.
 *
 * @param type Ready, Reconciling or Stalled
 * @param status True, False or Unknown
 * @param observedGeneration the generation of the spec that the condition speaks of
 * @param lastTransitionTime when the status last changed
 * @param reason the reason, one of a closed list
 * @param message what happened, whether it is tried again, and what to do
 */
record ConditionType(
    @Required String type,
    @Required String status,
    Long observedGeneration,
    @Required Instant lastTransitionTime,
    @Required String reason,
    @Required String message) {}

package dev.alembicoperator.report;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Conditions as kstatus reads them (sigs.k8s.io/cli-utils, pkg/kstatus): Ready always; Reconciling
 * and Stalled only while they are true. The transition time moves only when the status flips;
 * observedGeneration stands on each, since "kubectl wait" passes over a condition that is behind.
 */
final class Conditions {

  private final List<Condition> before;
  private final long generation;
  private final Instant now;
  private final List<Condition> after = new ArrayList<>();

  Conditions(List<Condition> before, long generation, Instant now) {
    this.before = before;
    this.generation = generation;
    this.now = now.truncatedTo(ChronoUnit.SECONDS);
  }

  static Optional<Condition> find(List<Condition> conditions, String type) {
    return conditions.stream().filter(c -> type.equals(c.getType())).findFirst();
  }

  Conditions set(String type, String status, String reason, String message) {
    String since =
        find(before, type)
            .filter(c -> Objects.equals(c.getStatus(), status))
            .map(Condition::getLastTransitionTime)
            .orElse(now.toString());
    after.add(
        new ConditionBuilder()
            .withType(type)
            .withStatus(status)
            .withReason(reason)
            .withMessage(message)
            .withObservedGeneration(generation)
            .withLastTransitionTime(since)
            .build());
    return this;
  }

  List<Condition> list() {
    return List.copyOf(after);
  }
}

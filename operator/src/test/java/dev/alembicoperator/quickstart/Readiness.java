package dev.alembicoperator.quickstart;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;

/** The condition Ready; its parts are empty while there is none. */
record Readiness(String status, String reason, String message) {

  static Readiness of(DatabaseMigration resource) {
    if (resource.getStatus() == null) {
      return new Readiness("", "", "");
    }
    return resource.getStatus().conditions().stream()
        .filter(c -> c.getType().equals("Ready"))
        .map(c -> new Readiness(c.getStatus(), c.getReason(), c.getMessage()))
        .findFirst()
        .orElse(new Readiness("", "", ""));
  }

  /** Whether the current spec was dealt with, well or badly: nothing more happens by itself. */
  static boolean settled(DatabaseMigration resource) {
    DatabaseMigrationStatus status = resource.getStatus();
    if (status == null
        || !resource.getMetadata().getGeneration().equals(status.observedGeneration())) {
      return false;
    }
    return of(resource).status().equals("True")
        || status.conditions().stream().anyMatch(c -> c.getType().equals("Stalled"));
  }
}

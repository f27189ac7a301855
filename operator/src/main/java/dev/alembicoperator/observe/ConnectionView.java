package dev.alembicoperator.observe;

import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.database.ConnectionSettings;

/** What is known of the way to the database. */
public sealed interface ConnectionView {

  /**
   * The version of the objects that the settings come from: names and resourceVersions, never
   * content. Changes whenever somebody edits one of them; empty when the operator reads none.
   */
  default String version() {
    return "";
  }

  /** The operator does not read the settings: {@code observe: Job}, or {@code inPod}. */
  record NotRead() implements ConnectionView {}

  /** The settings. Holds a password; its text form does not. */
  record Known(ConnectionSettings settings, String version) implements ConnectionView {}

  /** An object or one of its keys is not there (yet). */
  record Missing(Reason reason, String message) implements ConnectionView {}

  /** The settings cannot be understood; the message holds none of their content. */
  record Unreadable(String message, String version) implements ConnectionView {}
}

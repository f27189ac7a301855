package dev.alembicoperator.database;

import java.io.Serial;

/**
 * Connection settings that cannot be read. The message names the fault and its remedy, never any
 * part of the value.
 */
public final class InvalidConnectionException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  /** Without a cause on purpose: the JDK's parsers quote what they were given. */
  public InvalidConnectionException(String message) {
    super(message);
  }
}

package dev.alembicoperator.report;

import dev.alembicoperator.database.Scrubber;
import dev.alembicoperator.observe.ConnectionView;
import dev.alembicoperator.observe.Observation;

/**
 * What every text passes before it leaves the operator: secrets out, control characters out, length
 * bounded.
 */
final class Outgoing {

  /** Of a condition's or entry's message; an event's note may have 1024 characters. */
  private static final int MESSAGE_BYTES = 1000;

  /** Of a revision, host or table; Alembic's own column holds 32 characters. */
  private static final int NAME_BYTES = 255;

  private final Scrubber scrubber;

  private Outgoing(Scrubber scrubber) {
    this.scrubber = scrubber;
  }

  static Outgoing of(Observation o) {
    return new Outgoing(
        o.connection() instanceof ConnectionView.Known known
            ? new Scrubber(known.settings().secrets())
            : Scrubber.patterns());
  }

  String text(String text) {
    return text == null ? null : scrubber.clean(text, MESSAGE_BYTES);
  }

  String text(String text, int bytes) {
    return text == null ? null : scrubber.clean(text, bytes);
  }

  /** A text of many lines, which stay. */
  String lines(String text) {
    return scrubber.cleanLines(text);
  }

  String name(String text) {
    return text == null ? null : scrubber.clean(text, NAME_BYTES);
  }
}

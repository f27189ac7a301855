package dev.alembicoperator.plan;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;

/** How messages name things. */
public final class Texts {

  private static final int MANY = 5;

  private Texts() {}

  /** Version rows for people: {@code base} for none, as Alembic says it. */
  public static String revisions(List<String> rows) {
    if (rows.isEmpty()) {
      return "base";
    }
    String shown =
        rows.stream().limit(MANY).map(r -> "\"" + r + "\"").collect(Collectors.joining(", "));
    return rows.size() > MANY ? shown + " and " + (rows.size() - MANY) + " more" : shown;
  }

  /** With a full stop, so that another sentence may follow. */
  static String sentence(String text) {
    String words = text.strip();
    return words.isEmpty() || ".!?…".indexOf(words.charAt(words.length() - 1)) >= 0
        ? words
        : words + ".";
  }

  /** A time to the second, in UTC. */
  public static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}

package dev.alembicoperator.plan;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as Kubernetes users write them: {@code 5s}, {@code 1h30m}; whole numbers of hours,
 * minutes and seconds.
 */
public final class Durations {

  private static final Pattern SHAPE =
      Pattern.compile("(?:(\\d{1,6})h)?(?:(\\d{1,6})m)?(?:(\\d{1,8})s)?");

  private Durations() {}

  /** The duration, or empty when the text is none. */
  public static Optional<Duration> parse(String text) {
    Matcher m = SHAPE.matcher(text);
    if (text.isEmpty() || !m.matches()) {
      return Optional.empty();
    }
    return Optional.of(
        Duration.ofHours(number(m.group(1)))
            .plusMinutes(number(m.group(2)))
            .plusSeconds(number(m.group(3))));
  }

  /**
   * The duration, or the default when the field is absent or no duration (which validation has told
   * already).
   */
  static Duration orElse(String text, Duration absent) {
    return Optional.ofNullable(text).flatMap(Durations::parse).orElse(absent);
  }

  /** For messages: {@code 1h30m}, {@code 45s}; {@code 0s} for less than a second. */
  static String text(Duration duration) {
    StringBuilder out = new StringBuilder();
    append(out, duration.toHours(), 'h');
    append(out, duration.toMinutesPart(), 'm');
    append(out, duration.toSecondsPart(), 's');
    return out.isEmpty() ? "0s" : out.toString();
  }

  private static void append(StringBuilder out, long value, char unit) {
    if (value > 0) {
      out.append(value).append(unit);
    }
  }

  private static long number(String digits) {
    return digits == null ? 0 : Long.parseLong(digits);
  }
}

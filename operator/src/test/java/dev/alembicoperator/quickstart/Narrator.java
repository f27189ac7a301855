package dev.alembicoperator.quickstart;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;

/** Prints the story, no wider than a terminal. */
final class Narrator {

  private static final int WIDTH = 96;
  private static final String BOLD = "\033[1m";
  private static final String PLAIN = "\033[0m";

  private final PrintStream out;
  private final boolean terminal;

  /**
   * @param terminal whether a person reads it in a terminal, so that commands may stand out
   */
  Narrator(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** A new chapter of the story. */
  void chapter(String title) {
    out.println();
    out.println(bold("── " + title + " " + "─".repeat(Math.max(0, WIDTH - title.length() - 4))));
  }

  /** What a user would type; what follows is what would be printed. */
  void command(String text) {
    out.println();
    out.println(bold("$ " + text));
  }

  /** A line as it is. */
  void line(String text) {
    out.println(text);
  }

  /** Text that has its own lines. */
  void verbatim(String text) {
    out.print(text.endsWith("\n") ? text : text + "\n");
  }

  /** A long line, broken between words. */
  void paragraph(String text) {
    wrap(text, "");
  }

  /** The storyteller's own words. */
  void note(String text) {
    out.println();
    wrap(text, "  ");
  }

  /** The last line. */
  void result(String text) {
    out.println();
    out.println(bold("quickstart: " + text));
    out.flush();
  }

  /** The time since then, for people. */
  static String seconds(Instant since) {
    return Duration.between(since, Instant.now()).toSeconds() + " s";
  }

  private void wrap(String text, String margin) {
    StringBuilder line = new StringBuilder(margin);
    for (String word : text.strip().split("\\s+", -1)) {
      if (line.length() > margin.length() && line.length() + 1 + word.length() > WIDTH) {
        out.println(line);
        line = new StringBuilder(margin);
      }
      line.append(line.length() > margin.length() ? " " : "").append(word);
    }
    out.println(line);
  }

  private String bold(String text) {
    return terminal ? BOLD + text + PLAIN : text;
  }
}

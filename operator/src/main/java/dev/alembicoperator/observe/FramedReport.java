package dev.alembicoperator.observe;

import dev.alembicoperator.runner.RunReport.LogBlock;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The block in a pod's log that holds the runner's whole report, where that did not fit into the
 * termination message: Base64 in lines of 76 between two marker lines. The termination message
 * announces its length and digest, and nothing else of the log is read.
 */
final class FramedReport {

  /** Of the report, in bytes; what is announced as larger is not asked for. */
  static final int LARGEST = 1 << 20;

  /** Of the log that is read, in bytes: the largest block, and what was written after it. */
  static final int LOG_BYTES = 2 << 20;

  /** What env.py's own handlers may write between the block and the end of the process. */
  private static final int LINES_AFTER = 200;

  private static final int LINE = 76;
  private static final String BEGIN = "-----BEGIN ALEMBIC-OPERATOR REPORT ";
  private static final String END = "-----END ALEMBIC-OPERATOR REPORT-----";

  private final LogBlock announced;

  private FramedReport(LogBlock announced) {
    this.announced = announced;
  }

  /** The announced block; empty when what is announced cannot be one, or is too large. */
  static Optional<FramedReport> announced(LogBlock block) {
    return Optional.ofNullable(block)
        .filter(b -> b.bytes() > 0 && b.bytes() <= LARGEST)
        .filter(b -> b.sha256() != null && b.sha256().matches("[0-9a-f]{64}"))
        .map(FramedReport::new);
  }

  /** How many of the log's last lines to ask for. */
  int lines() {
    int encoded = (announced.bytes() + 2) / 3 * 4;
    return (encoded + LINE - 1) / LINE + 2 + LINES_AFTER;
  }

  /**
   * The whole report, in UTF-8, out of the end of a log. Empty unless every byte is what the
   * termination message announced.
   */
  Optional<byte[]> in(String log) {
    List<String> lines = log.lines().toList();
    int begin = lines.lastIndexOf(BEGIN + announced.sha256() + "-----");
    if (begin < 0) {
      return Optional.empty();
    }
    // Standard error may have come in between; the digest tells whether it did harm.
    String encoded =
        lines.stream()
            .skip(begin + 1L)
            .takeWhile(line -> !line.equals(END))
            .filter(line -> line.matches("[A-Za-z0-9+/]{1,76}={0,2}"))
            .collect(Collectors.joining());
    try {
      byte[] whole = Base64.getDecoder().decode(encoded);
      return whole.length == announced.bytes() && digest(whole).equals(announced.sha256())
          ? Optional.of(whole)
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}

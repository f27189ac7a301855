package dev.alembicoperator.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.runner.RunReport.LogBlock;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A pod's log is hostile input: only what the termination message announced is taken out of it. */
class FramedReportTest {

  private static final byte[] WHOLE =
      "{\"version\":1,\"notes\":[\"%s\"]}"
          .formatted("é".repeat(500))
          .getBytes(StandardCharsets.UTF_8);

  private static final String FRAME = frame(WHOLE, digest(WHOLE));

  private final FramedReport announced =
      FramedReport.announced(new LogBlock(WHOLE.length, digest(WHOLE))).orElseThrow();

  private static String frame(byte[] whole, String digest) {
    return "-----BEGIN ALEMBIC-OPERATOR REPORT %s-----\n%s\n-----END ALEMBIC-OPERATOR REPORT-----\n"
        .formatted(digest, Base64.getMimeEncoder(76, new byte[] {'\n'}).encodeToString(whole));
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static Stream<String> logsWithTheBlock() {
    return Stream.of(
        FRAME,
        "INFO  running upgrade\n" + FRAME + "bye\n",
        FRAME.replace("\n", "\r\n"),
        // Standard error comes in between.
        FRAME.replaceFirst("-----\n", "-----\nalembic-operator: 2/5 0003 add customers\n"),
        // The last one counts, and one before it may have been cut.
        FRAME.substring(0, 300) + "\n" + FRAME);
  }

  @ParameterizedTest
  @MethodSource("logsWithTheBlock")
  void theAnnouncedBlockIsFound(String log) {
    assertThat(announced.in(log)).hasValue(WHOLE);
  }

  static Stream<String> logsWithoutIt() {
    byte[] forged = "{\"version\":1,\"outcome\":\"applied\"}".getBytes(StandardCharsets.UTF_8);
    byte[] sameLength = WHOLE.clone();
    sameLength[sameLength.length - 5]++;
    return Stream.of(
        "",
        "nothing of ours\n",
        frame(sameLength, digest(WHOLE)),
        FRAME.substring(0, FRAME.length() / 2),
        FRAME.substring(200),
        frame(forged, digest(WHOLE)),
        frame(forged, digest(forged)),
        FRAME.replaceFirst("\n", "\nAAAA\n"));
  }

  @ParameterizedTest
  @MethodSource("logsWithoutIt")
  void whatIsNotWhatWasAnnouncedIsNotTaken(String log) {
    assertThat(announced.in(log).isPresent()).isFalse();
  }

  @Test
  void asManyLinesAreAskedForAsTheBlockHas() {
    assertThat(announced.lines()).isGreaterThanOrEqualTo((int) FRAME.lines().count());
    assertThat(announced.lines()).isLessThan((int) FRAME.lines().count() + 500);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, FramedReport.LARGEST + 1, Integer.MAX_VALUE})
  void sizesThatCannotBeAreNotAskedFor(int bytes) {
    assertThat(FramedReport.announced(new LogBlock(bytes, digest(WHOLE)))).isEmpty();
  }

  @Test
  void digestsThatAreNoneAreNotAskedFor() {
    for (String digest : List.of("", "x", "A".repeat(64), digest(WHOLE) + "\n-----")) {
      assertThat(FramedReport.announced(new LogBlock(1, digest))).as(digest).isEmpty();
    }
    assertThat(FramedReport.announced(new LogBlock(1, null))).isEmpty();
    assertThat(FramedReport.announced(null)).isEmpty();
  }
}

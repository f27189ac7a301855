package dev.alembicoperator.runner;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.alembicoperator.plan.Reports;
import dev.alembicoperator.runner.RunReport.HalfApplied;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A termination message is hostile input. */
class RunReportParserTest {

  private static final String GOOD =
      Reports.applied(List.of("0001"), List.of("0002"), "0002").text();

  private final RunReportParser parser = new RunReportParser();

  @Test
  void aReportIsReadWhole() {
    RunReport report = parser.parse(GOOD).orElseThrow();

    assertThat(report.done()).isTrue();
    assertThat(report.failure()).isEmpty();
    assertThat(report.expected()).containsExactly("0002");
    assertThat(report.applied().getFirst().committed()).isTrue();
    assertThat(report.database().identity()).isEqualTo(Reports.IDENTITY);
    assertThat(report.halfApplied()).isEqualTo(HalfApplied.no);
  }

  /** The runner rewrites its report in place and fills what is left of a longer one with blanks. */
  @Test
  void blanksAfterTheReportAreNothing() {
    assertThat(parser.parse(GOOD + " ".repeat(200))).isPresent();
  }

  @Test
  void sqlKeepsItsLinesAndIsNoTextThatIsShown() {
    String report =
        "{\"version\":1,\"sql\":{\"available\":true,\"text\":\"BEGIN;\\n  SELECT 1;\"}}";

    RunReport.Sql sql = parser.parseWhole(report.getBytes(UTF_8)).orElseThrow().sql();
    assertThat(sql.text()).isEqualTo("BEGIN;\n  SELECT 1;");
    assertThat(sql.toString()).doesNotContain("SELECT");
  }

  @Test
  void aWholeReportMayBeLongButNotWithoutEnd() {
    String note = "n".repeat(900);
    String notes = String.join("\",\"", Collections.nCopies(600, note));
    String report = "{\"version\":1,\"notes\":[\"" + notes + "\"]}";

    assertThat(parser.parse(report)).isEmpty();
    assertThat(parser.parseWhole(report.getBytes(UTF_8)).orElseThrow().notes()).hasSize(600);
    assertThat(parser.parseWhole((report + " ".repeat(1 << 20)).getBytes(UTF_8))).isEmpty();
  }

  @Test
  void unknownFieldsOfALaterRunnerAreSkipped() {
    assertThat(parser.parse("{\"version\":1,\"news\":{\"a\":[1]}}")).isPresent();
  }

  static Stream<String> noReports() {
    return Stream.of(
        "",
        "   ",
        "null",
        "[]",
        "7",
        "\"text\"",
        "{",
        "{}",
        "{\"version\":2}",
        "{\"version\":1}{\"version\":1}",
        "{\"version\":1} trailing",
        "{\"version\":1,\"planCount\":99999999999999}",
        "{\"version\":1,\"planCount\":1" + "0".repeat(1000) + "}",
        "{\"version\":1,\"planCount\":\"many\"}",
        "{\"version\":1,\"after\":\"0001\"}",
        "{\"version\":1,\"after\":{\"a\":1}}",
        "{\"version\":1,\"database\":[]}",
        "{\"version\":1,\"database\":7}",
        "{\"version\":1,\"error\":\"no\"}",
        "{\"version\":1,\"halfApplied\":\"perhaps\"}",
        "{\"version\":1,\"after\":" + "[".repeat(500) + "]".repeat(500) + "}",
        "{\"version\":1,\"x\":" + "{\"x\":".repeat(500) + "1" + "}".repeat(500) + "}",
        "{\"version\":1,\"direction\":\"" + "x".repeat(4097 - 28) + "\"}",
        "{\"version\":1,\"before\":[null]}",
        "{\"version\":1,\"after\":[null]}",
        "{\"version\":1,\"expected\":[null]}",
        "{\"version\":1,\"heads\":[null]}",
        "{\"version\":1,\"plan\":[null]}",
        "{\"version\":1,\"applied\":[null]}");
  }

  @ParameterizedTest
  @MethodSource("noReports")
  void whatIsNoReportIsNone(String text) {
    assertThat(parser.parse(text)).isEmpty();
  }

  @Test
  void nothingIsNoReport() {
    assertThat(parser.parse(null)).isEmpty();
  }

  @Test
  void exactlyWhatAKubeletKeepsIsRead() {
    String text = "{\"version\":1,\"direction\":\"\"}";
    String full = text.replace("\"\"", "\"" + "x".repeat(4096 - text.length()) + "\"");

    assertThat(full).hasSize(4096);
    assertThat(parser.parse(full)).isPresent();
    assertThat(parser.parse(full + " ")).isEmpty();
  }

  @Test
  void textsAreCutAndFreeOfWhatHidesOrForges() {
    RunReport report =
        parser
            .parse(
                "{\"version\":1,\"error\":{\"kind\":\"X\",\"message\":\"a\\u0000b\\nc\\u001b[31m"
                    + "\\u202ed\\u200be"
                    + "y".repeat(2000)
                    + "\"}}")
            .orElseThrow();

    String message = report.error().message();
    assertThat(message).startsWith("a b c [31m d e").hasSizeLessThanOrEqualTo(1000);
    assertThat(message.codePoints().noneMatch(Character::isISOControl)).isTrue();
  }

  @Test
  void longListsAreCut() {
    String rows = "1,".repeat(1500) + "1";

    assertThat(parser.parse("{\"version\":1,\"after\":[" + rows + "]}").orElseThrow().after())
        .hasSize(500);
  }

  @Test
  void whereTheReportDoesNotSayNothingIsHalfAppliedBeforeTheFirstStep() {
    assertThat(half("\"phase\":\"connecting\"")).isEqualTo(HalfApplied.no);
    assertThat(half("\"running\":{\"revision\":\"a\"}")).isEqualTo(HalfApplied.possible);
    assertThat(half("\"appliedCount\":1")).isEqualTo(HalfApplied.possible);
    assertThat(half("\"applied\":[{\"revision\":\"a\"}]")).isEqualTo(HalfApplied.possible);
  }

  private HalfApplied half(String field) {
    return parser.parse("{\"version\":1," + field + "}").orElseThrow().halfApplied();
  }

  @Test
  void noMutationOfAReportEverThrows() {
    Random random = new Random(20260301);
    String alphabet = "{}[]\",:0123456789-+.eEtfn\\u\u0000é\ud83d nulltrue";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder(GOOD);
      for (int edits = 1 + random.nextInt(6); edits > 0; edits--) {
        int at = random.nextInt(text.length());
        char c = alphabet.charAt(random.nextInt(alphabet.length()));
        switch (random.nextInt(4)) {
          case 0 -> text.setCharAt(at, c);
          case 1 -> text.insert(at, c);
          case 2 -> text.delete(at, Math.min(text.length() - 1, at + random.nextInt(20)));
          default -> text.insert(at, text.substring(at, Math.min(text.length(), at + 30)));
        }
      }
      assertThatCode(() -> parser.parse(text.toString()))
          .as("%d: %s", i, text)
          .doesNotThrowAnyException();
    }
  }
}

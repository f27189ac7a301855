package dev.alembicoperator.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScrubberTest {
  private static final String SECRET = "C4n@ry/ %'\"\\ä+";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "C4n@ry/ %'\"\\ä+",
        "C4n%40ry%2F%20%25%27%22%5C%C3%A4%2B",
        "C4n%40ry%2f%20%25%27%22%5c%c3%a4%2b",
        "C4n%40ry/%20%25%27%22%5C%C3%A4%2B",
        "C4n%40ry%2F+%25%27%22%5C%C3%A4%2B",
        "C4n%40ry%2F %25%27%22%5C%C3%A4+",
        "C4n%%40ry%%2F%%20%%25%%27%%22%%5C%%C3%%A4%%2B",
        "C4n@ry/ %%'\"\\ä+",
        "C4n@ry/ %''\"\\ä+",
        "C4n@ry/ %'\\\"\\\\ä+",
        "C4n@ry/ %\\'\"\\\\ä+"
      })
  void replacesEverySpellingOfAValue(String spelling) {
    assertThat(new Scrubber(List.of(SECRET)).clean("before " + spelling + " after"))
        .isEqualTo("before *** after");
  }

  @Test
  void keepsTheLinesOfALongText() {
    String long1 = "x".repeat(100_000);

    assertThat(
            new Scrubber(List.of(SECRET))
                .cleanLines("a\n  b " + SECRET + "\r\n\n\tc\u001b[1m\n" + long1))
        .isEqualTo("a\n  b ***\n\nc\n" + long1 + "\n");
  }

  @Test
  void findsAValueThatHoldsTheEndOfALine() {
    assertThat(new Scrubber(List.of("two\nlines")).cleanLines("x 'two\nlines' y"))
        .isEqualTo("x '***' y\n");
  }

  @Test
  void replacesWhatTheJdkEncodes() {
    Scrubber scrubber = new Scrubber(List.of(SECRET));
    byte[] octets = SECRET.getBytes(StandardCharsets.UTF_8);
    assertThat(scrubber.clean("[" + URLEncoder.encode(SECRET, StandardCharsets.UTF_8) + "]"))
        .isEqualTo("[***]");
    assertThat(scrubber.clean("[" + Base64.getEncoder().encodeToString(octets) + "]"))
        .matches("\\[\\*\\*\\*=*\\]");
    assertThat(scrubber.clean("[" + Base64.getUrlEncoder().encodeToString(octets) + "]"))
        .matches("\\[\\*\\*\\*=*\\]");
  }

  @Test
  void theLongerOfTwoValuesGoesFirst() {
    assertThat(new Scrubber(List.of("abcd", "abcdefgh")).clean("x abcdefgh y"))
        .isEqualTo("x *** y");
  }

  @Test
  void leavesShortValuesWhereNothingTellsThatTheyAreCredentials() {
    Scrubber scrubber = new Scrubber(List.of("abc", ""));
    assertThat(scrubber.clean("the abc of it")).isEqualTo("the abc of it");
    assertThat(scrubber.clean("postgresql://app:abc@db/orders"))
        .isEqualTo("postgresql://app:***@db/orders");
    assertThat(scrubber.clean("password=abc host=db")).isEqualTo("password=*** host=db");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          postgresql://app:x@db/orders                     | postgresql://app:***@db/orders
          in 'postgres://app:p@s/s:w?d#x@db:5432/o' failed | in 'postgres://app:***@db:5432/o' failed
          postgresql+asyncpg://:x@db                       | postgresql+asyncpg://:***@db
          postgresql://app@tenant:x@db/o                   | postgresql://app@tenant:***@db/o
          postgresql://app:pass word@db/o                  | postgresql://app:***@db/o
          postgresql://app:x@a/o and mysql://u:y@b/o       | postgresql://app:***@a/o and mysql://u:***@b/o
          jdbc:postgresql://db/o?user=u&password=x&ssl=on  | jdbc:postgresql://db/o?user=u&password=***&ssl=on
          password = 'x y' host=db                         | password = '***' host=db
          {"password": "x\\"y", "user": "u"}               | {"password": "***", "user": "u"}
          {'password': 'x y', 'user': 'u'}                 | {'password': '***', 'user': 'u'}
          PGPASSWORD=x sslpassword=y;pwd=z                 | PGPASSWORD=*** sslpassword=***;pwd=***
          ALTER ROLE a PASSWORD 'x''y' LOGIN               | ALTER ROLE a PASSWORD '***' LOGIN
          create user a identified by 'x'                  | create user a identified by '***'
          """)
  void replacesWhatStandsLikeACredential(String text, String expected) {
    assertThat(Scrubber.patterns().clean(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "password authentication failed for user \"app\"",
        "connect to postgresql://db:5432/orders failed, ask dba@corp.example",
        "column \"secret\" does not exist",
        "wrong password: look at the Secret",
        "postgresql://app@db/orders",
        "http://db:8080/x"
      })
  void leavesOtherTexts(String text) {
    assertThat(Scrubber.patterns().clean(text)).isEqualTo(text);
  }

  @Test
  void takesControlCharactersOut() {
    assertThat(Scrubber.patterns().clean(" a\u0000b\u001b[31;1mc\r\n\td\u202ee\u200bf\u007f\n"))
        .isEqualTo("abc def");
    assertThat(new Scrubber(List.of("C4nary")).clean("C4n\u0000ary")).isEqualTo("***");
    assertThat(Scrubber.patterns().clean("a\ud800b")).isEqualTo("ab");
    assertThat(Scrubber.patterns().clean(null)).isEmpty();
  }

  @Test
  void boundsTheBytesWithoutCuttingACharacter() {
    Scrubber scrubber = Scrubber.patterns();
    assertThat(scrubber.clean("abcdef", 6)).isEqualTo("abcdef");
    assertThat(scrubber.clean("abcdefg", 6)).isEqualTo("abc…");
    assertThat(scrubber.clean("ääääää", 8)).isEqualTo("ää…");
    assertThat(scrubber.clean("🔑🔑🔑", 8)).isEqualTo("🔑…");
    assertThat(scrubber.clean("ab", 1)).isEmpty();
  }

  /** The value is taken out before the cut, so that no half of it stays at the end. */
  @Test
  void cutsAfterReplacing() {
    assertThat(new Scrubber(List.of("C4naryC4nary")).clean("12345 C4naryC4nary and more of it", 14))
        .isEqualTo("12345 *** a…");
  }

  @Test
  @Timeout(30)
  void isNotSlowedByTextsMadeForThat() {
    Scrubber scrubber = new Scrubber(List.of("%".repeat(64), "a".repeat(64)));
    for (String text :
        List.of(
            "://a:", "%", "password=", "password '", "password \"\\", "a", "\u001b[", "'", "://")) {
      assertThat(scrubber.clean(text.repeat(20_000), 1024).length()).isLessThanOrEqualTo(1024);
    }
  }
}

package dev.alembicoperator.database;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes credentials and control characters out of texts before anybody sees them. Every text that
 * leaves the operator passes one: messages of servers, drivers and Alembic are known to hold whole
 * URLs (alembic {@code set_main_option}, pgjdbc's {@code UnknownHostException}).
 *
 * <p>Known values are replaced wherever they stand, as they are, percent-encoded by any common
 * encoder, quoted for SQL, JSON or Python's configparser, and in base64. A value shorter than
 * {@value #SHORTEST} characters is not: to replace every {@code abc} would spoil texts and still
 * tell the value by its gaps. Such a value vanishes where a credential stands by its form, as every
 * unknown one does: the userinfo of a URL, and a {@code password=} or SQL {@code PASSWORD}.
 */
public final class Scrubber {
  /** The fewest characters for which a value is replaced wherever it stands. */
  static final int SHORTEST = 4;

  private static final String MASK = "***";
  private static final String CUT = "…";

  /** Longer texts are cut first: nothing we show is as long, and the patterns cost time. */
  private static final int LONGEST = 64 * 1024;

  /** The user may hold an {@code @} (Azure); the password ends at the last one before a space. */
  private static final Pattern USERINFO =
      Pattern.compile("(://[^\\s:/?#\"']{0,256}:)[^\\s]{0,2048}@");

  /** A password with a space in it, in a text that is nothing but a URL up to the host. */
  private static final Pattern SPACED_USERINFO =
      Pattern.compile(
          "(://[^\\s:/?#\"'@]{0,256}:)(?![0-9]{1,5}(?:[/\\s]|$))[^@\\n]{0,256}@(?=[\\w.\\[-]+[:/])");

  private static final Pattern PAIR =
      Pattern.compile(
          "((?:password|passwd|passphrase|pwd|secret|access_token|auth_token)[\"']?\\s{0,4}(?:=>?|(?<=[\"'])\\s{0,4}:)\\s{0,4})"
              + "(\"(?:[^\"\\\\]|\\\\.){0,2048}+\"|'(?:[^'\\\\]|\\\\.|''){0,2048}+'|[^\\s&,;\"')\\]}]{1,2048})",
          Pattern.CASE_INSENSITIVE);

  /** {@code ALTER ROLE … PASSWORD '…'}, MySQL's {@code IDENTIFIED BY '…'}. */
  private static final Pattern SQL =
      Pattern.compile(
          "\\b((?:password|identified\\s{1,4}by)\\s{1,4})'(?:[^']|''){0,2048}+'",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern ESCAPE_SEQUENCE =
      Pattern.compile("\u001b(?:\\[[0-?]{0,16}[ -/]{0,16}[@-~])?");
  private static final Pattern BLANK =
      Pattern.compile("[\\t\\n\\r\\f\\u000b\\u0085\\u2028\\u2029]+ *");

  /** Control characters, and the invisible ones that reorder or hide text. */
  private static final Pattern INVISIBLE =
      Pattern.compile(
          "[\\p{Cc}\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff\\ufff9-\\ufffb]|[\\p{Cs}]");

  private final List<String> spellings;

  /** One that knows these values, and the forms of credentials besides. */
  public Scrubber(Collection<String> secrets) {
    Set<String> all = new LinkedHashSet<>();
    secrets.stream()
        .filter(secret -> secret.length() >= SHORTEST)
        .forEach(secret -> spell(secret, all));
    // The longest first: a password may be a part of its own encoding.
    this.spellings =
        all.stream()
            .filter(spelling -> spelling.length() >= SHORTEST)
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
  }

  /** One that knows no value, only the forms in which credentials stand. */
  public static Scrubber patterns() {
    return new Scrubber(List.of());
  }

  /**
   * The text on one line, without credentials and control characters; empty for null. What exceeds
   * 65,536 characters is dropped.
   */
  public String clean(String text) {
    if (text == null) {
      return "";
    }
    String result = text.length() > LONGEST ? text.substring(0, LONGEST) : text;
    // Twice: a value may hold a tab, and a control character may hide in the middle of a value.
    result = masked(result);
    result = ESCAPE_SEQUENCE.matcher(result).replaceAll("");
    result = BLANK.matcher(result).replaceAll(" ");
    result = INVISIBLE.matcher(result).replaceAll("");
    result = masked(result).strip();
    result = USERINFO.matcher(result).replaceAll("$1" + MASK + "@");
    result = SPACED_USERINFO.matcher(result).replaceAll("$1" + MASK + "@");
    result = PAIR.matcher(result).replaceAll(Scrubber::maskedPair);
    return SQL.matcher(result).replaceAll("$1'" + MASK + "'");
  }

  /**
   * A text of many lines, such as SQL: its lines and their indentation stay, and none of it is
   * dropped for its length.
   */
  public String cleanLines(String text) {
    StringBuilder out = new StringBuilder();
    // A value may itself hold the end of a line.
    for (String line : masked(text).split("\\R", -1)) {
      int indent = 0;
      while (indent < line.length() && line.charAt(indent) == ' ') {
        indent++;
      }
      out.append(line, 0, indent);
      for (int at = indent; at < line.length(); at += LONGEST) {
        out.append(clean(line.substring(at, Math.min(line.length(), at + LONGEST))));
      }
      out.append('\n');
    }
    return out.toString().stripTrailing() + "\n";
  }

  /**
   * As {@link #clean(String)}, and at most so many bytes of UTF-8, the last of them an ellipsis
   * where it was cut.
   */
  public String clean(String text, int maxBytes) {
    String result = clean(text);
    if (result.getBytes(StandardCharsets.UTF_8).length <= maxBytes) {
      return result;
    }
    int room = maxBytes - CUT.getBytes(StandardCharsets.UTF_8).length;
    StringBuilder cut = new StringBuilder();
    for (int at = 0; at < result.length(); ) {
      int point = result.codePointAt(at);
      room -= utf8Length(point);
      if (room < 0) {
        break;
      }
      cut.appendCodePoint(point);
      at += Character.charCount(point);
    }
    return maxBytes < CUT.getBytes(StandardCharsets.UTF_8).length ? "" : cut + CUT;
  }

  private static int utf8Length(int point) {
    if (point < 0x80) {
      return 1;
    }
    if (point < 0x800) {
      return 2;
    }
    return point < 0x10000 ? 3 : 4;
  }

  private String masked(String text) {
    String result = text;
    for (String spelling : spellings) {
      result = result.replace(spelling, MASK);
    }
    return result;
  }

  private static String maskedPair(MatchResult pair) {
    String value = pair.group(2);
    String quote = value.startsWith("\"") || value.startsWith("'") ? value.substring(0, 1) : "";
    return Matcher.quoteReplacement(pair.group(1) + quote + MASK + quote);
  }

  private static void spell(String secret, Set<String> into) {
    into.add(secret);
    // urllib's quote with and without "/", SQLAlchemy's own rendering, encodeURIComponent, and HTML
    // forms.
    for (String safe : List.of("", "/", " +", "!'()*", "*")) {
      String encoded =
          PercentEncoding.encode(
              secret, c -> PercentEncoding.unreserved(c) || safe.indexOf(c) >= 0);
      for (String spaced : List.of(encoded, encoded.replace("%20", "+"))) {
        into.add(spaced);
        into.add(lowerEscapes(spaced));
        into.add(spaced.replace("%", "%%"));
      }
    }
    into.add(secret.replace("%", "%%"));
    into.add(secret.replace("'", "''"));
    into.add(secret.replace("\\", "\\\\").replace("'", "\\'"));
    into.add(secret.replace("\\", "\\\\").replace("\"", "\\\""));
    byte[] octets = secret.getBytes(StandardCharsets.UTF_8);
    into.add(Base64.getEncoder().withoutPadding().encodeToString(octets));
    into.add(Base64.getUrlEncoder().withoutPadding().encodeToString(octets));
  }

  private static String lowerEscapes(String encoded) {
    return Pattern.compile("%[0-9A-F]{2}")
        .matcher(encoded)
        .replaceAll(escape -> escape.group().toLowerCase(Locale.ROOT));
  }
}

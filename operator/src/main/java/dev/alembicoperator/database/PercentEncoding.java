package dev.alembicoperator.database;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * RFC 3986 escapes, as forgiving as SQLAlchemy: what is no escape is text. {@code 50%} and {@code
 * %zz} stay, and so does a run of escapes that is no UTF-8, since it then was never meant as one.
 */
final class PercentEncoding {
  private PercentEncoding() {}

  static String decode(String text) {
    StringBuilder result = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      int end = endOfEscapes(text, at);
      if (end == at) {
        result.append(text.charAt(at++));
      } else {
        String run = text.substring(at, end);
        result.append(utf8(bytes(run)).orElse(run));
        at = end;
      }
    }
    return result.toString();
  }

  /**
   * As {@link #decode}, with {@code +} for a space: the query of a URL is written by the rules of
   * HTML forms.
   */
  static String decodeQuery(String text) {
    return decode(text.replace('+', ' '));
  }

  /**
   * Escapes every byte of UTF-8 but the ASCII characters that may stand; hexadecimal digits in
   * upper case.
   */
  static String encode(String text, IntPredicate mayStand) {
    StringBuilder result = new StringBuilder();
    for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
      if (octet >= 0 && mayStand.test(octet)) {
        result.append((char) octet);
      } else {
        result.append('%').append("%02X".formatted(octet));
      }
    }
    return result.toString();
  }

  /** RFC 3986's unreserved characters, which no encoder touches. */
  static boolean unreserved(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "-._~".indexOf(c) >= 0;
  }

  private static int endOfEscapes(String text, int start) {
    int at = start;
    while (at + 2 < text.length()
        && text.charAt(at) == '%'
        && hex(text.charAt(at + 1))
        && hex(text.charAt(at + 2))) {
      at += 3;
    }
    return at;
  }

  private static boolean hex(char c) {
    return c < 128 && Character.digit(c, 16) >= 0;
  }

  private static byte[] bytes(String escapes) {
    ByteArrayOutputStream octets = new ByteArrayOutputStream(escapes.length() / 3);
    for (int at = 0; at < escapes.length(); at += 3) {
      octets.write(Integer.parseInt(escapes, at + 1, at + 3, 16));
    }
    return octets.toByteArray();
  }

  private static Optional<String> utf8(byte[] octets) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets)).toString());
    } catch (CharacterCodingException notUtf8) {
      return Optional.empty();
    }
  }
}

package dev.alembicoperator.database;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A server's stream whose announced lengths are held to a bound before the driver believes them:
 * pgjdbc makes an array as long as a column says it is (PGStream.receiveTupleV3), up to two
 * gigabytes, whether or not the bytes ever come. Messages as in the PostgreSQL manual, "Message
 * Formats": type, length with itself, body; in a row the count of columns and before each its
 * length.
 */
final class BackendMessages extends FilterInputStream {
  /** Beyond every message that a look asks for. */
  static final int LONGEST = 1024 * 1024;

  private enum Awaits {
    FIRST,
    TYPE,
    LENGTH,
    COLUMNS,
    COLUMN_LENGTH,
    BODY,
    CIPHERTEXT
  }

  private Awaits awaits;
  private int type;
  private int number;
  private int digits;
  private int left;
  private int skip;

  private BackendMessages(InputStream in, Awaits first) {
    super(in);
    this.awaits = first;
  }

  /**
   * Of a fresh connection: the server may first answer a request for TLS with one letter. After an
   * {@code S} the stream is ciphertext and goes by unread.
   */
  static BackendMessages ofConnection(InputStream in) {
    return new BackendMessages(in, Awaits.FIRST);
  }

  /** Of what TLS has deciphered. */
  static BackendMessages ofPlaintext(InputStream in) {
    return new BackendMessages(in, Awaits.TYPE);
  }

  @Override
  public int read() throws IOException {
    int octet = super.read();
    if (octet >= 0) {
      check(octet);
    }
    return octet;
  }

  @Override
  public int read(byte[] buffer, int from, int length) throws IOException {
    int read = super.read(buffer, from, length);
    for (int at = from; at < from + read; ) {
      if (awaits == Awaits.CIPHERTEXT) {
        break;
      }
      if (skip > 0) {
        int passed = Math.min(skip, from + read - at);
        passed(passed);
        at += passed;
      } else {
        check(buffer[at++] & 0xff);
      }
    }
    return read;
  }

  private void passed(int octets) {
    skip -= octets;
    left -= octets;
    if (skip == 0) {
      awaits = left == 0 ? Awaits.TYPE : Awaits.COLUMN_LENGTH;
    }
  }

  private void check(int octet) throws IOException {
    switch (awaits) {
      case FIRST -> {
        if (octet == 'S') {
          awaits = Awaits.CIPHERTEXT;
        } else if (octet == 'N') {
          awaits = Awaits.TYPE;
        } else {
          begin(octet);
        }
      }
      case TYPE -> begin(octet);
      case LENGTH -> {
        if (complete(octet, 4)) {
          left = bounded(number - 4, LONGEST);
          if (left == 0) {
            awaits = Awaits.TYPE;
          } else if (type == 'D') {
            awaits = Awaits.COLUMNS;
          } else {
            skip = left;
            awaits = Awaits.BODY;
          }
        }
      }
      case COLUMNS -> {
        left = bounded(left - 1, LONGEST);
        if (complete(octet, 2)) {

          // Each column costs the driver a reference, and the message four bytes.
          bounded(number * 4, left);
          awaits = left == 0 ? Awaits.TYPE : Awaits.COLUMN_LENGTH;
        }
      }
      case COLUMN_LENGTH -> {
        left = bounded(left - 1, LONGEST);
        if (complete(octet, 4)) {
          skip = number == -1 ? 0 : bounded(number, left);
          if (skip > 0) {
            awaits = Awaits.BODY;
          } else {
            awaits = left == 0 ? Awaits.TYPE : Awaits.COLUMN_LENGTH;
          }
        }
      }
      case BODY -> passed(1);
      case CIPHERTEXT -> {}
    }
  }

  private void begin(int octet) {
    type = octet;
    awaits = Awaits.LENGTH;
  }

  /** Gathers a number of so many bytes, the highest first; true with the last of them. */
  private boolean complete(int octet, int width) {
    number = digits == 0 ? octet : (number << 8) | octet;
    digits++;
    if (digits < width) {
      return false;
    }
    digits = 0;
    return true;
  }

  private static int bounded(int value, int most) throws IOException {
    if (value < 0 || value > most) {
      throw new IOException("the server announced a message that cannot be");
    }
    return value;
  }
}

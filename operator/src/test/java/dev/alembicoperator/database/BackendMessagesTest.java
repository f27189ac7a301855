package dev.alembicoperator.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackendMessagesTest {
  private static byte[] message(char type, int length, int... octets) {
    ByteBuffer message = ByteBuffer.allocate(5 + octets.length).put((byte) type).putInt(length);
    for (int octet : octets) {
      message.put((byte) octet);
    }
    return message.array();
  }

  private static byte[] joined(byte[]... parts) {
    ByteBuffer all = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(part -> part.length).sum());
    Arrays.stream(parts).forEach(all::put);
    return all.array();
  }

  /** Read whole, and in pieces of every small size, and byte by byte. */
  private static void passes(byte[] stream, boolean connection) throws IOException {
    for (int size : new int[] {0, 1, 2, 3, 5, 7, 4096}) {
      InputStream in = of(stream, connection);
      ByteBuffer seen = ByteBuffer.allocate(stream.length);
      byte[] piece = new byte[Math.max(size, 1)];
      for (int read = 0; read >= 0 && seen.hasRemaining(); ) {
        read = size == 0 ? in.read() : in.read(piece);
        seen.put(size == 0 ? new byte[] {(byte) read} : Arrays.copyOf(piece, read));
      }
      assertThat(seen.array()).isEqualTo(stream);
    }
  }

  private static InputStream of(byte[] stream, boolean connection) {
    InputStream in = new ByteArrayInputStream(stream);
    return connection ? BackendMessages.ofConnection(in) : BackendMessages.ofPlaintext(in);
  }

  private static void refuses(byte[] stream) {
    for (int size : new int[] {1, 4096}) {
      InputStream in = of(stream, false);
      assertThatThrownBy(
              () -> {
                byte[] piece = new byte[size];
                while (in.read(piece) >= 0) {}
              })
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cannot be");
    }
  }

  private static byte[] good() {
    return joined(
        message('R', 8, 0, 0, 0, 0),
        message('1', 4),
        message('D', 6, 0, 0),
        message('D', 10, 0, 1, 0, 0, 0, 0),
        message('D', 10, 0, 1, 0xff, 0xff, 0xff, 0xff),
        message('D', 21, 0, 3, 0, 0, 0, 2, 'a', 'b', 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 'c'),
        message('C', 7, 'a', 'b', 0),
        message('Z', 5, 'I'));
  }

  @Test
  void letsRealMessagesPass() throws IOException {
    passes(good(), false);
    passes(good(), true);
    passes(joined(new byte[] {'N'}, good()), true);
    passes(message('E', 4 + BackendMessages.LONGEST, new int[BackendMessages.LONGEST]), false);
  }

  @Test
  void letsCiphertextPass() throws IOException {
    passes(joined(new byte[] {'S'}, message('D', Integer.MAX_VALUE, 1, 2, 3)), true);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, BackendMessages.LONGEST + 5})
  void refusesLengthsThatCannotBe(int length) {
    refuses(message('E', length, 1, 2, 3));
    refuses(joined(good(), message('D', length, 1, 2, 3)));
  }

  @Test
  void refusesColumnsLongerThanTheirMessage() {
    refuses(message('D', 20, 0, 1, 0x7f, 0xff, 0xff, 0xf7));
    refuses(message('D', 11, 0, 1, 0, 0, 0, 2));
    refuses(message('D', 20, 0, 1, 0xff, 0xff, 0xff, 0xfe));
    refuses(message('D', 20, 0xff, 0xff, 0, 0));
    refuses(message('D', 5, 0, 0));
    refuses(message('D', 12, 0, 1, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0));
  }
}

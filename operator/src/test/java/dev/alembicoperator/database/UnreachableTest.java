package dev.alembicoperator.database;

import static dev.alembicoperator.database.Looking.read;
import static dev.alembicoperator.database.Looking.settings;
import static dev.alembicoperator.database.Looking.unreachable;
import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.testing.TestPostgres;
import dev.alembicoperator.testing.TestPostgres.Database;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Servers that are away, silent, forbidden or hostile: one sentence, in bounded time. */
@Timeout(30)
class UnreachableTest {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final JdbcDatabaseReader reader = Looking.reader();

  @AfterEach
  void close() {
    reader.close();
  }

  private static ReadRequest request(String host, int port) {
    return new ReadRequest(
        settings("postgresql://app:C4nary-pw@%s:%d/orders".formatted(host, port)),
        "shop",
        Optional.empty(),
        "x",
        PATIENCE);
  }

  private static ServerSocket listening() throws IOException {
    return new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"));
  }

  /** Who writes the Secret learns nothing of the network the operator lives in. */
  @Test
  void everyKindOfUnreachableSaysTheSame() throws IOException {
    int port;
    String silence;
    try (ServerSocket silent = listening()) {
      port = silent.getLocalPort();
      silence = told(Looking.hosts(), port);
    }
    assertThat(silence).contains("probe.test", Integer.toString(port)).doesNotContain("C4nary");
    assertThat(told(Looking.hosts(), port)).as("refused").isEqualTo(silence);
    assertThat(told(policy(name -> List.of()), port)).as("unknown").isEqualTo(silence);
    assertThat(told(policy(name -> List.of(InetAddress.ofLiteral("169.254.169.254"))), port))
        .as("forbidden")
        .isEqualTo(silence);
    assertThat(told(new HostPolicy(List.of("*.example"), Set.of(), Looking::lookup), port))
        .as("not allowed")
        .isEqualTo(silence);
    assertThat(told(policy(name -> hang()), port)).as("name server silent").isEqualTo(silence);
  }

  private static HostPolicy policy(HostPolicy.Resolver resolver) {
    return new HostPolicy(List.of("127.0.0.0/8"), Set.of(), resolver);
  }

  private static List<InetAddress> hang() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return List.of();
  }

  private static String told(HostPolicy hosts, int port) {
    try (JdbcDatabaseReader one = new JdbcDatabaseReader(hosts, Clock.systemUTC())) {
      return withinPatience(() -> unreachable(one.read(request("probe.test", port))));
    }
  }

  private static <T> T withinPatience(Supplier<T> look) {
    Instant start = Instant.now();
    T result = look.get();
    assertThat(Duration.between(start, Instant.now())).isLessThan(PATIENCE.plusSeconds(6));
    return result;
  }

  @Test
  void theNextAddressOfANameIsTriedWhenTheFirstIsDead() throws IOException {
    TestPostgres postgres = TestPostgres.shared();
    Database database = postgres.database();
    HostPolicy two =
        policy(name -> {
          return List.of(InetAddress.ofLiteral("127.0.0.2"), InetAddress.ofLiteral("127.0.0.1"));
        });
    try (JdbcDatabaseReader both = new JdbcDatabaseReader(two, Clock.systemUTC())) {
      read(both.read(Looking.request(database.url().replace("127.0.0.1", "two.test"))));
    }
  }

  /** What a hostile server does. */
  enum Hostility {
    CLOSES {
      @Override
      void serve(Socket client, InputStream in, OutputStream out) {}
    },
    SENDS_ENDLESSLY {
      @Override
      void serve(Socket client, InputStream in, OutputStream out) throws IOException {
        byte[] junk = new byte[65536];
        Arrays.fill(junk, (byte) 'S');
        while (true) {
          out.write(junk);
        }
      }
    },
    SENDS_AN_ENDLESS_ERROR {
      @Override
      void serve(Socket client, InputStream in, OutputStream out) throws IOException {
        welcome(in, out);
        out.write(ByteBuffer.allocate(5).put((byte) 'E').putInt(Integer.MAX_VALUE).array());
        byte[] junk = new byte[65536];
        Arrays.fill(junk, (byte) 'M');
        while (true) {
          out.write(junk);
        }
      }
    },
    DRIPS {
      @Override
      void serve(Socket client, InputStream in, OutputStream out) throws IOException {
        welcome(in, out);
        out.write(ByteBuffer.allocate(5).put((byte) 'E').putInt(100_000).array());
        while (true) {
          out.write('M');
          out.flush();
          pause(Duration.ofMillis(100));
        }
      }
    },
    SENDS_GARBAGE {
      @Override
      void serve(Socket client, InputStream in, OutputStream out) throws IOException {
        welcome(in, out);
        byte[] garbage = new byte[10_000];
        new Random(1).nextBytes(garbage);
        out.write(garbage);
      }
    },
    NEGATIVE_LENGTH {
      @Override
      void serve(Socket client, InputStream in, OutputStream out) throws IOException {
        welcome(in, out);
        out.write(ByteBuffer.allocate(5).put((byte) 'E').putInt(-5).array());
      }
    },
    ANSWERS_WITH_A_HUGE_VALUE {
      @Override
      void serve(Socket client, InputStream in, OutputStream out) throws IOException {
        welcome(in, out);
        login(in, out);
        ByteBuffer row =
            ByteBuffer.allocate(11)
                .put((byte) 'D')
                .putInt(20)
                .putShort((short) 1)
                .putInt(Integer.MAX_VALUE - 8);
        out.write(row.array());
        pause(Duration.ofSeconds(1));
      }
    },
    ANSWERS_WITH_ENDLESS_ROWS {
      @Override
      void serve(Socket client, InputStream in, OutputStream out) throws IOException {
        welcome(in, out);
        login(in, out);
        byte[] value = new byte[60_000];
        ByteBuffer row =
            ByteBuffer.allocate(11 + value.length)
                .put((byte) 'D')
                .putInt(10 + value.length)
                .putShort((short) 1)
                .putInt(value.length);
        while (true) {
          out.write(row.array());
        }
      }
    };

    abstract void serve(Socket client, InputStream in, OutputStream out) throws IOException;

    /** No TLS; then the startup packet. */
    static void welcome(InputStream in, OutputStream out) throws IOException {
      in.readNBytes(8);
      out.write('N');
      in.readNBytes(ByteBuffer.wrap(in.readNBytes(4)).getInt() - 4);
    }

    static void login(InputStream in, OutputStream out) throws IOException {
      ByteBuffer answer = ByteBuffer.allocate(200);
      answer.put((byte) 'R').putInt(8).putInt(0);
      for (String[] pair :
          new String[][] {
            {"server_version", "18.0"},
            {"client_encoding", "UTF8"},
            {"DateStyle", "ISO"},
            {"integer_datetimes", "on"},
            {"standard_conforming_strings", "on"}
          }) {
        byte[] text = (pair[0] + "\0" + pair[1] + "\0").getBytes(StandardCharsets.UTF_8);
        answer.put((byte) 'S').putInt(4 + text.length).put(text);
      }
      answer.put((byte) 'Z').putInt(5).put((byte) 'I');
      out.write(answer.array(), 0, answer.position());
      out.flush();
      in.read();
    }

    /** The pace of the fault itself, not a wait for something to have happened. */
    static void pause(Duration time) {
      try {
        new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Hostility.class)
  void aHostileServerIsNoMoreThanUnreachable(Hostility hostility) throws IOException {
    try (ServerSocket server = listening()) {
      Thread serving = Thread.ofVirtual().start(() -> serve(server, hostility));
      String message =
          withinPatience(
              () -> unreachable(reader.read(request("127.0.0.1", server.getLocalPort()))));
      assertThat(message).hasSizeLessThan(400).doesNotContain("C4nary");
      serving.interrupt();
    }
  }

  private static void serve(ServerSocket server, Hostility hostility) {
    while (!Thread.currentThread().isInterrupted() && !server.isClosed()) {
      try (Socket client = server.accept()) {
        hostility.serve(client, client.getInputStream(), client.getOutputStream());
      } catch (IOException gone) {
        // The reader had enough.
      }
    }
  }
}

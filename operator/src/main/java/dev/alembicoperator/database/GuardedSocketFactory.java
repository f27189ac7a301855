package dev.alembicoperator.database;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.net.SocketFactory;

/**
 * Sockets that are connected to addresses chosen beforehand, and that give up on a server which
 * sends too slowly or too much. pgjdbc makes one by its class name and one text ({@code
 * socketFactory}, {@code socketFactoryArg}), and neither resolves the host nor connects when the
 * socket already is ({@code PGStream.createSocket}).
 *
 * <p>The read timeout of a socket starts anew with every byte; a server that drips one in time
 * would hold a thread for ever. So the connection as a whole has an end.
 */
public final class GuardedSocketFactory extends SocketFactory {
  private final List<InetSocketAddress> addresses;
  private final long connectBy;
  private final long endsAt;
  private final long mostBytes;

  /**
   * For pgjdbc.
   *
   * @param argument as {@link #argument} writes it
   */
  public GuardedSocketFactory(String argument) {
    String[] parts = argument.split(";", -1);
    this.connectBy = Long.parseLong(parts[0]);
    this.endsAt = Long.parseLong(parts[1]);
    this.mostBytes = Long.parseLong(parts[2]);
    int port = Integer.parseInt(parts[3]);
    this.addresses =
        Arrays.stream(parts, 4, parts.length)
            .map(address -> new InetSocketAddress(InetAddress.ofLiteral(address), port))
            .toList();
  }

  /**
   * What the constructor reads.
   *
   * @param addresses resolved, at least one, all of one port; tried in this order
   * @param connectBy when to have connected, on the clock of {@link System#nanoTime}
   * @param endsAt when the connection ends, on the same clock
   * @param mostBytes how much the server may send in all
   */
  static String argument(
      List<InetSocketAddress> addresses, long connectBy, long endsAt, long mostBytes) {
    return "%d;%d;%d;%d;".formatted(connectBy, endsAt, mostBytes, addresses.getFirst().getPort())
        + addresses.stream()
            .map(a -> a.getAddress().getHostAddress())
            .collect(Collectors.joining(";"));
  }

  /** Connected already; each address has an equal share of what is left of the time. */
  @Override
  public Socket createSocket() throws IOException {
    IOException failure = new SocketTimeoutException("no time left to connect");
    for (int i = 0; i < addresses.size(); i++) {
      long left =
          TimeUnit.NANOSECONDS.toMillis(connectBy - System.nanoTime()) / (addresses.size() - i);
      if (left <= 0) {
        break;
      }
      Socket socket = new GuardedSocket(endsAt, mostBytes);
      try {
        socket.connect(addresses.get(i), (int) Math.min(left, Integer.MAX_VALUE));
        return socket;
      } catch (IOException next) {
        socket.close();
        failure = next;
      }
    }
    throw failure;
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw elsewhere();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
    throw elsewhere();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw elsewhere();
  }

  @Override
  public Socket createSocket(
      InetAddress address, int port, InetAddress localAddress, int localPort) {
    throw elsewhere();
  }

  private static UnsupportedOperationException elsewhere() {
    return new UnsupportedOperationException("connects only where it was made for");
  }

  /** Its stream watches over time and size, beneath TLS if there is any. */
  private static final class GuardedSocket extends Socket {
    private final long endsAt;
    private final long mostBytes;
    private volatile int timeout;
    private InputStream stream;

    GuardedSocket(long endsAt, long mostBytes) {
      this.endsAt = endsAt;
      this.mostBytes = mostBytes;
    }

    @Override
    public void setSoTimeout(int millis) throws SocketException {
      timeout = millis;
      super.setSoTimeout(millis);
    }

    @Override
    public int getSoTimeout() {
      return timeout;
    }

    @Override
    public synchronized InputStream getInputStream() throws IOException {
      if (stream == null) {
        stream = BackendMessages.ofConnection(new GuardedStream(super.getInputStream()));
      }
      return stream;
    }

    private void waitNoLongerThanAllowed() throws IOException {
      long left = TimeUnit.NANOSECONDS.toMillis(endsAt - System.nanoTime());
      if (left <= 0) {
        throw new SocketTimeoutException("the connection's time is over");
      }
      long millis = timeout == 0 ? left : Math.min(timeout, left);
      super.setSoTimeout((int) Math.min(millis, Integer.MAX_VALUE));
    }

    private final class GuardedStream extends FilterInputStream {
      private long received;

      GuardedStream(InputStream in) {
        super(in);
      }

      @Override
      public int read() throws IOException {
        waitNoLongerThanAllowed();
        int octet = super.read();
        count(octet < 0 ? 0 : 1);
        return octet;
      }

      @Override
      public int read(byte[] buffer, int from, int length) throws IOException {
        waitNoLongerThanAllowed();
        int read = super.read(buffer, from, length);
        count(Math.max(read, 0));
        return read;
      }

      private void count(int octets) throws IOException {
        received += octets;
        if (received > mostBytes) {
          throw new IOException("the server sent more than a look needs");
        }
      }
    }
  }
}

package dev.alembicoperator.database;

import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A network of addresses (RFC 4632).
 *
 * @param network any address of it
 * @param bits how many bits from the left all of its addresses share
 */
record Cidr(InetAddress network, int bits) {
  /** Only full spellings: {@code 10.1} would be 10.0.0.1 to the JDK. */
  private static final Pattern LITERAL =
      Pattern.compile("[0-9]+(?:\\.[0-9]+){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

  /** An address, or {@code address/bits}; empty when the text is neither. */
  static Optional<Cidr> parse(String text) {
    int slash = text.indexOf('/');
    Optional<InetAddress> address = literal(slash < 0 ? text : text.substring(0, slash));
    if (address.isEmpty()) {
      return Optional.empty();
    }
    int width = address.get().getAddress().length * 8;
    if (slash < 0) {
      return Optional.of(new Cidr(address.get(), width));
    }
    String bits = text.substring(slash + 1);
    if (!bits.matches("[0-9]{1,3}") || Integer.parseInt(bits) > width) {
      return Optional.empty();
    }
    return Optional.of(new Cidr(address.get(), Integer.parseInt(bits)));
  }

  /** An address in its usual spelling, without asking a name server. */
  static Optional<InetAddress> literal(String text) {
    if (!LITERAL.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException none) {
      return Optional.empty();
    }
  }

  boolean contains(InetAddress address) {
    byte[] mine = network.getAddress();
    byte[] other = address.getAddress();
    if (mine.length != other.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit % 8);
      if ((mine[bit / 8] & mask) != (other[bit / 8] & mask)) {
        return false;
      }
    }
    return true;
  }

  /** Names this machine on purpose; {@code 0.0.0.0/0} does not. */
  boolean loopback() {
    return network.isLoopbackAddress() && bits >= 8;
  }
}

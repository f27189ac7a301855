package dev.alembicoperator.database;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Where the operator may dial, and which address a name means.
 *
 * <p>Whoever may write a Secret may name any host. So an address is judged after the name was
 * resolved, and it is that very address that is dialled: a name that answers differently the second
 * time gains nothing. Refused whatever the settings say: unspecified, multicast, link-local
 * (169.254.0.0/16, fe80::/10: where clouds keep credentials of nodes), the metadata services
 * elsewhere, the API server, and each of these dressed as IPv6 (mapped, compatible, NAT64 of RFC
 * 6052, 6to4). Loopback is refused unless the settings name it by address or CIDR, as a workstation
 * without a cluster does: in a pod it is a sidecar, or the operator itself.
 */
public final class HostPolicy {
  /** Looks a name up; {@link InetAddress#getAllByName} outside of tests. */
  @FunctionalInterface
  public interface Resolver {
    /**
     * All addresses of a name, in the order of preference.
     *
     * @throws UnknownHostException when there is none
     */
    List<InetAddress> resolve(String name) throws UnknownHostException;
  }

  /**
   * Metadata services that are not link-local: Amazon by IPv6, Alibaba, Azure's host, Oracle's
   * former one.
   */
  private static final Set<String> METADATA =
      Set.of("fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192");

  private final List<Pattern> names;
  private final List<Cidr> networks;
  private final Set<InetAddress> forbidden;
  private final Resolver resolver;

  /**
   * A policy that asks the machine's own resolver.
   *
   * @param allowedHosts names with {@code *} for any text, addresses or CIDR; empty: every host. A
   *     short name meets the patterns as it was found: {@code <host>.<namespace>.svc}
   * @param forbidden addresses that are refused always: the API server's
   * @throws IllegalArgumentException when an entry is none of these
   */
  public HostPolicy(List<String> allowedHosts, Set<InetAddress> forbidden) {
    this(allowedHosts, forbidden, name -> List.of(InetAddress.getAllByName(name)));
  }

  /** As above, with names resolved by somebody else. */
  public HostPolicy(List<String> allowedHosts, Set<InetAddress> forbidden, Resolver resolver) {
    List<Pattern> globs = new ArrayList<>();
    List<Cidr> cidrs = new ArrayList<>();
    for (String entry : allowedHosts) {
      Cidr.parse(entry.strip()).ifPresentOrElse(cidrs::add, () -> globs.add(glob(entry.strip())));
    }
    this.names = List.copyOf(globs);
    this.networks = List.copyOf(cidrs);
    this.forbidden =
        METADATA.stream()
            .map(InetAddress::ofLiteral)
            .collect(Collectors.toCollection(HashSet::new));
    this.forbidden.addAll(forbidden);
    this.resolver = resolver;
  }

  /**
   * The addresses that a pod of that namespace would reach by this name, without those that are
   * refused. A name of at most one dot means a Service there first ({@code db}, {@code pg-0.pg}),
   * then what it says.
   *
   * @throws UnknownHostException when nothing is left, whatever the cause; its message tells which,
   *     and is for the operator's owner alone
   */
  public List<InetSocketAddress> resolve(String host, int port, String namespace)
      throws UnknownHostException {
    List<String> candidates = candidates(host, namespace);
    for (String candidate : candidates) {
      Optional<List<InetAddress>> found = lookup(candidate);
      if (found.isPresent()) {
        // What the name means is settled here: a refused Service does not send us to the name's
        // other meaning.
        List<InetSocketAddress> allowed =
            found.get().stream()
                .filter(address -> allows(candidate, address))
                .map(address -> new InetSocketAddress(address, port))
                .toList();
        if (allowed.isEmpty()) {
          throw new UnknownHostException(
              "the operator's settings do not allow any address of " + candidate);
        }
        return allowed;
      }
    }
    throw new UnknownHostException("no address for " + String.join(" or ", candidates));
  }

  /**
   * Whether the operator may look at this database: PostgreSQL, by TCP, and loopback only where
   * that is allowed.
   */
  public boolean observes(ConnectionSettings settings) {
    return settings.observable()
        || (settings.networked() && networks.stream().anyMatch(Cidr::loopback));
  }

  private Optional<List<InetAddress>> lookup(String name) {
    try {
      List<InetAddress> found = resolver.resolve(name);
      return found.isEmpty() ? Optional.empty() : Optional.of(found);
    } catch (UnknownHostException none) {
      return Optional.empty();
    }
  }

  private static List<String> candidates(String host, String namespace) {
    String name = host.toLowerCase(Locale.ROOT);
    boolean complete =
        name.isEmpty()
            || name.endsWith(".")
            || name.indexOf(':') >= 0
            || name.chars().filter(c -> c == '.').count() > 1
            || namespace.isEmpty()
            || ConnectionSettings.loopback(name)
            || Cidr.literal(name).isPresent();
    return complete ? List.of(name) : List.of(name + "." + namespace + ".svc", name);
  }

  private boolean allows(String name, InetAddress address) {
    if (refused(address)
        || embedded(address)
            .filter(inner -> refused(inner) || inner.isLoopbackAddress())
            .isPresent()) {
      return false;
    }
    boolean byAddress = networks.stream().anyMatch(network -> network.contains(address));
    if (address.isLoopbackAddress()) {
      return networks.stream().anyMatch(network -> network.loopback() && network.contains(address));
    }
    String plain = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    return byAddress
        || (names.isEmpty() && networks.isEmpty())
        || names.stream().anyMatch(pattern -> pattern.matcher(plain).matches());
  }

  private boolean refused(InetAddress address) {
    return address.isAnyLocalAddress()
        || address.isLinkLocalAddress()
        || address.isMulticastAddress()
        || firstOctet(address) == 0
        || address.getHostAddress().equals("255.255.255.255")
        || forbidden.contains(address);
  }

  /** 0.0.0.0/8 is "this network" (RFC 1122); Linux takes some of it for this machine. */
  private static int firstOctet(InetAddress address) {
    return address instanceof Inet4Address ? address.getAddress()[0] & 0xff : -1;
  }

  /** The IPv4 address that an IPv6 one leads to, by one of the ways of transition. */
  private static Optional<InetAddress> embedded(InetAddress address) {
    if (!(address instanceof Inet6Address six)) {
      return Optional.empty();
    }
    byte[] octets = six.getAddress();
    if (octets[0] == 0x20 && octets[1] == 0x02) {
      return Optional.of(ipv4(octets, 2));
    }
    byte[] nat64 = {0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};
    boolean compatible = six.isIPv4CompatibleAddress() && !six.isLoopbackAddress();
    return compatible || Arrays.equals(octets, 0, 12, nat64, 0, 12)
        ? Optional.of(ipv4(octets, 12))
        : Optional.empty();
  }

  private static InetAddress ipv4(byte[] octets, int from) {
    try {
      return InetAddress.getByAddress(Arrays.copyOfRange(octets, from, from + 4));
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static Pattern glob(String entry) {
    if (!entry.matches("[A-Za-z0-9._*-]+")) {
      throw new IllegalArgumentException(
          "an allowed host is a name with * for any text, an address or a CIDR such as 10.0.0.0/8;"
              + " this is none: "
              + entry);
    }
    return Pattern.compile(
        Arrays.stream(entry.toLowerCase(Locale.ROOT).split("\\*", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*")));
  }
}

package dev.alembicoperator.e2e;

import java.util.List;
import java.util.Map;

/**
 * Drops packets between pods, as a network policy does where the cluster's network enforces none:
 * rules of a table of its own in the nftables of this machine, through which the packets of the
 * recipe's pods go. Closing it takes the table away, as "config/dev/cluster down" does.
 */
final class PacketFilter implements AutoCloseable {

  private final String table;

  private PacketFilter(String table, String rule) {
    this.table = table;
    // Before the rules of kube-proxy's forwarding, after its translation of Services' addresses.
    nft("""
    table %s {
      chain forward {
        type filter hook forward priority filter - 10; policy accept;
        %s
      }
    }
    """
            .formatted(table, rule))
        .orFail();
  }

  /** Nobody but one address reaches the other. */
  static PacketFilter allBut(String from, String to) {
    return before(to, "ip saddr != %s ip daddr %s drop".formatted(from, to));
  }

  /** Nothing goes from one address to the other. */
  static PacketFilter between(String from, String to) {
    return before(to, "ip saddr %s ip daddr %s drop".formatted(from, to));
  }

  private static PacketFilter before(String address, String rule) {
    return new PacketFilter("inet alembic-operator-test-" + address.replace('.', '-'), rule);
  }

  @Override
  public void close() {
    nft("delete table " + table).orFail();
  }

  private static Command.Result nft(String commands) {
    return Command.run(Map.of(), commands, List.of("nft", "--file", "-"));
  }
}

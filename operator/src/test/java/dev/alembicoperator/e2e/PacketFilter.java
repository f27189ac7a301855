package dev.alembicoperator.e2e;

import java.util.List;
import java.util.Map;

/**
 * Drops packets between pods, as a network policy does where the cluster's network enforces none:
 * rules of a table of its own in the nftables of this machine, through which the packets of the
 * recipe's pods go. Closing it takes the table away.
 */
final class PacketFilter implements AutoCloseable {

  private static final String TABLE = "inet alembic-operator-test";

  private PacketFilter() {}

  /** Nobody but one address reaches the other. */
  static PacketFilter allBut(String from, String to) {
    return of("ip saddr != %s ip daddr %s drop".formatted(from, to));
  }

  /** Nothing goes from one address to the other. */
  static PacketFilter between(String from, String to) {
    return of("ip saddr %s ip daddr %s drop".formatted(from, to));
  }

  private static PacketFilter of(String rule) {
    remove();
    // Before the rules of kube-proxy's forwarding, after its translation of Services' addresses.
    nft("""
    table %s {
      chain forward {
        type filter hook forward priority filter - 10; policy accept;
        %s
      }
    }
    """
            .formatted(TABLE, rule))
        .orFail();
    return new PacketFilter();
  }

  @Override
  public void close() {
    remove();
  }

  private static void remove() {
    // "add" first: "delete" fails for what is not there.
    nft("add table %1$s\ndelete table %1$s\n".formatted(TABLE)).orFail();
  }

  private static Command.Result nft(String commands) {
    return Command.run(Map.of(), commands, List.of("nft", "--file", "-"));
  }
}

package dev.alembicoperator.database;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;

/** Where the operator may dial. */
public final class HostPolicy {
  /**
   * @param allowedHosts globs or CIDR; empty: every host
   * @param forbidden addresses that are refused always: the API server's
   */
  public HostPolicy(List<String> allowedHosts, Set<InetAddress> forbidden) {}

  /** The addresses to dial. */
  public List<InetSocketAddress> resolve(String host, int port, String namespace)
      throws IOException {
    return List.of(new InetSocketAddress(InetAddress.getByName(host), port));
  }
}

package dev.alembicoperator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.Reason;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What tests of the reader share: requests, and a network in which every name ending in .test is
 * this machine.
 */
final class Looking {
  static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  private Looking() {}

  static JdbcDatabaseReader reader() {
    return new JdbcDatabaseReader(hosts(), Clock.systemUTC());
  }

  static HostPolicy hosts() {
    return new HostPolicy(List.of("127.0.0.0/8"), Set.of(), Looking::lookup);
  }

  static List<InetAddress> lookup(String name) throws UnknownHostException {
    if (name.endsWith(".test")) {
      return List.of(InetAddress.ofLiteral("127.0.0.1"));
    }
    return List.of(Cidr.literal(name).orElseThrow(() -> new UnknownHostException(name)));
  }

  static ReadRequest request(String url) {
    return request(settings(url), Optional.empty(), "");
  }

  static ReadRequest request(
      ConnectionSettings settings, Optional<VersionTable> table, String prefix) {
    return new ReadRequest(settings, "shop", table, prefix, CONNECT_TIMEOUT);
  }

  static ConnectionSettings settings(String url) {
    try {
      return ConnectionUrls.parse(url);
    } catch (InvalidConnectionException e) {
      throw new IllegalArgumentException(e);
    }
  }

  static DatabaseView.Read read(DatabaseView view) {
    assertThat(view).isInstanceOf(DatabaseView.Read.class);
    return (DatabaseView.Read) view;
  }

  static String refused(DatabaseView view, Reason reason) {
    assertThat(view).isInstanceOf(DatabaseView.LoginRefused.class);
    DatabaseView.LoginRefused refused = (DatabaseView.LoginRefused) view;
    assertThat(refused.reason()).as(refused.message()).isEqualTo(reason);
    return refused.message();
  }

  static String unreachable(DatabaseView view) {
    assertThat(view).isInstanceOf(DatabaseView.Unreachable.class);
    return ((DatabaseView.Unreachable) view).message();
  }
}

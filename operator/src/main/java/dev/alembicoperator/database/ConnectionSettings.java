package dev.alembicoperator.database;

import dev.alembicoperator.api.v1alpha1.TlsMode;
import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * Where a database is and as whom to connect.
 *
 * @param dialect SQLAlchemy's name of the database, whatever spelling came in: {@code postgresql},
 *     {@code mysql}, {@code mariadb}, {@code sqlite}, …
 * @param driver SQLAlchemy's driver, where the settings name one ({@code asyncpg})
 * @param host a name, an address (IPv6 without brackets), a socket's directory, or empty for the
 *     dialect's own default; a list as libpq knows it ({@code a,b}, or {@code a:5432,b:5433} where
 *     the ports differ); see {@link #endpoints()}
 * @param port absent: the dialect's own
 * @param name the database; a path for SQLite; empty for the server's default
 * @param user empty when none is given
 * @param password decoded; empty when none is given
 * @param tls null when nobody said
 * @param caPem certificates to trust, as PEM text
 * @param options the query of the URL, decoded
 */
public record ConnectionSettings(
    String dialect,
    Optional<String> driver,
    String host,
    OptionalInt port,
    String name,
    String user,
    String password,
    TlsMode tls,
    Optional<String> caPem,
    Map<String, String> options) {

  private static final Map<String, String> DIALECTS =
      Map.of(
          "postgres", "postgresql",
          "pgsql", "postgresql",
          "psql", "postgresql",
          "mysql2", "mysql",
          "sqlite3", "sqlite");

  public ConnectionSettings {
    dialect = normalised(Objects.requireNonNull(dialect, "dialect"));
    driver = driver == null ? Optional.empty() : driver;
    host = host == null ? "" : host;
    port = port == null ? OptionalInt.empty() : port;
    name = name == null ? "" : name;
    user = user == null ? "" : user;
    password = password == null ? "" : password;
    caPem = caPem == null ? Optional.empty() : caPem;
    options = options == null ? Map.of() : Map.copyOf(options);
  }

  /**
   * SQLAlchemy's name for a dialect that people also spell {@code postgres}, {@code pgsql}, {@code
   * sqlite3}, ….
   */
  static String normalised(String dialect) {
    String lower = dialect.toLowerCase(Locale.ROOT);
    return DIALECTS.getOrDefault(lower, lower);
  }

  /**
   * One server of the list.
   *
   * @param host a name or address, without brackets
   * @param port absent: the dialect's own
   */
  public record Endpoint(String host, OptionalInt port) {}

  /** The servers in the order in which to try them; one unless {@link #host} is a list. */
  public List<Endpoint> endpoints() {
    return Endpoints.split(host, port);
  }

  /**
   * Whether the operator can look at this database from its own pod: PostgreSQL, over the network.
   * A socket or a loopback address means a sidecar of the Job's pod, which is somewhere else than
   * the operator.
   */
  public boolean observable() {
    return networked() && endpoints().stream().noneMatch(endpoint -> loopback(endpoint.host()));
  }

  /** PostgreSQL by TCP, wherever that leads. */
  boolean networked() {
    return dialect.equals("postgresql")
        && endpoints().stream()
            .noneMatch(
                e -> e.host().isEmpty() || e.host().startsWith("/") || e.host().startsWith("@"));
  }

  /** Every spelling of "this machine", without asking any name server. */
  static boolean loopback(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    String plain = lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    if (plain.equals("localhost")
        || plain.endsWith(".localhost")
        || plain.equals("localhost.localdomain")) {
      return true;
    }
    try {
      InetAddress address = InetAddress.ofLiteral(plain);
      return address.isLoopbackAddress() || address.isAnyLocalAddress();
    } catch (IllegalArgumentException notAnAddress) {
      return false;
    }
  }

  /**
   * The same settings with the resource's own word on TLS, which goes before the URL's; null leaves
   * the URL's.
   */
  public ConnectionSettings withTls(TlsMode mode, Optional<String> ca) {
    return new ConnectionSettings(
        dialect,
        driver,
        host,
        port,
        name,
        user,
        password,
        mode == null ? tls : mode,
        ca.or(() -> caPem),
        options);
  }

  /**
   * The mode to connect with: what was said; {@code verify-full} where a CA is given; else libpq's
   * own default.
   */
  public TlsMode effectiveTls() {
    if (tls != null) {
      return tls;
    }
    return caPem.isPresent() ? TlsMode.VERIFY_FULL : TlsMode.PREFER;
  }

  /** What must never appear in any text, to feed a {@link Scrubber}. */
  public Set<String> secrets() {
    Set<String> secrets = new LinkedHashSet<>();
    if (!password.isEmpty()) {
      secrets.add(password);
    }
    options.forEach((key, value) -> {
      if (sensitive(key) && !value.isEmpty()) {
        secrets.add(value);
      }
    });
    return Set.copyOf(secrets);
  }

  private static boolean sensitive(String option) {
    String lower = option.toLowerCase(Locale.ROOT);
    return lower.contains("pass")
        || lower.contains("pwd")
        || lower.contains("secret")
        || lower.contains("token");
  }

  /** Neither the password nor the value of any option: nobody knows what people put there. */
  @Override
  public String toString() {
    return "ConnectionSettings[dialect=%s, driver=%s, host=%s, port=%s, name=%s, user=%s, password=%s, tls=%s, ca=%s, options=%s]"
        .formatted(
            dialect,
            driver.orElse(""),
            host,
            port.isPresent() ? port.getAsInt() : "",
            name,
            user,
            password.isEmpty() ? "none" : "***",
            tls == null ? "" : tls.text(),
            caPem.isPresent() ? "given" : "none",
            new TreeMap<>(options).keySet());
  }
}

package dev.alembicoperator.database;

import dev.alembicoperator.api.v1alpha1.TlsMode;
import dev.alembicoperator.database.ConnectionSettings.Endpoint;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/**
 * Opens connections to PostgreSQL. The driver gets host, port and credentials as properties, each
 * chosen here: a URL with credentials would stand in its messages, and a property of the user's
 * choice can name a class or a file (CVE-2022-26520).
 */
final class Dialer {
  static final String APPLICATION_NAME = "alembic-operator";

  private static final int DEFAULT_PORT = 5432;
  private static final Set<String> CHANNEL_BINDINGS = Set.of("disable", "prefer", "require");

  /** The authorities of the settings cannot be read. */
  static final class UnreadableAuthorities extends Exception {
    private static final long serialVersionUID = 1L;
  }

  private final HostPolicy hosts;

  Dialer(HostPolicy hosts) {
    this.hosts = hosts;
  }

  /**
   * Opens one connection.
   *
   * @param connectTimeout for the connection and for each answer during the login
   * @param lifetime after which the connection ends by itself
   * @param mostBytes that the server may send over it
   * @throws UnknownHostException when there is no address or none may be dialled
   */
  Connection dial(
      ConnectionSettings settings,
      Endpoint endpoint,
      String namespace,
      Duration connectTimeout,
      Duration lifetime,
      long mostBytes)
      throws SQLException, UnknownHostException, UnreadableAuthorities {
    int port = endpoint.port().orElse(DEFAULT_PORT);
    List<InetSocketAddress> addresses = hosts.resolve(endpoint.host(), port, namespace);
    long now = System.nanoTime();
    Properties properties = properties(settings, endpoint.host(), port, seconds(connectTimeout));
    PGProperty.SOCKET_FACTORY.set(properties, GuardedSocketFactory.class.getName());
    PGProperty.SOCKET_FACTORY_ARG.set(
        properties,
        GuardedSocketFactory.argument(
            addresses, now + connectTimeout.toNanos(), now + lifetime.toNanos(), mostBytes));
    return new Driver().connect("jdbc:postgresql://", properties);
  }

  private static Properties properties(
      ConnectionSettings settings, String host, int port, int seconds)
      throws UnreadableAuthorities {
    Properties properties = new Properties();
    PGProperty.PG_HOST.set(properties, host);
    PGProperty.PG_PORT.set(properties, port);
    PGProperty.PG_DBNAME.set(
        properties, settings.name().isEmpty() ? settings.user() : settings.name());
    PGProperty.USER.set(properties, settings.user());
    PGProperty.PASSWORD.set(properties, settings.password());
    PGProperty.APPLICATION_NAME.set(properties, APPLICATION_NAME);
    PGProperty.CONNECT_TIMEOUT.set(properties, seconds);
    PGProperty.SOCKET_TIMEOUT.set(properties, seconds);
    PGProperty.SSL_RESPONSE_TIMEOUT.set(properties, seconds * 1000);
    PGProperty.GSS_ENC_MODE.set(properties, "disable");
    // Kerberos would look for tickets of the operator's own.
    PGProperty.REQUIRE_AUTH.set(properties, "!gss,!sspi");
    // No statement with a name: behind a pooler the next one may meet another session.
    PGProperty.PREPARE_THRESHOLD.set(properties, 0);
    PGProperty.MAX_RESULT_BUFFER.set(properties, "4M");
    // Without the statement, and without DETAIL, which may hold a row.
    PGProperty.LOG_SERVER_ERROR_DETAIL.set(properties, false);
    String binding = settings.options().getOrDefault("channel_binding", "");
    if (CHANNEL_BINDINGS.contains(binding)) {
      PGProperty.CHANNEL_BINDING.set(properties, binding);
    }
    tls(settings, properties);
    return properties;
  }

  private static void tls(ConnectionSettings settings, Properties properties)
      throws UnreadableAuthorities {
    TlsMode mode = settings.effectiveTls();
    if (mode == TlsMode.REQUIRE && settings.caPem().isPresent()) {
      // As libpq: with an authority at hand, require means verify-ca (PostgreSQL manual, "SSL
      // Support").
      mode = TlsMode.VERIFY_CA;
    }
    PGProperty.SSL_MODE.set(properties, mode.text());
    PGProperty.SSL_FACTORY.set(properties, TrustFactory.class.getName());
    if (mode == TlsMode.VERIFY_CA || mode == TlsMode.VERIFY_FULL) {
      String pem = settings.caPem().orElse("");
      readable(pem);
      PGProperty.SSL_FACTORY_ARG.set(
          properties, TrustFactory.verifying(mode == TlsMode.VERIFY_FULL, pem));
    } else {
      PGProperty.SSL_FACTORY_ARG.set(properties, TrustFactory.anybody());
    }
  }

  private static void readable(String pem) throws UnreadableAuthorities {
    try {
      if (!pem.isEmpty()) {
        TrustFactory.certificates(pem);
      }
    } catch (CertificateException none) {
      throw new UnreadableAuthorities();
    }
  }

  /** The driver counts in whole seconds, and takes none for "for ever". */
  private static int seconds(Duration duration) {
    return Math.clamp((duration.toMillis() + 999) / 1000, 1, 3600);
  }
}

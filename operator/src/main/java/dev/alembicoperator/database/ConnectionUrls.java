package dev.alembicoperator.database;

import dev.alembicoperator.api.v1alpha1.TlsMode;
import dev.alembicoperator.database.ConnectionSettings.Endpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the connection URLs that people keep in Secrets: SQLAlchemy's, libpq's and JDBC's
 * spellings, with whitespace and quotes around them, and with passwords that nobody escaped.
 *
 * <p>The rules, which the runner shares ({@code connection-urls.json} in the tests holds the cases
 * of both):
 *
 * <ul>
 *   <li>User, password and database are percent-decoded as SQLAlchemy does
 *       (sqlalchemy/engine/url.py, {@code _parse_url}); an escape that is none ({@code %zz}, a last
 *       {@code %}) is text. Query values besides read {@code +} as a space.
 *   <li>The user ends at the first {@code :}, the password at the last {@code @}. An {@code @} in a
 *       query is not meant: where the text ends in {@code ?key=value&…} with an {@code @} before
 *       it, the last one before it counts.
 *   <li>For PostgreSQL, {@code host}, {@code port}, {@code dbname}, {@code user} and {@code
 *       password} in the query go before what the URL says elsewhere, as with libpq. They are no
 *       options then.
 * </ul>
 *
 * <p>{@code java.net.URI} is not used: it throws with the text, and so the password, in its
 * message.
 */
public final class ConnectionUrls {
  private static final Pattern SCHEME =
      Pattern.compile("([A-Za-z][A-Za-z0-9_]*)(?:\\+([A-Za-z0-9_]+))?://");
  private static final Pattern JDBC =
      Pattern.compile("(?i)jdbc:(postgresql|mysql|mariadb|sqlite):(//)?");
  private static final Pattern QUERY =
      Pattern.compile("\\?[A-Za-z_][A-Za-z0-9_.]*=[^&]*+(?:&[A-Za-z_][A-Za-z0-9_.]*=[^&]*+)*+");
  private static final Pattern PLAIN_ADDRESS =
      Pattern.compile("[A-Za-z0-9._,-]+(?::[0-9]{1,5})?/[^/@:]*");

  /** Schemes that people paste from other services' Secrets. */
  private static final Set<String> NO_DATABASES =
      Set.of(
          "http", "https", "ftp", "file", "ldap", "ldaps", "redis", "rediss", "amqp", "amqps",
          "mongodb", "kafka", "s3");

  /** Beyond every token that a cloud hands out as a password. */
  private static final int LONGEST = 16_384;

  private ConnectionUrls() {}

  /**
   * Reads one URL.
   *
   * @throws InvalidConnectionException when it cannot be understood; its message holds no part of
   *     the text
   */
  public static ConnectionSettings parse(String url) throws InvalidConnectionException {
    String text = unwrapped(url);
    Matcher jdbc = JDBC.matcher(text);
    if (jdbc.lookingAt()) {
      String dialect = jdbc.group(1).toLowerCase(Locale.ROOT);
      String rest = text.substring(jdbc.end());
      if (dialect.equals("sqlite")) {
        return file(dialect, Optional.empty(), "/" + (jdbc.group(2) == null ? rest : "//" + rest));
      }
      // jdbc:postgresql:orders is the database of that name on this machine (pgjdbc, "Connecting to
      // the Database").
      return server(
          dialect, Optional.empty(), jdbc.group(2) == null ? "localhost/" + rest : rest, true);
    }
    Matcher scheme = SCHEME.matcher(text);
    if (!scheme.lookingAt()) {
      throw new InvalidConnectionException(schemeMissing(text));
    }
    String dialect = ConnectionSettings.normalised(scheme.group(1));
    if (NO_DATABASES.contains(dialect)) {
      throw new InvalidConnectionException(
          "the URL is that of another kind of service; a database URL begins like postgresql:// or"
              + " mysql+pymysql://");
    }
    Optional<String> driver = Optional.ofNullable(scheme.group(2));
    String rest = text.substring(scheme.end());
    return dialect.equals("sqlite")
        ? file(dialect, driver, rest)
        : server(dialect, driver, rest, false);
  }

  private static String unwrapped(String url) throws InvalidConnectionException {
    if (url.length() > LONGEST) {
      throw new InvalidConnectionException(
          "the URL is longer than "
              + LONGEST
              + " characters; look whether the key holds something else");
    }
    String text = stripped(url);
    if (text.length() > 1
        && "\"'`".indexOf(text.charAt(0)) >= 0
        && text.endsWith(text.substring(0, 1))) {
      text = stripped(text.substring(1, text.length() - 1));
    }
    if (text.isEmpty()) {
      throw new InvalidConnectionException(
          "the URL is empty; write it as postgresql://user:password@host:5432/database");
    }
    if (text.chars().anyMatch(Character::isISOControl)) {
      throw new InvalidConnectionException(
          "the URL has a line break or another control character in it; write it as one line");
    }
    return text;
  }

  /** Whitespace of every kind, and the byte order mark that some editors leave. */
  private static String stripped(String text) {
    return text.replace("\uFEFF", "").strip();
  }

  private static String schemeMissing(String text) {
    if (text.regionMatches(true, 0, "jdbc:", 0, 5)) {
      return "of JDBC URLs only those of PostgreSQL, MySQL, MariaDB and SQLite are read; write it"
          + " as SQLAlchemy does";
    }
    if (text.matches("(?is).*\\b(?:host|dbname|user)\\s*=.*")) {
      return "the connection string is one of keywords and values; write it as"
          + " postgresql://user:password@host/database";
    }
    return "the URL does not begin with a database's scheme; write it as"
        + " postgresql://user:password@host:5432/database (and look whether the Secret's"
        + " value was base64-encoded twice)";
  }

  /** SQLite: {@code ///relative}, {@code ////absolute}, or nothing for a database in memory. */
  private static ConnectionSettings file(String dialect, Optional<String> driver, String rest)
      throws InvalidConnectionException {
    int question = rest.indexOf('?');
    String path = question < 0 ? rest : rest.substring(0, question);
    if (!path.isEmpty() && !path.startsWith("/")) {
      throw new InvalidConnectionException(
          "a SQLite URL has three slashes before a relative path and four before an absolute one");
    }
    Map<String, List<String>> query = query(question < 0 ? "" : rest.substring(question + 1));
    return new ConnectionSettings(
        dialect,
        driver,
        "",
        OptionalInt.empty(),
        PercentEncoding.decode(path.isEmpty() ? "" : path.substring(1)),
        "",
        "",
        null,
        Optional.empty(),
        last(query));
  }

  private static ConnectionSettings server(
      String dialect, Optional<String> driver, String rest, boolean jdbc)
      throws InvalidConnectionException {
    int at = endOfCredentials(rest, jdbc);
    String credentials = at < 0 ? "" : rest.substring(0, at);
    int colon = credentials.indexOf(':');
    String user = PercentEncoding.decode(colon < 0 ? credentials : credentials.substring(0, colon));
    String password = colon < 0 ? "" : PercentEncoding.decode(credentials.substring(colon + 1));

    String tail = rest.substring(at + 1);
    int question = tail.indexOf('?');
    String address = question < 0 ? tail : tail.substring(0, question);
    Map<String, List<String>> query = query(question < 0 ? "" : tail.substring(question + 1));
    int slash = address.indexOf('/');
    String name = slash < 0 ? "" : PercentEncoding.decode(address.substring(slash + 1));
    List<Endpoint> endpoints = Endpoints.parse(slash < 0 ? address : address.substring(0, slash));

    if (dialect.equals("postgresql")) {
      endpoints = Endpoints.overridden(endpoints, query.remove("host"), query.remove("port"));
      name = taken(query, "dbname", name);
    }
    if (jdbc || dialect.equals("postgresql")) {
      user = taken(query, "user", user);
      password = taken(query, "password", password);
    }
    Map<String, String> options = last(query);
    return new ConnectionSettings(
        dialect,
        driver,
        Endpoints.host(endpoints),
        Endpoints.port(endpoints),
        name,
        user,
        password,
        dialect.equals("postgresql") ? tls(options) : null,
        Optional.empty(),
        options);
  }

  /** The index of the {@code @} before the host; -1 without credentials. */
  private static int endOfCredentials(String rest, boolean jdbc) {
    if (jdbc) {
      int question = rest.indexOf('?');
      return rest.lastIndexOf('@', question < 0 ? rest.length() : question);
    }
    boolean plain = false;
    for (int question = rest.indexOf('?');
        question >= 0;
        question = rest.indexOf('?', question + 1)) {
      if (QUERY.matcher(rest).region(question, rest.length()).matches()) {
        int at = rest.lastIndexOf('@', question);
        if (at >= 0) {
          return at;
        }
        plain |= PLAIN_ADDRESS.matcher(rest).region(0, question).matches();
      }
    }
    return plain ? -1 : rest.lastIndexOf('@');
  }

  /** Decoded pairs; those without a value are dropped, as SQLAlchemy drops them. */
  private static Map<String, List<String>> query(String text) {
    Map<String, List<String>> query = new LinkedHashMap<>();
    for (String pair : text.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0 && equals + 1 < pair.length()) {
        query
            .computeIfAbsent(
                PercentEncoding.decodeQuery(pair.substring(0, equals)), key -> new ArrayList<>())
            .add(PercentEncoding.decodeQuery(pair.substring(equals + 1)));
      }
    }
    return query;
  }

  private static String taken(Map<String, List<String>> query, String key, String otherwise) {
    List<String> values = query.remove(key);
    return values == null ? otherwise : values.getLast();
  }

  private static Map<String, String> last(Map<String, List<String>> query) {
    Map<String, String> options = new LinkedHashMap<>();
    query.forEach((key, values) -> options.put(key, values.getLast()));
    return options;
  }

  /**
   * libpq's {@code sslmode}; {@code ssl} as asyncpg (a mode) and pgjdbc (a truth value) know it.
   */
  private static TlsMode tls(Map<String, String> options) throws InvalidConnectionException {
    String mode =
        options.getOrDefault("sslmode", options.getOrDefault("ssl", "")).toLowerCase(Locale.ROOT);
    return switch (mode) {
      case "", "false", "0" -> null;
      case "disable" -> TlsMode.DISABLE;
      case "allow", "prefer" -> TlsMode.PREFER;
      case "require" -> TlsMode.REQUIRE;
      case "verify-ca" -> TlsMode.VERIFY_CA;
      case "verify-full", "true", "1" -> TlsMode.VERIFY_FULL;
      default ->
          throw new InvalidConnectionException(
              "the URL's sslmode is unknown; it is one of disable, prefer, require, verify-ca and"
                  + " verify-full");
    };
  }
}

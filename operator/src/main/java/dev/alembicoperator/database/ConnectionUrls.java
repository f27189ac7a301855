package dev.alembicoperator.database;

/** Reads the connection URLs that people keep in Secrets. */
public final class ConnectionUrls {
  private ConnectionUrls() {}

  /**
   * Reads one URL.
   *
   * @throws InvalidConnectionException when it cannot be understood
   */
  public static ConnectionSettings parse(String url) throws InvalidConnectionException {
    if (!url.contains("://")) {
      throw new InvalidConnectionException("The connection URL has no scheme");
    }
    throw new UnsupportedOperationException("not built yet");
  }
}

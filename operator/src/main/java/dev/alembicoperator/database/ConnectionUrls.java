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
    throw new InvalidConnectionException("not built yet");
  }
}

package dev.alembicoperator.testing;

import java.util.Set;

/**
 * A request that reached the mock API server.
 *
 * @param method GET, POST, PUT, PATCH or DELETE
 * @param path without the query
 * @param query what follows the question mark; empty if there is none
 * @param body as it was sent; empty if there is none
 * @param status the HTTP status that was answered
 */
public record ApiRequest(String method, String path, String query, String body, int status) {

  private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");

  /** Returns whether it changes something. */
  public boolean isWrite() {
    return !READING.contains(method);
  }

  /** Returns whether it opens a watch. */
  public boolean isWatch() {
    return query.contains("watch=true");
  }

  @Override
  public String toString() {
    return "%s %s -> %d".formatted(method, path, status);
  }
}

package dev.alembicoperator.runner;

/**
 * The application_name of a migration's session, {@code <namespace>/<name>/<attempt>/<revision>},
 * which every role may read in pg_stat_activity. PostgreSQL keeps 63 bytes (NAMEDATALEN - 1), so
 * the resource's part is short: what follows it must fit whole, or a living session would not be
 * known for ours.
 */
public final class ApplicationName {

  /**
   * Leaves 39 bytes: for two slashes, an attempt's number of five digits and a revision of the 32
   * that Alembic's column holds.
   */
  private static final int RESOURCE_BYTES = 24;

  private ApplicationName() {}

  /**
   * What the application_name of the attempt begins with, up to and with the slash before the
   * revision.
   */
  public static String prefix(String resource, long attempt) {
    return resource + "/" + attempt + "/";
  }

  /**
   * The resource's part: {@code namespace/name}; where that is too long its beginning and five
   * characters of the uid, so that two long names never look alike. Kubernetes names are ASCII: a
   * character is a byte.
   */
  public static String resource(String namespace, String name, String uid) {
    String key = namespace + "/" + name;
    if (key.length() <= RESOURCE_BYTES) {
      return key;
    }
    String tail = "~" + uid.substring(0, Math.min(5, uid.length()));
    return key.substring(0, RESOURCE_BYTES - tail.length()) + tail;
  }
}

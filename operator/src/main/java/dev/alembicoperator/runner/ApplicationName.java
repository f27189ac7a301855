package dev.alembicoperator.runner;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The application_name of a migration's session, {@code
 * <namespace>/<name>/<attempt>/<n>.<m>/<revision>}, which every role may read in pg_stat_activity.
 * PostgreSQL keeps 63 bytes (NAMEDATALEN - 1), so the resource's part is short: the attempt must
 * fit whole, or a living session would not be known for ours.
 */
public final class ApplicationName {

  /**
   * Leaves 39 bytes: for three slashes, an attempt's number of five digits, step 999 of 999, and 24
   * of the at most 32 that a revision has; Alembic's own ids have twelve. A longer one loses its
   * end, never the attempt.
   */
  private static final int RESOURCE_BYTES = 24;

  private static final Pattern POSITION = Pattern.compile("(\\d{1,9})\\.(\\d{1,9})/(.*)");

  private ApplicationName() {}

  /**
   * Where a session is in its run.
   *
   * @param step the step in progress, from 1; 0 before the first
   * @param steps of the whole run; 0 while nobody knows
   * @param revision of the step in progress; empty before the first
   */
  public record Position(int step, int steps, String revision) {}

  /**
   * What follows {@link #prefix}. A name of another form, which anybody may give to a session, is
   * taken for a revision as a whole.
   */
  public static Position position(String tail) {
    Matcher parts = POSITION.matcher(tail);
    boolean known = parts.matches();
    String revision = known ? parts.group(3) : tail;
    return new Position(
        known ? Integer.parseInt(parts.group(1)) : 0,
        known ? Integer.parseInt(parts.group(2)) : 0,
        revision.equals("-") ? "" : revision);
  }

  /**
   * What the application_name of the attempt begins with, up to and with the slash after its
   * number.
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

package dev.alembicoperator.api.v1alpha1;

/**
 * Patterns of the texts that people write into a resource. They are anchored, and kept to what RE2
 * and {@code java.util.regex} read alike: the API server checks with the former, clients may with
 * the latter.
 */
final class Texts {

  /** Any text on one line: no control characters, so that it cannot forge a line of a log. */
  static final String ONE_LINE = "^[^\\x00-\\x1f\\x7f]+$";

  /** An absolute path in the image. */
  static final String ABSOLUTE_PATH = "^/[^\\x00-\\x1f\\x7f]*$";

  /** An identifier as Python and SQLAlchemy have them. */
  static final String IDENTIFIER = "^[A-Za-z_][A-Za-z0-9_]*$";

  /**
   * The name of a table or schema. Dollar and hyphen are rare but in use; quotes, dots and spaces
   * are not accepted, whatever PostgreSQL allows, so that the text is harmless in any statement.
   */
  static final String SQL_NAME = "^[A-Za-z0-9_][A-Za-z0-9_$-]*$";

  /** The name of a variable in a POSIX environment. */
  static final String ENVIRONMENT_NAME = IDENTIFIER;

  /**
   * The name of most Kubernetes objects: a DNS subdomain (RFC 1123), but for two dots in a row. The
   * exact pattern is twice as long, and the definition holds this one more than a dozen times.
   */
  static final String OBJECT_NAME = "^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$";

  /** A key in a Secret or ConfigMap. */
  static final String OBJECT_KEY = "^[-._a-zA-Z0-9]+$";

  /**
   * A duration in hours, minutes and seconds. Each number is bounded, so that the sum fits every
   * type that has to hold it. An empty text matches; a minimum length keeps it out.
   */
  static final String DURATION = "^([0-9]{1,4}h)?([0-9]{1,6}m)?([0-9]{1,8}s)?$";

  /**
   * The rule that a duration is longer than zero. It says so of a malformed duration too, so that
   * this is told by the pattern alone.
   */
  static final String NOT_ZERO = "!self.matches('^[0hms]+$')";

  /**
   * An image as the distribution project writes one ({@code [host[:port]/]path[:tag][@digest]}),
   * loosely: the container runtime has the last word.
   */
  static final String IMAGE = "^[A-Za-z0-9\\[][A-Za-z0-9_.:/@+\\[\\]-]*$";

  /**
   * What Alembic resolves from the image alone: {@code head}, {@code heads}, {@code base}, a
   * revision or a prefix of one, each perhaps after {@code label@} and before {@code +n} or {@code
   * -n}. A bare {@code +1} or {@code -1} depends on the database and is refused; so is a range. The
   * hyphen is no part of a revision (Alembic refuses {@code @}, {@code +} and {@code -} in ids),
   * but people use it in labels.
   */
  static final String TARGET =
      "^([A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9_][A-Za-z0-9_.]*([+-][0-9]{1,4})?$";

  private Texts() {}
}

package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.HandledRequests;
import dev.alembicoperator.observe.Observation;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Annotations that ask for something once: a verb and a token, which status repeats when it has
 * been handled.
 */
public final class Verbs {

  /** Try again, although the last attempt's verdict stands. */
  public static final String RETRY = DatabaseMigration.GROUP + "/retry";

  /** End the attempt that is open. */
  public static final String CANCEL = DatabaseMigration.GROUP + "/cancel";

  /** Look with a pod that changes nothing: plan, and how models and tables differ. */
  public static final String CHECK = DatabaseMigration.GROUP + "/check";

  /** The same, and render the SQL of what is pending. */
  public static final String CHECK_SQL = DatabaseMigration.GROUP + "/check-sql";

  /** Every verb: a change of one wakes the loop. */
  public static final Set<String> ALL = Set.of(RETRY, CANCEL, CHECK, CHECK_SQL);

  private static final int LONGEST_TOKEN = 256;

  private Verbs() {}

  /** The retry token, cut to what status keeps; null when there is none. */
  public static String retryToken(Observation o) {
    return token(o, RETRY);
  }

  /** The cancel token, cut to what status keeps; null when there is none. */
  public static String cancelToken(Observation o) {
    return token(o, CANCEL);
  }

  /** The check token, as {@link #retryToken}. */
  public static String checkToken(Observation o) {
    return token(o, CHECK);
  }

  /** The token of a check with SQL, as {@link #retryToken}. */
  public static String checkSqlToken(Observation o) {
    return token(o, CHECK_SQL);
  }

  private static String token(Observation o, String verb) {
    Map<String, String> annotations = o.resource().getMetadata().getAnnotations();
    String token = annotations == null ? null : annotations.get(verb);
    return token == null || token.length() <= LONGEST_TOKEN
        ? token
        : token.substring(0, LONGEST_TOKEN);
  }

  /** Whether another try was asked for since the last one that was. */
  public static boolean retryAsked(Observation o) {
    return asked(retryToken(o), HandledRequests::retry, o);
  }

  /** Whether somebody asked to end the attempt that is open. */
  public static boolean cancelAsked(Observation o) {
    return asked(cancelToken(o), HandledRequests::cancel, o);
  }

  /** Whether a check was asked for since the last one that was. */
  public static boolean checkAsked(Observation o) {
    return asked(checkToken(o), HandledRequests::check, o);
  }

  /** Whether a check with SQL was asked for since the last one that was. */
  public static boolean checkSqlAsked(Observation o) {
    return asked(checkSqlToken(o), HandledRequests::checkSql, o);
  }

  private static boolean asked(
      String token, Function<HandledRequests, String> verb, Observation o) {
    HandledRequests handled = o.status().lastHandledRequests();
    return token != null
        && !token.isEmpty()
        && !token.equals(handled == null ? null : verb.apply(handled));
  }
}

package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.observe.Observation;
import java.util.Map;
import java.util.Objects;

/**
 * Annotations that ask for something once: a verb and a token, which status repeats when it has
 * been handled.
 */
public final class Verbs {

  /** Try again, although the last attempt's verdict stands. */
  public static final String RETRY = DatabaseMigration.GROUP + "/retry";

  private static final int LONGEST_TOKEN = 256;

  private Verbs() {}

  /** The retry token, cut to what status keeps; null when there is none. */
  public static String retryToken(Observation o) {
    Map<String, String> annotations = o.resource().getMetadata().getAnnotations();
    String token = annotations == null ? null : annotations.get(RETRY);
    return token == null || token.length() <= LONGEST_TOKEN
        ? token
        : token.substring(0, LONGEST_TOKEN);
  }

  /** Whether another try was asked for since the last one that was. */
  public static boolean retryAsked(Observation o) {
    String token = retryToken(o);
    String handled =
        o.status().lastHandledRequests() == null ? null : o.status().lastHandledRequests().retry();
    return token != null && !token.isEmpty() && !Objects.equals(token, handled);
  }
}

package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.Check;
import dev.alembicoperator.database.Backend;
import dev.alembicoperator.database.Blocker;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.runner.ApplicationName;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.List;

/** The sessions of a migration as the database server shows them. */
public final class Sessions {

  private Sessions() {}

  /** Sessions that carry the attempt's name; none when the database was not read. */
  public static List<Backend> of(Attempt attempt, Observation o) {
    String prefix = prefix(attempt, o);
    return o.databaseRead().stream()
        .flatMap(read -> read.backends().stream())
        .filter(b -> b.applicationName().startsWith(prefix))
        .toList();
  }

  /**
   * Where one of the attempt's sessions is, as its name tells. The revision is whatever follows the
   * numbers, whole: a part of a text may hold a part of a secret, which no scrubber knows.
   */
  public static ApplicationName.Position position(Backend session, Attempt attempt, Observation o) {
    return ApplicationName.position(
        session.applicationName().substring(prefix(attempt, o).length()));
  }

  /** Whether it is the latest check's. */
  static boolean ofCheck(Backend session, Observation o) {
    Check check = o.status().check();
    return check != null
        && check.number() != null
        && session.applicationName().startsWith(prefix(check.number(), o));
  }

  private static String prefix(Attempt attempt, Observation o) {
    return prefix(attempt.number(), o);
  }

  private static String prefix(long number, Observation o) {
    ObjectMeta meta = o.resource().getMetadata();
    return ApplicationName.prefix(
        ApplicationName.resource(meta.getNamespace(), meta.getName(), meta.getUid()), number);
  }

  /** Who blocks, for people. */
  public static String name(Blocker blocker) {
    return blocker
        .preparedTransaction()
        .map("the prepared transaction \"%s\""::formatted)
        .orElseGet(() ->
            "the session \"%s\" (pid %d)".formatted(blocker.applicationName(), blocker.pid()));
  }
}

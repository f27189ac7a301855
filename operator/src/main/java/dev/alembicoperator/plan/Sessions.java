package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Attempt;
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
    ObjectMeta meta = o.resource().getMetadata();
    String prefix =
        ApplicationName.prefix(
            ApplicationName.resource(meta.getNamespace(), meta.getName(), meta.getUid()),
            attempt.number());
    return o.databaseRead().stream()
        .flatMap(read -> read.backends().stream())
        .filter(b -> b.applicationName().startsWith(prefix))
        .toList();
  }

  /** The revision that a session's name ends in; empty before the first. */
  public static String revision(Backend session) {
    String name = session.applicationName();
    String revision = name.substring(name.lastIndexOf('/') + 1);
    return revision.equals("-") ? "" : revision;
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

package dev.alembicoperator.e2e;

import dev.alembicoperator.e2e.ClusterPostgres.Database;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/**
 * A revision that stays in one statement for as long as its database's setting says: long for the
 * run that something happens to, not at all for the one after it.
 */
final class LongRun {

  /** The body of such a revision. */
  static final String PAUSE =
      "op.execute(\"SELECT pg_sleep(current_setting('shop.pause')::float)\")";

  private final Shop shop;
  private final Database database;

  private LongRun(Shop shop, Database database) {
    this.shop = shop;
    this.database = database;
  }

  /** Sessions that begin from now on stay that long. */
  static LongRun in(Shop shop, Database database, Duration pause) {
    return new LongRun(shop, database).lasting(pause);
  }

  LongRun lasting(Duration pause) {
    // Only a superuser sets a parameter that the server does not know.
    shop.cluster()
        .postgres()
        .administrate(
            "ALTER DATABASE %s SET shop.pause = '%d'"
                .formatted(database.name(), pause.toSeconds()));
    return this;
  }

  /** Waits until a session of the resource is in the statement; returns its process id. */
  String awaitStatement(String name) {
    Awaitility.await("the statement runs")
        .atMost(Shop.PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> !sessions(name).isEmpty());
    return sessions(name).getFirst();
  }

  /** The resource's sessions that are in the statement. */
  List<String> sessions(String name) {
    return shop.query(
        database,
        """
        SELECT pid FROM pg_stat_activity
        WHERE application_name LIKE '%s/%s/%%' AND state = 'active' AND query LIKE '%%pg_sleep%%'
        """
            .formatted(shop.namespace(), name));
  }
}

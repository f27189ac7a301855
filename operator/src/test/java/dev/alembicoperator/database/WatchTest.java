package dev.alembicoperator.database;

import static dev.alembicoperator.database.Looking.read;
import static dev.alembicoperator.database.Looking.refused;
import static dev.alembicoperator.database.Looking.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.testing.TestPostgres;
import dev.alembicoperator.testing.TestPostgres.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections that are kept while a run is watched. */
class WatchTest {
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
  private final Clock clock = ((InstantSource) now::get).withZone(ZoneOffset.UTC);
  private final TestPostgres postgres = TestPostgres.shared();
  private final JdbcDatabaseReader reader = new JdbcDatabaseReader(Looking.hosts(), clock);

  @AfterEach
  void close() {
    reader.close();
  }

  private List<Integer> ours(Database database) throws SQLException {
    try (Connection connection = postgres.connect("postgres");
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT coalesce(array_agg(pid ORDER BY pid), '{}') FROM pg_stat_activity"
                    + " WHERE application_name = 'alembic-operator' AND datname = '"
                    + database.name()
                    + "'")) {
      row.next();
      return List.of((Integer[]) row.getArray(1).getArray());
    }
  }

  @Test
  void anIdleLookKeepsNothing() throws SQLException {
    Database database = postgres.database();
    read(reader.read(request(database.url())));
    assertThat(reader.kept()).isZero();
    await().until(() -> ours(database).isEmpty());
  }

  @Test
  void aWatchKeepsItsConnectionUntilAMinuteAfterTheLastLook() throws SQLException {
    Database database = postgres.database();
    read(reader.watch(request(database.url())));
    read(reader.watch(request(database.url())));
    await().until(() -> ours(database).size() == 1);
    List<Integer> first = ours(database);
    for (int i = 0; i < 5; i++) {
      now.set(now.get().plusSeconds(59));
      reader.closeIdle();
      read(reader.watch(request(database.url())));
    }
    assertThat(ours(database)).isEqualTo(first);
    now.set(now.get().plusSeconds(60));
    reader.closeIdle();
    assertThat(reader.kept()).isZero();
    await().until(() -> ours(database).isEmpty());
  }

  @Test
  void sessionsArePutBackAsTheyWere() throws SQLException {
    Database database = postgres.database();
    read(reader.watch(request(database.url())));
    for (int i = 0; i < 3; i++) {
      read(reader.watch(request(database.url())));
      assertThat(state(database)).isEqualTo("idle");
    }
  }

  private String state(Database database) throws SQLException {
    try (Connection connection = postgres.connect("postgres");
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT string_agg(state, ',') FROM pg_stat_activity WHERE application_name ="
                    + " 'alembic-operator' AND datname = '"
                    + database.name()
                    + "' AND pid IN (SELECT max(pid) FROM pg_stat_activity WHERE application_name ="
                    + " 'alembic-operator' AND datname = '"
                    + database.name()
                    + "')")) {
      row.next();
      return row.getString(1);
    }
  }

  @Test
  void manyWatchersHaveTwoConnections() throws SQLException {
    Database database = postgres.database();
    read(reader.watch(request(database.url())));
    assertThat(
            IntStream.range(0, 24).parallel().mapToObj(i -> reader.watch(request(database.url()))))
        .allMatch(DatabaseView.Read.class::isInstance);
    assertThat(ours(database).size()).isBetween(1, 2);
  }

  @Test
  void aKeptConnectionThatWasCutIsReplacedWithinTheSameLook() throws SQLException {
    Database database = postgres.database();
    read(reader.watch(request(database.url())));
    read(reader.watch(request(database.url())));
    postgres.execute(
        "postgres",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'alembic-operator' AND datname = '%s'"
            .formatted(database.name()));
    read(reader.watch(request(database.url())));
  }

  @Test
  void aWatchTellsWhatALookTells() {
    Database database = postgres.database("C4nary-right");
    Database wrong =
        new Database(database.port(), database.name(), database.user(), "C4nary-wrong");
    refused(reader.watch(request(wrong.url())), Reason.AuthenticationFailed);
    assertThat(reader.kept()).isZero();
    read(reader.watch(request(database.url())));
    read(reader.watch(request(database.url())));
    postgres.execute("postgres", "DROP DATABASE " + database.name() + " WITH (FORCE)");
    refused(reader.watch(request(database.url())), Reason.WaitingForDatabase);
    assertThat(reader.kept()).isZero();
  }

  @Test
  void aClosedReaderKeepsNothing() throws SQLException {
    Database database = postgres.database();
    read(reader.watch(request(database.url())));
    read(reader.watch(request(database.url())));
    reader.close();
    Looking.unreachable(reader.watch(request(database.url())));
    await().atMost(Duration.ofSeconds(10)).until(() -> ours(database).isEmpty());
  }
}

package dev.alembicoperator.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TestPostgresTest {
  @Test
  void checksPasswords() throws SQLException {
    TestPostgres postgres = TestPostgres.shared();
    TestPostgres.Database database = postgres.database("right");
    try (Connection connection = postgres.connect(database)) {
      assertThat(connection.getCatalog()).isEqualTo(database.name());
    }
    assertThatThrownBy(() ->
            postgres.connect(
                new TestPostgres.Database(
                    database.port(), database.name(), database.user(), "wrong")))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28P01"));
  }

  @Test
  void keepsItsDataAndPortOverAStop() throws SQLException {
    try (TestPostgres postgres = TestPostgres.start(Map.of())) {
      TestPostgres.Database database = postgres.database();
      int port = postgres.port();
      postgres.stop();
      postgres.start();
      assertThat(postgres.port()).isEqualTo(port);
      try (Connection connection = postgres.connect(database)) {
        assertThat(connection.isValid(5)).isTrue();
      }
    }
  }
}

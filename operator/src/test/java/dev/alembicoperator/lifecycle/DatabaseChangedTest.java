package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.testing.TestPostgres;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The Secret leads to another database than the one that was migrated before. */
class DatabaseChangedTest {

  private final World world = World.start();
  private final TestPostgres.Database other = TestPostgres.shared().database();

  @BeforeEach
  void migrate() {
    world.database("orders");
    world
        .image("example/orders:1", world.project().reversible(1, 2))
        .image("example/orders:2", world.project().reversible(1, 3))
        .apply("orders", "example/orders:1");
    world.awaitReady("orders");
    world.secret("orders-db", Map.of("url", other.url()));
  }

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void anIdleResourceDoesNotFillItUnasked() {
    DatabaseMigrationStatus status = world.awaitReason("orders", "DatabaseChanged");
    world.settle();

    assertThat(World.has(status, "Stalled")).isTrue();
    assertThat(World.message(status))
        .contains(status.applied().database(), status.database().identity(), "Secret", "/retry");
    assertThat(World.tables(other)).isEmpty();
    assertThat(world.jobsStarted()).isOne();
    assertThat(world.events("orders", "Warning")).containsExactly("DatabaseChanged");

    world.retry("orders", "it is meant");
    assertThat(world.awaitReady("orders").currentRevision()).isEqualTo("0002");
    assertThat(World.rows(other)).containsExactly("0002");
  }

  @Test
  void aNewImageMigratesItAndTheChangeIsTold() {
    world.apply("orders", "example/orders:2");

    DatabaseMigrationStatus status =
        world.await(
            "orders",
            s -> "True".equals(World.ready(s)) && "0003".equals(s.currentRevision()),
            "the other database migrated",
            Duration.ofSeconds(40));

    assertThat(World.audit(other)).containsExactly("0001", "0002", "0003");
    assertThat(status.applied().database()).isEqualTo(status.database().identity());
    assertThat(world.events("orders", "Warning")).contains("DatabaseChanged");
  }

  @Test
  void itIsNotTakenDownWithoutAPerson() {
    world.apply("orders", "example/orders:1", "target: head");
    world.awaitReason("orders", "DatabaseChanged");
    world.retry("orders", "fill it");
    world.awaitReady("orders");
    TestPostgres.Database third = TestPostgres.shared().database();
    World.execute(
        third,
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);"
            + "INSERT INTO alembic_version VALUES ('0002');"
            + "CREATE TABLE t1 (id integer); CREATE TABLE t2 (id integer);"
            + "CREATE TABLE audit (revision text, at timestamptz DEFAULT now())");
    world.secret("orders-db", Map.of("url", third.url()));

    world.apply("orders", "example/orders:1", "target: \"0001\"", "downgradePolicy: ToTarget");

    DatabaseMigrationStatus status = world.awaitReason("orders", "DatabaseChanged");
    assertThat(World.message(status)).contains("a downgrade", "/retry");
    assertThat(World.rows(third)).containsExactly("0002");
    world.retry("orders", "go down");
    assertThat(world.awaitReady("orders").currentRevision()).isEqualTo("0001");
    assertThat(World.tables(third)).doesNotContain("t2");
  }
}

package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.testing.TestPostgres;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Scenario 8 and the refusals of 4 to 6: what a run finds out before its first step. Each is told
 * once, by its own reason and with its remedy, changes nothing and is not repeated.
 */
class RefusalTest {

  private final World world = World.start();
  private final TestPostgres.Database database = world.database("orders");

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void aTargetThatTheImageDoesNotHave() {
    world
        .image("example/orders:1", world.project().revisions(1, 2))
        .apply("orders", "example/orders:1", "target: \"0099\"");

    refused("UnknownRevision", 1, "\"0099\"", "\"0002\"", "name a revision");
    assertThat(World.tables(database)).isEmpty();
  }

  @Test
  void anImageWithoutRevisions() {
    world.image("example/orders:1", world.project()).apply("orders", "example/orders:1");

    refused("NoMigrations", 1, "versions", ".dockerignore");
    assertThat(World.tables(database)).isEmpty();
  }

  @Test
  void anImageWithoutConfiguration() {
    world
        .image("example/orders:1", world.project().revisions(1, 1).delete("alembic.ini"))
        .apply("orders", "example/orders:1");

    refused("ConfigNotFound", 1, "alembic.ini", "alembic.workingDir");
    assertThat(World.tables(database)).isEmpty();
  }

  @Test
  void anImportErrorInEnvPy() {
    world
        .image("example/orders:1", world.project().revisions(1, 1).env("import orders_models\n"))
        .apply("orders", "example/orders:1");

    refused("ImportFailed", 1, "orders_models", "install the module");
    assertThat(World.tables(database)).isEmpty();
  }

  @Test
  void anInterpreterThatIsNotThere() {
    world
        .image("example/orders:1", world.project().revisions(1, 1))
        .apply("orders", "example/orders:1", "alembic: {python: [/opt/venv/bin/python]}");

    refused("PythonNotFound", 1, "spec.alembic.python");
    assertThat(World.tables(database)).isEmpty();
  }

  @Test
  void anInterpreterWithoutAlembic() {
    world
        .image("example/orders:1", world.project().revisions(1, 1))
        .apply("orders", "example/orders:1", "alembic: {python: [/usr/bin/python3, -I]}");

    refused("ImportFailed", 1, "alembic", "alembic.python");
    assertThat(World.tables(database)).isEmpty();
  }

  @Test
  void anOlderTarget() {
    world
        .image("example/orders:1", world.project().revisions(1, 3))
        .apply("orders", "example/orders:1");
    DatabaseMigrationStatus before = world.awaitReady("orders");

    world.apply("orders", "example/orders:1", "target: \"0002\"");

    DatabaseMigrationStatus status = refused("DowngradeForbidden", 2, "\"0003\"", "\"0002\"");
    assertThat(status.currentRevision()).isEqualTo("0003");
    assertThat(status.history()).isEqualTo(before.history());
    assertThat(World.rows(database)).containsExactly("0003");
  }

  @Test
  void anOlderImageUntilANewerOneComes() {
    world
        .image("example/orders:2", world.project().revisions(1, 3))
        .image("example/orders:1", world.project().revisions(1, 2))
        .image("example/orders:3", world.project().revisions(1, 4))
        .apply("orders", "example/orders:2");
    world.awaitReady("orders");

    world.apply("orders", "example/orders:1");
    DatabaseMigrationStatus status =
        refused("DatabaseAhead", 2, "\"0003\"", "\"0002\"", "image that has it");
    assertThat(status.heads()).containsExactly("0002");
    assertThat(World.rows(database)).containsExactly("0003");

    world.apply("orders", "example/orders:3");
    world.awaitReady("orders");
    assertThat(World.audit(database)).containsExactly("0001", "0002", "0003", "0004");
  }

  @Test
  void tablesThatNobodyVersioned() {
    World.execute(database, "CREATE TABLE customers (id integer)");
    world
        .image("example/orders:1", world.project().revisions(1, 2))
        .apply("orders", "example/orders:1");

    DatabaseMigrationStatus status =
        refused("UnversionedDatabase", 1, "\"customers\"", "adopt.baseline");

    assertThat(status.currentRevision()).isEqualTo("base");
    assertThat(World.tables(database)).containsExactly("customers");
  }

  /** Waits for the refusal, then sees to it that it stays the only one. */
  private DatabaseMigrationStatus refused(String reason, int jobs, String... words) {
    DatabaseMigrationStatus status = world.awaitReason("orders", reason);
    assertThat(World.has(status, "Stalled")).isTrue();
    assertThat(World.message(status)).contains(words);
    assertThat(world.events("orders", "Warning")).isEqualTo(List.of(reason));
    world.settle();
    assertThat(world.jobsStarted()).isEqualTo(jobs);
    assertThat(world.status("orders")).isEqualTo(status);
    return status;
  }
}

package dev.alembicoperator.lifecycle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.testing.TestPostgres;
import dev.alembicoperator.testing.Venvs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scenario 11: the shapes that projects come in. */
class ProjectShapesTest {

  /** Writes down which driver the migration itself runs on. */
  private static final String DRIVER =
      "op.execute(\"CREATE TABLE ran AS SELECT '%s' AS driver\" % op.get_bind().dialect.driver)";

  @TempDir private Path folder;

  private final World world = World.start();

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void anAsynchronousEnvPy() {
    TestPostgres.Database database = world.database("orders");
    world
        .image(
            "example/orders:1",
            world.project().env(AlembicProject.ASYNC_ENV).revisions(1, 2).revision(3, DRIVER))
        .apply("orders", "example/orders:1", "  driver: asyncpg");

    DatabaseMigrationStatus status = world.awaitReady("orders");

    assertThat(status.currentRevision()).isEqualTo("0003");
    assertThat(World.query(database, "SELECT driver FROM ran")).containsExactly("asyncpg");
    assertThat(World.audit(database)).containsExactly("0001", "0002", "0003");
  }

  @Test
  void nothingButPyprojectToml() {
    TestPostgres.Database database = world.database("orders");
    world
        .image(
            "example/orders:1",
            world
                .project()
                .revisions(1, 2)
                .delete("alembic.ini")
                .write(
                    "pyproject.toml",
                    """
                    [project]
                    name = "orders"

                    [tool.alembic]
                    script_location = "%(here)s/migrations"
                    """))
        .apply("orders", "example/orders:1");

    world.awaitReady("orders");

    assertThat(World.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void theDriverThatTheResourceNames() {
    TestPostgres.Database database = world.database("orders");
    world
        .secret(
            "orders-db",
            Map.of("url", database.url().replace("postgresql:", "postgresql+psycopg2:")))
        .image("example/orders:1", world.project().revision(1, DRIVER))
        .apply("orders", "example/orders:1", "  driver: psycopg");

    world.awaitReady("orders");

    assertThat(World.query(database, "SELECT driver FROM ran")).containsExactly("psycopg");
  }

  @Test
  void aSqliteFileThatOnlyThePodSees() throws Exception {
    Path file = folder.resolve("orders.db");
    world
        .secret("orders-db", Map.of("url", "sqlite:///" + file))
        .image("example/orders:1", sqlite("0001"))
        .image(
            "example/orders:2",
            sqlite("0001").write("migrations/versions/0002.py", sqliteRevision("0002", "'0001'")))
        .apply("orders", "example/orders:1", "  observe: Job");

    DatabaseMigrationStatus status = world.awaitReady("orders");
    assertThat(status.currentRevision()).isEqualTo("0001");
    assertThat(status.database().dialect()).isEqualTo("sqlite");
    world.apply("orders", "example/orders:1", "  observe: Job");
    world.settle();
    assertThat(world.jobsStarted()).isOne();

    world.apply("orders", "example/orders:2", "  observe: Job");
    assertThat(world.awaitReady("orders").currentRevision()).isEqualTo("0002");
    assertThat(ask(file, "SELECT revision FROM audit ORDER BY 1")).containsExactly("0001", "0002");
  }

  private AlembicProject sqlite(String revision) {
    return world
        .project()
        .write("migrations/versions/" + revision + ".py", sqliteRevision(revision, "None"));
  }

  private static String sqliteRevision(String id, String down) {
    return """
    from alembic import op

    revision = '%1$s'
    down_revision = %2$s


    def upgrade():
        op.execute('CREATE TABLE IF NOT EXISTS audit (revision text)')
        op.execute("INSERT INTO audit VALUES ('%1$s')")
    """
        .formatted(id, down);
  }

  private static List<String> ask(Path file, String sql) throws IOException, InterruptedException {
    String program =
        "import sqlite3, sys\nfor row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]):"
            + " print(row[0])";
    Process process =
        new ProcessBuilder(
                Venvs.get("alembic-latest").resolve("bin/python").toString(),
                "-c",
                program,
                file.toString(),
                sql)
            .redirectErrorStream(true)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    return out.lines().toList();
  }
}

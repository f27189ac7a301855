package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.testing.TestPostgres;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Only env.py knows where the version rows are: another table, in another schema. */
class VersionTableTest {

  private final World world = World.start();

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void theRowsAreReadWhereEnvPyKeepsThem() {
    TestPostgres.Database database = world.database("orders");
    AlembicProject project = world.project().revisions(1, 2);
    project.env(
        """
        import os
        from alembic import context
        from sqlalchemy import create_engine, pool

        engine = create_engine(os.environ["DATABASE_URL"], poolclass=pool.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS admin")
        with engine.connect() as connection:
            context.configure(
                connection=connection, version_table="applied", version_table_schema="admin"
            )
            with context.begin_transaction():
                context.run_migrations()
        """);
    world.image("example/orders:1", project).apply("orders", "example/orders:1");

    DatabaseMigrationStatus status = world.awaitReady("orders");

    assertThat(status.currentRevision()).isEqualTo("0002");
    assertThat(status.database().versionTable()).isEqualTo("admin.applied");
    assertThat(World.query(database, "SELECT version_num FROM admin.applied"))
        .containsExactly("0002");

    World.execute(database, "UPDATE admin.applied SET version_num = '0001'");
    assertThat(world.awaitReason("orders", "Drifted").currentRevision()).isEqualTo("0001");
  }
}

package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.plan.PlanSettings;
import dev.alembicoperator.testing.TestPostgres;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Two resources that want different things of one database. The operator's own interval is long, so
 * that only the other resource's changes can wake the one that waits.
 */
class SharedDatabaseTest {

  private final World world =
      World.with(new PlanSettings(Duration.ofMinutes(5), Duration.ofMinutes(2), Set.of()));
  private final TestPostgres.Database database = world.database("first");

  SharedDatabaseTest() {
    world.secret("second-db", Map.of("url", database.url()));
    world.image("example/app:1", world.project().revisions(1, 1));
    world.image("example/app:2", world.project().revisions(1, 2));
    world.apply("first", "example/app:1").awaitReady("first");
  }

  @AfterEach
  void close() {
    world.close();
  }

  private void refused() {
    world.apply("second", "example/app:2");
    DatabaseMigrationStatus status = world.awaitReason("second", "DatabaseShared");
    assertThat(World.message(status)).contains("\"first\" in namespace \"shop\"");
    assertThat(World.has(status, "Stalled")).isTrue();
    assertThat(World.rows(database)).containsExactly("0001");
    assertThat(world.jobsOf("second")).isEmpty();
  }

  /** Sooner than it would look by itself. */
  private void awakes() {
    world.await("second", s -> "True".equals(World.ready(s)), "waking", Duration.ofSeconds(20));
  }

  @Test
  void itHealsWhenTheyAgree() {
    refused();

    world.apply("first", "example/app:2").awaitReady("first");

    awakes();
    assertThat(World.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void itHealsWhenTheOlderGoes() {
    refused();

    world
        .user()
        .resources(DatabaseMigration.class)
        .inNamespace(World.NAMESPACE)
        .withName("first")
        .delete();

    awakes();
    assertThat(World.rows(database)).containsExactly("0002");
  }

  @Test
  void itHealsWhenTheOlderIsSuspended() {
    refused();

    world.suspend("first", true);

    awakes();
    assertThat(World.rows(database)).containsExactly("0002");
  }
}

package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.testing.TestPostgres;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scenario 11b: an image that does not go where it is sent. */
class WrongDatabaseTest {

  private final World world = World.start();
  private final TestPostgres.Database named = world.database("orders");
  private final TestPostgres.Database other = TestPostgres.shared().database();

  @AfterEach
  void close() {
    world.close();
  }

  /** Whether or not the operator has looked at the database itself. */
  @ParameterizedTest
  @ValueSource(strings = {"Operator", "Job"})
  void anAddressOfItsOwn(String observe) {
    AlembicProject project = world.project().revisions(1, 2);
    project.env(
        project
            .read("migrations/env.py")
            .replaceFirst("url = .*", "url = \"" + other.url() + "\""));

    world
        .image("example/orders:1", project)
        .apply("orders", "example/orders:1", "  observe: " + observe);

    assertRefused();
  }

  @Test
  void anotherVariable() {
    AlembicProject project = world.project().revisions(1, 2);
    project.env(project.read("migrations/env.py").replace("\"DATABASE_URL\"", "\"LEGACY_URL\""));

    world
        .image("example/orders:1", project)
        .apply(
            "orders",
            "example/orders:1",
            "pod: {env: [{name: LEGACY_URL, value: \"" + other.url() + "\"}]}");

    assertRefused();
  }

  private void assertRefused() {
    DatabaseMigrationStatus status = world.awaitReason("orders", "WrongDatabase");
    assertThat(World.has(status, "Stalled")).isTrue();
    assertThat(World.message(status))
        .contains(other.name(), "env.py", "database.urlEnv")
        .doesNotContain(other.password());
    assertThat(world.events("orders", "Warning")).containsExactly("WrongDatabase");
    world.settle();
    assertThat(world.jobsStarted()).isOne();
    assertThat(World.tables(named)).isEmpty();
    assertThat(World.tables(other)).isEmpty();
  }
}

package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.testing.TestPostgres;
import dev.alembicoperator.testing.Venvs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Scenario 24: a person runs plain Alembic at the same moment. */
class ByHandTest {

  private static final int ROUNDS = 8;

  /** One round's beginnings lie this far apart, so that the two meet at every stage. */
  private static final int STEP_MILLIS = 120;

  private static final List<String> REVISIONS = List.of("0001", "0002", "0003");

  private final World world = World.start();

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void whoeverWinsEveryRevisionIsAppliedOnce() throws Exception {
    AlembicProject project = world.project().revisions(1, 3);
    world.image("example/app:1", project);
    List<String> winners = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      String name = "round-" + round;
      TestPostgres.Database database = world.database(name);
      world.apply(name, "example/app:1");
      Process person = byHand(project, database, round * STEP_MILLIS);
      assertThat(person.waitFor(60, TimeUnit.SECONDS)).isTrue();

      DatabaseMigrationStatus status = world.awaitReady(name);
      assertThat(World.audit(database)).as(name).isEqualTo(REVISIONS);
      assertThat(status.currentRevisions()).as(name).containsExactly("0003");
      assertThat(status.history()).as(name).noneMatch(h -> h.outcome() == Outcome.Failed);
      assertThat(world.jobsOf(name)).as(name).hasSizeLessThanOrEqualTo(2);
      winners.add(person.exitValue() + "/" + status.history().size());
    }
    assertThat(winners).hasSize(ROUNDS);
  }

  /** Plain Alembic, as a person would run it, that many milliseconds from now. */
  private static Process byHand(AlembicProject project, TestPostgres.Database database, int delay)
      throws Exception {
    Path alembic = Venvs.get("alembic-latest").resolve("bin/alembic");
    ProcessBuilder builder =
        new ProcessBuilder(alembic.toString(), "upgrade", "head")
            .directory(project.folder().toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("DATABASE_URL", database.url());
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    return CompletableFuture.supplyAsync(
            () -> start(builder), CompletableFuture.delayedExecutor(delay, TimeUnit.MILLISECONDS))
        .get(30, TimeUnit.SECONDS);
  }

  private static Process start(ProcessBuilder builder) {
    try {
      return builder.start();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}

package dev.alembicoperator.runner;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

/**
 * The runner's own checks (format, lint, types, tests in several versions of Alembic), which are
 * Python, as a part of this build. They get an embedded PostgreSQL of their own, whose access rules
 * they change, so that a machine needs none; MariaDB they start themselves, after its packages are
 * installed by {@code config/dev/mariadb} where they are missing. With the newest versions only,
 * and with all of them where Maven's profile {@code e2e} sets {@code runner.tests}.
 */
class PythonChecksTest {

  private static final int TAIL = 80;

  @Test
  void theRunnerPassesItsOwnChecks() throws IOException, InterruptedException {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.builder().start()) {
      run("postgresql://postgres@127.0.0.1:%d/postgres".formatted(postgres.getPort()));
    }
  }

  private static void run(String postgres) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(Path.of("../config/dev/python-checks").toAbsolutePath().toString());
    builder.environment().put("TEST_POSTGRES_URL", postgres);
    builder.environment().put("RUNNER_TESTS", System.getProperty("runner.tests", "quick"));
    Process checks = builder.redirectErrorStream(true).start();
    checks.getOutputStream().close();
    Deque<String> tail = new ArrayDeque<>();
    try (BufferedReader lines = checks.inputReader()) {
      lines
          .lines()
          .forEach(line -> {
            System.out.println(line);
            tail.addLast(line);
            if (tail.size() > TAIL) {
              tail.removeFirst();
            }
          });
    }
    assertThat(checks.waitFor()).as(String.join("\n", tail)).isZero();
  }
}

package dev.alembicoperator.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.testing.TestPostgres;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

/**
 * The runner's own checks (format, lint, types, tests in several versions of Alembic), which are
 * Python, as a part of this build. They get the embedded PostgreSQL, so that a machine needs none
 * of its own.
 */
class PythonChecksTest {

  private static final int TAIL = 80;

  @Test
  void theRunnerPassesItsOwnChecks() throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(Path.of("../config/dev/python-checks").toAbsolutePath().toString());
    builder
        .environment()
        .put(
            "TEST_POSTGRES_URL",
            "postgresql://postgres@127.0.0.1:%d/postgres".formatted(TestPostgres.shared().port()));
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

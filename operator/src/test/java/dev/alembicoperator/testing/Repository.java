package dev.alembicoperator.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The repository that the tests run in, and its scripts. */
public final class Repository {

  private Repository() {}

  /** Returns the repository's root: Maven starts tests in their module's folder. */
  public static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve("config/dev"))) {
      folder = folder.getParent();
      if (folder == null) {
        throw new IllegalStateException("Tests must be run inside of the repository");
      }
    }
    return folder;
  }

  /**
   * Runs a script of {@code config/dev} and returns the last line of its standard output. Its
   * standard error, where such scripts tell their progress, goes to ours.
   */
  static String run(String script, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(root().resolve("config/dev").resolve(script).toString());
    command.addAll(Arrays.asList(arguments));
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      List<String> lines;
      try (var reader = process.inputReader()) {
        lines = reader.lines().toList();
      }
      int exitCode = process.waitFor();
      if (exitCode != 0 || lines.isEmpty()) {
        throw new IllegalStateException(command + " ended with exit code " + exitCode);
      }
      return lines.getLast();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot run " + command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while running " + command, e);
    }
  }
}

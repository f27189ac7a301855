package dev.alembicoperator.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Programs of this machine: kubectl, helm, and the scripts of {@code config/dev}. */
final class Command {

  private static final Duration LIMIT = Duration.ofMinutes(30);

  private Command() {}

  /** What a program answered. */
  record Result(List<String> command, int exitCode, String out, String err) {

    /** The standard output of a program that succeeded. */
    String orFail() {
      if (exitCode != 0) {
        throw new IllegalStateException(
            "%s ended with exit code %d:%n%s%s".formatted(command, exitCode, out, err));
      }
      return out;
    }

    String lastLine() {
      return orFail().lines().reduce((a, b) -> b).orElse("").strip();
    }
  }

  /** Runs a program to its end; the input is given to it as its standard input. */
  static Result run(Map<String, String> environment, String input, List<String> command) {
    return run(environment, input, command, false);
  }

  /** Runs a script that tells its progress on standard error, which is passed on. */
  static Result script(List<String> command) {
    return run(Map.of(), "", command, true);
  }

  private static Result run(
      Map<String, String> environment, String input, List<String> command, boolean progress) {
    try {
      Path in = Files.createTempFile("command", ".in");
      Path out = Files.createTempFile("command", ".out");
      Path err = Files.createTempFile("command", ".err");
      try {
        Files.writeString(in, input);
        ProcessBuilder builder =
            new ProcessBuilder(command)
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(
                    progress
                        ? ProcessBuilder.Redirect.INHERIT
                        : ProcessBuilder.Redirect.to(err.toFile()));
        builder.environment().putAll(environment);
        int exitCode = await(builder.start(), command);
        return new Result(command, exitCode, read(out), read(err));
      } finally {
        Files.delete(in);
        Files.delete(out);
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot run " + command, e);
    }
  }

  private static int await(Process process, List<String> command) {
    try {
      if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(command + " did not end within " + LIMIT);
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while running " + command, e);
    }
  }

  private static String read(Path file) throws IOException {
    return new String(Files.readAllBytes(file), UTF_8);
  }
}

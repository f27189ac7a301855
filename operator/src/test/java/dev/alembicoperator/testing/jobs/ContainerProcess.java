package dev.alembicoperator.testing.jobs;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The processes of one container: a leader in a session of its own, and its children.
 *
 * <p>As with a container, being asked to stop is the leader's business alone, and when the leader
 * ends, everything that it started is killed. Two differences: a leader without a handler for
 * SIGTERM dies of it here, while process 1 of a container would ignore it; and a grandchild that
 * leaves the session and outlives its parent escapes.
 */
final class ContainerProcess {

  /** From util-linux; macOS lacks it, but Python, which all images here need, can do the same. */
  private static final Path SETSID = Path.of("/usr/bin/setsid");

  private static final List<String> PYTHON_SETSID =
      List.of("python3", "-c", "import os, sys; os.setsid(); os.execvp(sys.argv[1], sys.argv[1:])");

  private final Process leader;

  private ContainerProcess(Process leader) {
    this.leader = leader;
  }

  /**
   * Starts a command, without any shell.
   *
   * @param command the command and its arguments
   * @param environment all of its environment, PATH included
   * @param log the file that takes both its standard output and its standard error
   * @throws IOException if it cannot be started; the message is the container runtime's
   */
  static ContainerProcess start(
      List<String> command, Map<String, String> environment, Path workingDirectory, Path log)
      throws IOException {
    requireExecutable(command.getFirst(), environment.get("PATH"), workingDirectory);
    List<String> inOwnSession =
        new ArrayList<>(Files.isExecutable(SETSID) ? List.of(SETSID.toString()) : PYTHON_SETSID);
    inOwnSession.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(inOwnSession)
            .directory(workingDirectory.toFile())
            .redirectErrorStream(true)
            .redirectInput(new File("/dev/null"))
            .redirectOutput(log.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    return new ContainerProcess(builder.start());
  }

  ProcessHandle leader() {
    return leader.toHandle();
  }

  /**
   * Waits for the leader to end, then ends what is left of the others.
   *
   * @return its exit code; 128 plus the signal's number if it was killed
   */
  int awaitEnd() throws InterruptedException {
    int exitCode = leader.waitFor();
    killGroup();
    return exitCode;
  }

  /** Sends SIGTERM to the leader, and kills them all after the grace period. */
  void stop(Duration grace, ScheduledExecutorService timer) {
    leader.destroy();
    var _ = timer.schedule(this::killIfAlive, grace.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Kills the leader and its children by SIGKILL. */
  void kill() {
    // Seen before the kill: afterwards, those that left the session cannot be found any more.
    List<ProcessHandle> children;
    try (Stream<ProcessHandle> descendants = leader.descendants()) {
      children = descendants.toList();
    }
    leader.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
    killGroup();
  }

  private void killIfAlive() {
    if (leader.isAlive()) {
      kill();
    }
  }

  /** Java has no call for process groups. The shell's own kill needs no other program. */
  private void killGroup() {
    try {
      new ProcessBuilder("/bin/sh", "-c", "kill -s KILL -- -" + leader.pid())
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot kill process group " + leader.pid(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void requireExecutable(String program, String path, Path workingDirectory)
      throws IOException {
    boolean found =
        program.contains("/")
            ? Files.isExecutable(workingDirectory.resolve(program))
            : Stream.of(path.split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    if (!found) {
      throw new IOException(
          "failed to create containerd task: failed to create shim task: OCI runtime create failed:"
              + " runc create failed: unable to start container process: error during container"
              + " init: exec: \"%s\": %s: unknown"
                  .formatted(
                      program,
                      program.contains("/")
                          ? "stat " + program + ": no such file or directory"
                          : "executable file not found in $PATH"));
    }
  }
}

package dev.alembicoperator.e2e;

import dev.alembicoperator.lifecycle.AlembicProject;
import dev.alembicoperator.testing.Repository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Images in the cluster's registry. Applications' releases differ only by their last layer; the
 * packages below are built once for a run.
 */
final class Images {

  /** Where a venv's packages are named; {@code config/dev/venvs}. */
  static final String NEWEST = "alembic-latest";

  private final Map<String, String> bases = new ConcurrentHashMap<>();
  private final AtomicInteger releases = new AtomicInteger();
  private final String run = Long.toString(System.currentTimeMillis() / 1000, Character.MAX_RADIX);
  private final Path folder;
  private String operator;

  Images() {
    try {
      folder = Files.createTempDirectory("images");
      folder.toFile().deleteOnExit();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * An image in the registry.
   *
   * @param tagged as people name it: {@code registry/name:tag}
   * @param digested by what it holds: {@code registry/name@sha256:…}
   */
  record Image(String tagged, String digested) {

    String repository() {
      return digested.substring(0, digested.indexOf('@'));
    }

    String digest() {
      return digested.substring(digested.indexOf('@') + 1);
    }
  }

  /** What tells this run's names from those of others before it. */
  String run() {
    return run;
  }

  /** The operator's own image, from what Maven has put into {@code target/image}. */
  synchronized Image operator() {
    if (operator == null) {
      operator = Cluster.script("image", "--push", "--built", "operator").lastLine();
    }
    return new Image(operator, operator);
  }

  /** An empty project, to be filled and published. */
  AlembicProject project() {
    try {
      return AlembicProject.in(Files.createTempDirectory(folder, "app"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Publishes a release of an application that stands on the newest Alembic. */
  Image release(String name, String version, AlembicProject project) {
    return release(name, version, project.folder(), NEWEST);
  }

  /**
   * Publishes a folder as an application's image, by its own Dockerfile if it has one.
   *
   * @param venv the packages that the image has
   */
  Image release(String name, String version, Path content, String venv) {
    return publish(name, version, content, base(venv));
  }

  /** Publishes a folder by its own Dockerfile, whose base is nothing but Debian. */
  Image debian(String name, Path content) {
    return publish(name, "1", content, Cluster.script("cluster", "base", "debian").lastLine());
  }

  private Image publish(String name, String version, Path content, String base) {
    // Never used before: a node that has a tag does not ask for it again.
    String tag = "%s-%s-%d".formatted(version, run, releases.incrementAndGet());
    String digested =
        Cluster.script("image", "--push", "--on", base, "app", content.toString(), name + ":" + tag)
            .lastLine();
    return new Image(digested.substring(0, digested.indexOf('@')) + ":" + tag, digested);
  }

  private String base(String venv) {
    return bases.computeIfAbsent(venv, this::build);
  }

  private String build(String venv) {
    try {
      Path context = Files.createTempDirectory(folder, "base");
      Files.copy(
          Repository.root().resolve("operator/src/test/resources/e2e/base/Dockerfile"),
          context.resolve("Dockerfile"),
          StandardCopyOption.REPLACE_EXISTING);
      // Published as source only, which an image without a compiler cannot use; the runner's own
      // tests have it.
      List<String> packages =
          Files.readAllLines(Repository.root().resolve("config/dev/venvs/" + venv + ".txt"))
              .stream()
              .filter(line -> !line.startsWith("mysqlclient="))
              .toList();
      Files.write(context.resolve("requirements.txt"), packages);
      return Cluster.script("image", "app", context.toString(), "e2e-" + venv + ":base").lastLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.alembicoperator.quickstart;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * The sample application's releases. A release's folder holds what it adds or replaces, as a layer
 * of an image does.
 */
final class Releases {

  private static final List<String> ORDER = List.of("1.0", "1.1", "1.2", "1.2.1");

  private final Path layers;
  private final Path target;

  /**
   * @param layers the folder with one folder for each release
   * @param target where whole releases are put together
   */
  Releases(Path layers, Path target) {
    this.layers = layers;
    this.target = target;
  }

  /** Returns a folder with the whole release. */
  Path get(String version) {
    Path release = target.resolve(version);
    for (String layer : ORDER.subList(0, ORDER.indexOf(version) + 1)) {
      copy(layers.resolve(layer), release);
    }
    return release;
  }

  private static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Releases::source).toList()) {
        Path copy = to.resolve(from.relativize(file));
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean source(Path file) {
    return Files.isRegularFile(file) && !file.toString().contains("__pycache__");
  }
}

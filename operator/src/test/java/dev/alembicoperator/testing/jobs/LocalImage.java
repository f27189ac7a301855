package dev.alembicoperator.testing.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What stands in for an image: a folder, seen by the container as {@code /app}, and a Python
 * environment.
 *
 * @param repository the reference without tag and digest
 * @param digest {@code sha256:…} of the folder's files and of the environment's path: the same
 *     content has the same digest, under whatever tag
 * @param app the folder
 * @param venv the virtual environment whose {@code bin} leads the PATH; empty for an image with no
 *     more than the machine's own programs
 */
public record LocalImage(String repository, String digest, Path app, Optional<Path> venv) {

  static LocalImage of(String reference, Path app, Optional<Path> venv) {
    return new LocalImage(ImageName.of(reference).repository(), digestOf(app, venv), app, venv);
  }

  /** Returns what a pod's status calls {@code imageID}: {@code repository@sha256:…}. */
  public String imageId() {
    return repository + "@" + digest;
  }

  private static String digestOf(Path app, Optional<Path> venv) {
    try (Stream<Path> files = Files.walk(app)) {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(venv.map(Path::toString).orElse("").getBytes(UTF_8));
      List<Path> content =
          files.filter(Files::isRegularFile).filter(file -> !isByteCode(file)).sorted().toList();
      for (Path file : content) {
        sha256.update(app.relativize(file).toString().getBytes(UTF_8));
        sha256.update(Files.readAllBytes(file));
      }
      return "sha256:" + HexFormat.of().formatHex(sha256.digest());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the image's folder " + app, e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  /** Python writes these beside the sources while it runs: they are no change of the image. */
  private static boolean isByteCode(Path file) {
    return file.toString().contains("__pycache__");
  }
}

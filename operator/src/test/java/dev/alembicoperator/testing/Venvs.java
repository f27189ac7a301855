package dev.alembicoperator.testing;

import java.nio.file.Path;

/** The Python environments of the tests, made once and kept outside of the repository. */
public final class Venvs {

  private Venvs() {}

  /**
   * Returns a virtual environment by its name, as {@code config/dev/venv NAME} makes and finds it.
   */
  public static Path get(String name) {
    return Path.of(Repository.run("venv", name));
  }
}

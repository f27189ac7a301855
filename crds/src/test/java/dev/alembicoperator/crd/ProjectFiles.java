package dev.alembicoperator.crd;

import java.nio.file.Path;

/** Committed files that the tests make or use; Surefire runs in the module's folder. */
final class ProjectFiles {

  /** The CustomResourceDefinition. */
  static final Path CRD = Path.of("databasemigrations.alembic-operator.dev.yaml");

  /** The reference, between hand-written text. */
  static final Path README = Path.of("README.md");

  private ProjectFiles() {}
}

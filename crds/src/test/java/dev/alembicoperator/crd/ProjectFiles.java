package dev.alembicoperator.crd;

import java.nio.file.Path;

/** Committed files that the tests make or use; Surefire runs in the module's folder. */
final class ProjectFiles {

  /** The CustomResourceDefinition. */
  static final Path CRD = Path.of("databasemigrations.alembic-operator.dev.yaml");

  /** The chart's copy of it: Helm packs no file from outside of a chart. */
  static final Path CRD_OF_CHART =
      Path.of("../helm/alembic-operator/files/databasemigrations.alembic-operator.dev.yaml");

  /** The reference, between hand-written text. */
  static final Path README = Path.of("README.md");

  private ProjectFiles() {}
}

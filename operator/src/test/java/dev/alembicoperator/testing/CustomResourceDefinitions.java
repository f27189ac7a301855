package dev.alembicoperator.testing;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The committed CustomResourceDefinition. */
public final class CustomResourceDefinitions {

  private CustomResourceDefinitions() {}

  /** Reads it anew. */
  public static CustomResourceDefinition load() {
    Path yaml = Repository.root().resolve("crds/databasemigrations.alembic-operator.dev.yaml");
    try {
      return Serialization.unmarshal(Files.readString(yaml), CustomResourceDefinition.class);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the CRD " + yaml, e);
    }
  }
}

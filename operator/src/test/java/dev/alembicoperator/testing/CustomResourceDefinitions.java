package dev.alembicoperator.testing;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.dsl.base.CustomResourceDefinitionContext;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The committed CustomResourceDefinition. */
final class CustomResourceDefinitions {

  private CustomResourceDefinitions() {}

  static CustomResourceDefinition load() {
    Path folder = Repository.root().resolve("crds");
    try (Stream<Path> files = Files.list(folder)) {
      Optional<Path> yaml = files.filter(file -> file.toString().endsWith(".yaml")).findFirst();
      return yaml.isPresent()
          ? Serialization.unmarshal(Files.readString(yaml.get()), CustomResourceDefinition.class)
          : minimal();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the CRD in " + folder, e);
    }
  }

  /** Stands in until the generated one is committed. */
  private static CustomResourceDefinition minimal() {
    return CustomResourceDefinitionContext.v1CRDFromCustomResourceType(DatabaseMigration.class)
        .editSpec()
        .editFirstVersion()
        .withNewSubresources()
        .withNewStatus()
        .endStatus()
        .endSubresources()
        .withNewSchema()
        .withNewOpenAPIV3Schema()
        .withType("object")
        .withXKubernetesPreserveUnknownFields(true)
        .endOpenAPIV3Schema()
        .endSchema()
        .endVersion()
        .endSpec()
        .build();
  }
}

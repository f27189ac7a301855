package dev.alembicoperator.crd;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpec;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import io.fabric8.crdv2.generator.v1.JsonSchema;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinitionBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.CustomResource;
import java.io.UncheckedIOException;
import java.util.List;
import org.yaml.snakeyaml.DumperOptions;

/**
 * Makes the CustomResourceDefinition from the API types. Called from a test instead of by fabric8's
 * Maven plugin, which loads the types into Maven's own JVM and leaves little room to mend what it
 * generates.
 */
final class CrdGenerator {

  private static final String HEADER =
      """
      # Generated from the types in crds/src/main/java; not to be edited. To refresh it:
      # mvn -pl crds test -Dtest=GeneratedFilesTest -Dgenerate
      """;

  private static final String OF_READY = ".status.conditions[?(@.type==\"Ready\")]";

  /** In the order in which kubectl shows them; those of priority 1 only with {@code -o wide}. */
  private static final List<CustomResourceColumnDefinition> COLUMNS =
      List.of(
          column("Ready", "string", 0, OF_READY + ".status"),
          column("Current", "string", 0, ".status.currentRevision"),
          column("Target", "string", 0, ".status.targetRevision"),
          column("Pending", "integer", 0, ".status.plan.count"),
          column("Status", "string", 0, OF_READY + ".reason"),
          column("Age", "date", 0, ".metadata.creationTimestamp"),
          column("Image", "string", 1, ".spec.image"),
          column("Job", "string", 1, ".status.attempt.job"),
          column("Message", "string", 1, OF_READY + ".message"));

  private final SourceDocs docs;
  private final ObjectMapper mapper = new ObjectMapper();
  private final ObjectMapper yaml = new ObjectMapper(yaml());

  CrdGenerator(SourceDocs docs) {
    this.docs = docs;
  }

  /** The definition as it is sent to an API server. */
  CustomResourceDefinition definition() {
    Class<DatabaseMigration> type = DatabaseMigration.class;
    return new CustomResourceDefinitionBuilder()
        .withNewMetadata()
        .withName(CustomResource.getCRDName(type))
        .endMetadata()
        .withNewSpec()
        .withGroup(HasMetadata.getGroup(type))
        .withScope("Namespaced")
        .withNewNames()
        .withKind(HasMetadata.getKind(type))
        .withListKind(HasMetadata.getKind(type) + "List")
        .withPlural(HasMetadata.getPlural(type))
        .withSingular(HasMetadata.getSingular(type))
        .withShortNames(CustomResource.getShortNames(type))
        .endNames()
        .addNewVersion()
        .withName(HasMetadata.getVersion(type))
        .withServed(true)
        .withStorage(true)
        .withNewSubresources()
        .withNewStatus()
        .endStatus()
        .endSubresources()
        .withAdditionalPrinterColumns(COLUMNS)
        .withNewSchema()
        .withOpenAPIV3Schema(schema())
        .endSchema()
        .endVersion()
        .endSpec()
        .build();
  }

  /** The definition as the committed file holds it. */
  String file() {
    JsonNode tree = integral(mapper.valueToTree(definition()));
    // fabric8 leaves an empty object out, and this one says that there is a subresource.
    ((ObjectNode) tree.at("/spec/versions/0/subresources")).putObject("status");
    try {
      return HEADER + yaml.writeValueAsString(tree);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static YAMLFactory yaml() {
    DumperOptions options = new DumperOptions();
    options.setWidth(120);
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    return YAMLFactory.builder()
        .dumperOptions(options)
        .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
        .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
        .build();
  }

  private JSONSchemaProps schema() {
    SchemaRefiner refiner = new SchemaRefiner(mapper, docs);
    JSONSchemaProps root = JsonSchema.from(DatabaseMigration.class);
    JSONSchemaProps spec = root.getProperties().get("spec");
    JSONSchemaProps status = root.getProperties().get("status");
    refiner.refine(spec, DatabaseMigrationSpec.class);
    refiner.refine(status, DatabaseMigrationStatus.class);
    SchemaRefiner.unbind(status);
    status.setDefault(mapper.createObjectNode().put("observedGeneration", -1));
    describe(root, DatabaseMigration.class);
    describe(spec, DatabaseMigrationSpec.class);
    describe(status, DatabaseMigrationStatus.class);
    return root;
  }

  private void describe(JSONSchemaProps schema, Class<?> type) {
    schema.setDescription(docs.of(type).orElseThrow());
  }

  private static CustomResourceColumnDefinition column(
      String name, String type, int priority, String jsonPath) {
    return new CustomResourceColumnDefinitionBuilder()
        .withName(name)
        .withType(type)
        .withPriority(priority == 0 ? null : priority)
        .withJsonPath(jsonPath)
        .build();
  }

  /** Limits are doubles in fabric8's model and would be written as {@code 2.147483647E9}. */
  private static JsonNode integral(JsonNode node) {
    if (node instanceof ObjectNode object) {
      object.properties().forEach(field -> field.setValue(integral(field.getValue())));
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        array.set(i, integral(array.get(i)));
      }
    } else if (node.isDouble() && node.asDouble() == node.asLong()) {
      return LongNode.valueOf(node.asLong());
    }
    return node;
  }
}

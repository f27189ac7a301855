package dev.alembicoperator.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.dsl.FieldValidateable;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Types, schema and server agree: what one of them knows, none of the others loses. */
@WithApiServer
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RoundTripTest {

  private final ApiServer server;
  private final String namespace;

  RoundTripTest(ApiServer server) {
    this.server = server;
    this.namespace = server.newNamespace();
  }

  static List<JsonNode> everything() {
    return Documents.everything();
  }

  @ParameterizedTest
  @MethodSource("everything")
  void typesLoseNothing(JsonNode resource) {
    DatabaseMigration typed = Documents.as(DatabaseMigration.class, resource);

    assertThat(Documents.tree(typed)).isEqualTo(resource);
  }

  @ParameterizedTest
  @MethodSource("everything")
  void serverLosesNothing(JsonNode resource) {
    DatabaseMigration created = create(resource);
    created.setStatus(Documents.as(DatabaseMigration.class, resource).getStatus());
    server.client().resource(created).inNamespace(namespace).updateStatus();

    GenericKubernetesResource stored =
        server
            .client()
            .genericKubernetesResources("alembic-operator.dev/v1alpha1", "DatabaseMigration")
            .inNamespace(namespace)
            .withName(created.getMetadata().getName())
            .get();

    assertThat(Documents.tree(stored).get("spec")).isEqualTo(resource.get("spec"));
    if (resource.has("status")) {
      assertThat(Documents.tree(stored).get("status")).isEqualTo(resource.get("status"));
    }
  }

  @Test
  void documentsHoldEveryFieldOfTheSchema() {
    Set<String> held = new TreeSet<>();
    everything().forEach(resource -> collect(resource, "", held));
    Set<String> missing = new TreeSet<>(SchemaLimits.of(server).fields());
    missing.removeAll(held);

    assertThat(missing).isEmpty();
  }

  @Test
  void statusIsAtFirstOfNoGeneration() {
    GenericKubernetesResource created = createGeneric("in-pod", "fresh");

    assertThat(Documents.tree(created).get("status")).hasToString("{\"observedGeneration\":-1}");
  }

  @Test
  void schemaAddsNothingElseToWhatTheUserWrote() {
    GenericKubernetesResource created = createGeneric("in-pod", "bare");

    assertThat(Documents.tree(created).get("spec"))
        .isEqualTo(Documents.everything("in-pod").get("spec"));
  }

  @Test
  void statusIsWrittenByItsOwnDoorOnly() {
    DatabaseMigration created = create(renamed("in-pod", "two-doors"));
    created.setStatus(status());
    DatabaseMigration updated = server.client().resource(created).inNamespace(namespace).update();
    assertThat(updated.getStatus().observedGeneration()).isEqualTo(-1);

    updated.setStatus(status());
    updated.setSpec(
        Documents.as(DatabaseMigration.class, Documents.everything("in-parts")).getSpec());
    DatabaseMigration written =
        server.client().resource(updated).inNamespace(namespace).updateStatus();

    assertThat(written.getStatus()).isEqualTo(status());
    assertThat(written.getSpec()).isEqualTo(created.getSpec());
    assertThat(written.getMetadata().getGeneration()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"history", "conditions"})
  void listsOfTheStatusAreKeyed(String list) {
    JsonNode doubled = Documents.everything("everything").get("status").deepCopy();
    var entries = (ArrayNode) doubled.get(list);
    entries.add(entries.get(0).deepCopy());
    DatabaseMigration created = create(renamed("in-pod", "keyed-" + list));
    created.setStatus(Documents.as(DatabaseMigrationStatus.class, doubled));

    assertThat(
            catchThrowable(
                () -> server.client().resource(created).inNamespace(namespace).updateStatus()))
        .hasMessageContaining("Duplicate value");
  }

  private static DatabaseMigrationStatus status() {
    return Documents.as(DatabaseMigration.class, Documents.everything("everything")).getStatus();
  }

  private static JsonNode renamed(String document, String name) {
    JsonNode resource = Documents.everything(document).deepCopy();
    ((ObjectNode) resource.get("metadata")).put("name", name);
    return resource;
  }

  private DatabaseMigration create(JsonNode resource) {
    return server
        .client()
        .resource(Documents.as(DatabaseMigration.class, resource))
        .inNamespace(namespace)
        .fieldValidation(FieldValidateable.Validation.STRICT)
        .create();
  }

  private GenericKubernetesResource createGeneric(String document, String name) {
    return server
        .client()
        .resource(Documents.as(GenericKubernetesResource.class, renamed(document, name)))
        .inNamespace(namespace)
        .create();
  }

  private static void collect(JsonNode node, String path, Set<String> paths) {
    node.properties()
        .forEach(field -> {
          String child = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
          paths.add(child);
          collect(field.getValue(), child, paths);
        });
    node.elements()
        .forEachRemaining(element -> {
          if (node.isArray()) {
            collect(element, path + "[]", paths);
          }
        });
  }
}

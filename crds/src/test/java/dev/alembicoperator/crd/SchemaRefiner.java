package dev.alembicoperator.crd;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpec;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.KeySelector;
import dev.alembicoperator.api.v1alpha1.Pod;
import io.fabric8.crdv2.generator.ResolvingContext;
import io.fabric8.crdv2.generator.v1.JsonSchema;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaPropsOrArray;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaPropsOrBool;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Mends, on the schema that fabric8 generates, what its generator leaves out or gets wrong: list
 * and map types, integer formats, descriptions, doubled rules, and Kubernetes' own types.
 */
final class SchemaRefiner {

  /**
   * Lists whose entries have a key, by record and component. All others are atomic: their order
   * matters, or what they hold comes from a report and may repeat itself, and a repeated key would
   * have the API server refuse the whole status.
   */
  private static final Map<String, String> LIST_KEYS =
      Map.of(
          key(DatabaseMigrationSpec.class, "imagePullSecrets"), "name",
          key(DatabaseMigrationStatus.class, "conditions"), "type",
          key(DatabaseMigrationStatus.class, "history"), "number",
          key(Pod.class, "env"), "name",
          key(Pod.class, "volumes"), "name",
          key(Pod.class, "volumeMounts"), "mountPath");

  /** References and selections, which make no sense when two appliers own a half each. */
  private static final Set<Class<?>> ATOMIC_OBJECTS =
      Set.of(
          KeySelector.class,
          PodTypes.KeySelector.class,
          PodTypes.FieldSelector.class,
          PodTypes.ResourceSelector.class,
          PodTypes.Reference.class,
          PodTypes.OptionalReference.class,
          AffinityTypes.NodeSelector.class,
          AffinityTypes.NodeTerm.class,
          AffinityTypes.LabelSelector.class);

  /** As Kubernetes' own schema has it. */
  private static final String QUANTITY =
      "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$";

  private final ObjectMapper mapper;
  private final SourceDocs docs;

  SchemaRefiner(ObjectMapper mapper, SourceDocs docs) {
    this.mapper = mapper;
    this.docs = docs;
  }

  /** Mends the schema, in place, that was generated for a type. */
  void refine(JSONSchemaProps schema, Class<?> type) {
    refine(schema, mapper.constructType(type));
  }

  /**
   * Takes from a status what could make the API server refuse it: then the operator could never
   * again say anything about the resource.
   */
  static void unbind(JSONSchemaProps schema) {
    schema.setPattern(null);
    schema.setMinLength(null);
    schema.setMaxLength(null);
    schema.setMinItems(null);
    schema.setMaxItems(null);
    schema.setMinProperties(null);
    schema.setMaxProperties(null);
    schema.setMinimum(null);
    schema.setMaximum(null);
    schema.setEnum(List.of());
    schema.setXKubernetesValidations(List.of());
    if (schema.getProperties() != null) {
      schema.getProperties().values().forEach(SchemaRefiner::unbind);
    }
    if (schema.getItems() != null) {
      unbind(schema.getItems().getSchema());
    }
  }

  private void refine(JSONSchemaProps schema, JavaType type) {
    dropDoubledRules(schema);
    Class<?> raw = type.getRawClass();
    if (type.isCollectionLikeType()) {
      schema.setItems(
          new JSONSchemaPropsOrArray(
              List.of(), refined(schema.getItems().getSchema(), type.getContentType())));
    } else if (type.isMapLikeType()) {
      schema.setAdditionalProperties(
          new JSONSchemaPropsOrBool(
              null, refined(schema.getAdditionalProperties().getSchema(), type.getContentType())));
    } else if (raw == Integer.class) {
      schema.setFormat("int32");
    } else if (raw == Long.class) {
      schema.setFormat("int64");
    } else if (raw == Quantity.class) {
      schema.setPattern(QUANTITY);
    } else if (schema.getProperties() != null && !schema.getProperties().isEmpty()) {
      refineProperties(schema, type);
    }
    if (ATOMIC_OBJECTS.contains(raw)) {
      schema.setXKubernetesMapType("atomic");
    }
  }

  private void refineProperties(JSONSchemaProps schema, JavaType type) {
    for (BeanPropertyDefinition property : properties(type)) {
      JSONSchemaProps child = schema.getProperties().get(property.getName());
      JavaType childType = property.getPrimaryType();
      JSONSchemaProps refined = refined(child, childType);
      refined.setDescription(docs.of(type.getRawClass(), property.getInternalName()).orElse(null));
      if (childType.isCollectionLikeType()) {
        String key = LIST_KEYS.get(key(type.getRawClass(), property.getInternalName()));
        refined.setXKubernetesListType(key == null ? "atomic" : "map");
        if (key != null) {
          refined.setXKubernetesListMapKeys(List.of(key));
          requireKey(refined.getItems().getSchema(), key);
        }
      }
      schema.getProperties().put(property.getName(), refined);
    }
  }

  /** A list's keys must be required in its entries, or the API server refuses the schema. */
  private static void requireKey(JSONSchemaProps entry, String key) {
    if (!entry.getRequired().contains(key)) {
      entry.getRequired().add(key);
    }
  }

  private JSONSchemaProps refined(JSONSchemaProps schema, JavaType type) {
    Class<?> ours = KubernetesTypes.IN_SCHEMA.get(type.getRawClass());
    if (ours == null) {
      refine(schema, type);
      return schema;
    }
    JSONSchemaProps replaced =
        new JsonSchema(ResolvingContext.defaultResolvingContext(false), ours).getSchema();
    refine(replaced, ours);
    return replaced;
  }

  private List<BeanPropertyDefinition> properties(JavaType type) {
    return mapper.getSerializationConfig().introspect(type).findProperties();
  }

  /** The generator finds an annotation of a component on its field and again on its accessor. */
  private static void dropDoubledRules(JSONSchemaProps schema) {
    if (schema.getXKubernetesValidations() != null) {
      schema.setXKubernetesValidations(
          schema.getXKubernetesValidations().stream().distinct().toList());
    }
  }

  private static String key(Class<?> type, String component) {
    return type.getName() + "#" + component;
  }
}

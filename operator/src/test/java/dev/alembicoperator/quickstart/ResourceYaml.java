package dev.alembicoperator.quickstart;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator.Feature;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/** Resources as "kubectl get -o yaml" writes them: quotes only where the text needs them. */
final class ResourceYaml {

  private ResourceYaml() {}

  static String of(Object resource) {
    YAMLFactory format =
        YAMLFactory.builder()
            .disable(Feature.WRITE_DOC_START_MARKER)
            .enable(Feature.MINIMIZE_QUOTES)
            .enable(Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .build();
    try {
      return new YAMLMapper(format)
          .writeValueAsString(new KubernetesSerialization().convertValue(resource, JsonNode.class));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}

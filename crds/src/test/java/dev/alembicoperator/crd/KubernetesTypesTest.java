package dev.alembicoperator.crd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the schema offers of a Kubernetes type must be there, under the same name. */
class KubernetesTypesTest {

  private final ObjectMapper mapper = new ObjectMapper();

  static Stream<Map.Entry<Class<?>, Class<?>>> pairs() {
    return KubernetesTypes.IN_SCHEMA.entrySet().stream();
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void offeredFieldsExist(Map.Entry<Class<?>, Class<?>> pair) {
    compare(mapper.constructType(pair.getKey()), mapper.constructType(pair.getValue()));
  }

  private void compare(JavaType theirs, JavaType ours) {
    if (ours.isContainerType()) {
      assertThat(theirs.isContainerType()).as("%s", theirs).isTrue();
      compare(theirs.getContentType(), ours.getContentType());
    } else if (ours.isRecordType()) {
      Map<String, JavaType> real = properties(theirs);
      properties(ours)
          .forEach((name, type) -> {
            assertThat(real).as("fields of %s", theirs.getRawClass()).containsKey(name);
            compare(real.get(name), type);
          });
    }
  }

  private Map<String, JavaType> properties(JavaType type) {
    return mapper.getSerializationConfig().introspect(type).findProperties().stream()
        .collect(
            Collectors.toMap(
                BeanPropertyDefinition::getName, BeanPropertyDefinition::getPrimaryType));
  }
}

package dev.alembicoperator.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every limit of the schema and every rule, asked of a real API server. */
@WithApiServer
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ValidationTest {

  private final ApiServer server;
  private final String namespace;

  ValidationTest(ApiServer server) {
    this.server = server;
    this.namespace = server.newNamespace();
  }

  static Stream<ValidationCase> accepted() {
    return ValidationCase.all().stream().filter(c -> !c.isRefused());
  }

  static Stream<ValidationCase> refused() {
    return ValidationCase.all().stream().filter(ValidationCase::isRefused);
  }

  @ParameterizedTest
  @MethodSource
  void accepted(ValidationCase accepted) {
    create(accepted);
  }

  @ParameterizedTest
  @MethodSource
  void refused(ValidationCase refused) {
    KubernetesClientException error =
        catchThrowableOfType(KubernetesClientException.class, () -> create(refused));

    assertThat(error).as("refusal").isNotNull();
    if (refused.at().isEmpty()) {
      assertThat(error.getStatus().getMessage()).contains(refused.refused());
    } else {
      assertThat(causes(error))
          .singleElement()
          .satisfies(cause -> {
            assertThat(cause.getField()).isEqualTo(refused.at());
            assertThat(cause.getMessage()).contains(refused.refused());
          });
    }
  }

  @Test
  void noLimitIsWithoutACaseThatHitsIt() {
    SchemaLimits limits = SchemaLimits.of(server);
    Set<String> missing = new TreeSet<>(limits.all());
    refused().map(limits::hitBy).forEach(missing::removeAll);

    assertThat(missing).isEmpty();
  }

  private void create(ValidationCase validationCase) {
    server
        .client()
        .resource(validationCase.resource())
        .inNamespace(namespace)
        .dryRun()
        .fieldValidation(FieldValidateable.Validation.STRICT)
        .create();
  }

  /** Without the server's note that it has not evaluated the rules of a malformed object. */
  private static List<StatusCause> causes(KubernetesClientException error) {
    return Optional.ofNullable(error.getStatus().getDetails())
        .map(StatusDetails::getCauses)
        .stream()
        .flatMap(List::stream)
        .filter(cause -> !cause.getMessage().contains("some validation rules were not checked"))
        .toList();
  }
}

package dev.alembicoperator.testing.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The cases of third_party/forked/golang/expansion/expand_test.go that differ from each other. */
class VariableReferencesTest {

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          $(A),            a
          x$(A)-$(B)y,     xa-by
          $(UNKNOWN),      $(UNKNOWN)
          $$(A),           $(A)
          $$$(A),          $a
          $$$$(A),         $$(A)
          $(A,             $(A
          $A,              $A
          100$,            100$
          $($(A)),         $($(A))
          $(EMPTY)x,       x
          """)
  void expandsAsKubernetesDoes(String text, String expected) {
    assertThat(VariableReferences.expand(text, Map.of("A", "a", "B", "b", "EMPTY", "")))
        .isEqualTo(expected);
  }
}

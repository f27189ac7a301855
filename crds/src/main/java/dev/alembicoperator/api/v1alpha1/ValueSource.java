package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.ValidationRule;

/**
 * Where a value comes from: exactly one of the fields.
 *
 * @param secretKeyRef a key of a Secret
 * @param configMapKeyRef a key of a ConfigMap
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
    value = "has(self.secretKeyRef) != has(self.configMapKeyRef)",
    message = "set exactly one of secretKeyRef and configMapKeyRef")
public record ValueSource(KeySelector secretKeyRef, KeySelector configMapKeyRef) {}

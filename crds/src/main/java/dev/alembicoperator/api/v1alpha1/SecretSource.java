package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;

/**
 * A value that only a Secret may hold. A type of its own, so that it reads as the other {@code
 * …From} fields and has room for other sources of secrets.
 *
 * @param secretKeyRef a key of a Secret
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record SecretSource(@Required KeySelector secretKeyRef) {}

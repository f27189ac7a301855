package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/**
 * One key of an object in the resource's own namespace.
 *
 * @param name name of the object, in the namespace of the resource
 * @param key the key in it that holds the value
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record KeySelector(
    @Required @Size(min = 1, max = 253) @Pattern(Texts.OBJECT_NAME) String name,
    @Required @Size(min = 1, max = 253) @Pattern(Texts.OBJECT_KEY) String key) {}

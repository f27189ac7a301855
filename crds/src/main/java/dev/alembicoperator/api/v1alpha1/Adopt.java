package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/**
 * What to do with a database that has tables but no version table.
 *
 * @param baseline the revision whose tables the database has: it is stamped, then upgraded from.
 *     The word base says that the tables are not the project's: nothing is stamped
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Adopt(@Required @Size(min = 1, max = 256) @Pattern(Texts.TARGET) String baseline) {}

package dev.alembicoperator.database;

import java.util.Objects;
import java.util.Optional;

/**
 * Alembic's version table as {@code env.py} names it ({@code version_table}, {@code
 * version_table_schema}).
 *
 * @param schema absent: wherever the connecting role's search path finds it
 * @param name the table's name, case as it stands; it is quoted wherever it meets SQL
 */
public record VersionTable(Optional<String> schema, String name) {
  /** Alembic's own default name. */
  public static final String DEFAULT_NAME = "alembic_version";

  public VersionTable {
    schema = schema == null ? Optional.empty() : schema;
    Objects.requireNonNull(name, "name");
  }
}

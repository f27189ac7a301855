package dev.alembicoperator.api.v1alpha1;

import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * A database and the Alembic revision it shall be at.
 *
 * <p>It is in no category, not even {@code all}: otherwise {@code kubectl delete all --all} would
 * take it along, and with it the Job of a migration that runs.
 */
@Group(DatabaseMigration.GROUP)
@Version(DatabaseMigration.VERSION)
@ShortNames("dbm")
public class DatabaseMigration
    extends CustomResource<DatabaseMigrationSpec, DatabaseMigrationStatus> implements Namespaced {

  private static final long serialVersionUID = 1L;

  /** The API group; also the prefix of every label and annotation of ours. */
  public static final String GROUP = "alembic-operator.dev";

  /** The API version that these types are. */
  public static final String VERSION = "v1alpha1";

  /** What is wanted. */
  @Override
  @Required
  public DatabaseMigrationSpec getSpec() {
    return super.getSpec();
  }
}

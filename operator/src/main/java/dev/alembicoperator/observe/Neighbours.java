package dev.alembicoperator.observe;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import java.util.List;

/** The other resources that this operator watches. */
public interface Neighbours {

  /**
   * Those that migrate the database of that identity, in whatever namespace, as the cache knows
   * them; the resource itself is not among them.
   *
   * @param identity of the database that the resource is about to migrate
   */
  List<DatabaseMigration> sharing(DatabaseMigration resource, String identity);
}

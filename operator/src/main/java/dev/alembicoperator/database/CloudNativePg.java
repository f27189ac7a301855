package dev.alembicoperator.database;

import dev.alembicoperator.api.v1alpha1.Database;
import dev.alembicoperator.api.v1alpha1.Database.Cnpg;
import dev.alembicoperator.api.v1alpha1.DatabaseConnectionBuilder;
import dev.alembicoperator.api.v1alpha1.KeySelector;
import dev.alembicoperator.api.v1alpha1.SecretSource;
import dev.alembicoperator.api.v1alpha1.ValueSource;

/**
 * The Secret that CloudNativePG writes for a cluster, as a connection in parts. Its keys are those
 * of cloudnative-pg, pkg/specs/secrets.go (CreateSecret): {@code host} is the short name of the
 * Service of the primary, which is resolved in the resource's own namespace, {@code <cluster>-rw}.
 */
public final class CloudNativePg {

  /** The API group of its objects. */
  public static final String GROUP = "postgresql.cnpg.io";

  /** The version that is asked for. */
  public static final String VERSION = "v1";

  /** What a superuser's Secret has for the name of the database: all of them. */
  public static final String EVERY_DATABASE = "*";

  private CloudNativePg() {}

  /** The Secret of the application's user, unless another is named. */
  public static String secretName(Cnpg cnpg) {
    return cnpg.secretName() != null ? cnpg.secretName() : cnpg.cluster().name() + "-app";
  }

  /** The parts of a connection, wherever they stand; null for a URL and for inPod. */
  public static Database.Connection parts(Database database) {
    if (database.cnpg() == null) {
      return database.connection();
    }
    String secret = secretName(database.cnpg());
    return DatabaseConnectionBuilder.builder()
        .dialect("postgresql")
        .hostFrom(value(secret, "host"))
        .portFrom(value(secret, "port"))
        .name(database.cnpg().database())
        .nameFrom(database.cnpg().database() == null ? value(secret, "dbname") : null)
        .userFrom(value(secret, "username"))
        .passwordFrom(new SecretSource(new KeySelector(secret, "password")))
        .build();
  }

  private static ValueSource value(String secret, String key) {
    return new ValueSource(new KeySelector(secret, key), null);
  }
}

package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Database;
import dev.alembicoperator.api.v1alpha1.KeySelector;
import dev.alembicoperator.api.v1alpha1.SecretSource;
import dev.alembicoperator.api.v1alpha1.ValueSource;
import dev.alembicoperator.database.CloudNativePg;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Where a login comes from, for messages: the names of keys, never what is in them. */
final class Sources {

  private Sources() {}

  /** A sentence that names the keys; empty when no Secret is referenced. */
  static String sentence(Database database) {
    List<KeySelector> keys = new ArrayList<>();
    if (database.urlFrom() != null) {
      add(keys, database.urlFrom());
    } else if (CloudNativePg.parts(database) != null) {
      add(keys, CloudNativePg.parts(database).userFrom());
      add(keys, CloudNativePg.parts(database).passwordFrom());
    }
    return keys.isEmpty()
        ? ""
        : keys.stream()
            .map(k -> "key \"%s\" of Secret \"%s\"".formatted(k.key(), k.name()))
            .collect(Collectors.joining(" and ", "See ", "."));
  }

  private static void add(List<KeySelector> keys, SecretSource source) {
    if (source != null && source.secretKeyRef() != null) {
      keys.add(source.secretKeyRef());
    }
  }

  private static void add(List<KeySelector> keys, ValueSource source) {
    if (source != null && source.secretKeyRef() != null) {
      keys.add(source.secretKeyRef());
    }
  }
}

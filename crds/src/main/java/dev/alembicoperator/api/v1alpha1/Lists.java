package dev.alembicoperator.api.v1alpha1;

import java.util.List;
import java.util.Map;

/** Absent is empty: so that nobody who reads a resource meets null where a list or map stands. */
final class Lists {

  private Lists() {}

  static <T> List<T> orEmpty(List<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }

  static <K, V> Map<K, V> orEmpty(Map<K, V> map) {
    return map == null ? Map.of() : Map.copyOf(map);
  }
}

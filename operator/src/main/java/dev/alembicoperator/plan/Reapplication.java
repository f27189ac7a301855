package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Applied;
import dev.alembicoperator.api.v1alpha1.Drift;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.observe.Observation;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How often a database that somebody else moves is brought back. With another migrator that wants
 * something else this is a fight, which must not cost a pod every few seconds for ever: at most
 * {@value #MOST} runs within {@link #WITHIN}, counted from the history, with the run that first
 * brought it there among them.
 */
final class Reapplication {

  static final int MOST = 3;
  static final Duration WITHIN = Duration.ofHours(1);

  private Reapplication() {}

  static boolean wanted(Observation o) {
    return o.spec().drift() != null && o.spec().drift().onDrift() == Drift.OnDrift.Reapply;
  }

  /** The time before which it is not brought back again; empty when it may be now. */
  static Optional<Instant> notBefore(Observation o) {
    // A history that is kept shorter counts less far.
    int limit =
        o.spec().historyLimit() == null ? MOST : Math.clamp(o.spec().historyLimit(), 1, MOST);
    return runs(o).stream()
        .map(at -> at.plus(WITHIN))
        .filter(o.now()::isBefore)
        .sorted(Comparator.reverseOrder())
        .skip(limit - 1L)
        .findFirst();
  }

  private static List<Instant> runs(Observation o) {
    Applied applied = o.status().applied();
    if (o.status().history().isEmpty()) {
      return applied == null || applied.time() == null ? List.of() : List.of(applied.time());
    }
    return o.status().history().stream()
        .filter(e -> ofThisImage(e, o))
        .map(HistoryEntry::completedAt)
        .filter(Objects::nonNull)
        .toList();
  }

  private static boolean ofThisImage(HistoryEntry entry, Observation o) {
    String image = o.spec().image();
    return image.equals(entry.image()) || image.equals(entry.forImage());
  }
}

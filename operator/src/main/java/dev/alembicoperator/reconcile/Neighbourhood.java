package dev.alembicoperator.reconcile;

import dev.alembicoperator.api.v1alpha1.DatabaseInfo;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.observe.Neighbours;
import dev.alembicoperator.report.StatusReport;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Which resources share a database, by the identity that their last look at it gave, and the event
 * source that wakes those that wait for another of them. The cache is indexed; what was looked at
 * since the cache last heard is remembered, so that two resources that are applied at the same
 * moment see each other.
 */
final class Neighbourhood implements Neighbours {

  private static final String BY_DATABASE = "by-database";

  /** What a pass has just met. */
  private record Met(ResourceID id, String identity) {}

  private final Map<String, Met> met = new ConcurrentHashMap<>();
  private final Waker waker = new Waker();
  private IndexerResourceCache<DatabaseMigration> cache;

  /** Indexes the cache; called once, by the SDK, before the first reconcile. */
  EventSource<?, DatabaseMigration> start(EventSourceContext<DatabaseMigration> context) {
    cache = context.getPrimaryCache();
    cache.addIndexer(
        BY_DATABASE, resource -> identity(resource.getStatus()).map(List::of).orElse(List.of()));
    return waker;
  }

  @Override
  public List<DatabaseMigration> sharing(DatabaseMigration resource, String identity) {
    met.put(resource.getMetadata().getUid(), new Met(ResourceID.fromResource(resource), identity));
    return with(identity)
        .filter(other -> !other.getMetadata().getUid().equals(resource.getMetadata().getUid()))
        .toList();
  }

  /** Something about the resource has changed that those that wait for it may have waited for. */
  void changed(DatabaseMigration before, DatabaseMigration after) {
    Stream.of(before, after)
        .map(r -> identity(r.getStatus()))
        .flatMap(Optional::stream)
        .distinct()
        .flatMap(this::with)
        .filter(other ->
            !other.getMetadata().getUid().equals(after.getMetadata().getUid()) && waits(other))
        .map(ResourceID::fromResource)
        .distinct()
        .forEach(waker::wake);
  }

  /** The resource is gone. */
  void forget(DatabaseMigration gone) {
    met.remove(gone.getMetadata().getUid());
    changed(gone, gone);
  }

  private Stream<DatabaseMigration> with(String identity) {
    Set<ResourceID> ids = new LinkedHashSet<>();
    cache.byIndex(BY_DATABASE, identity).forEach(r -> ids.add(ResourceID.fromResource(r)));
    met.values().stream().filter(m -> m.identity.equals(identity)).map(Met::id).forEach(ids::add);
    return ids.stream().map(cache::get).flatMap(Optional::stream);
  }

  private static boolean waits(DatabaseMigration resource) {
    return StatusReport.ready(resource.getStatus())
        .filter(ready -> Reason.DatabaseShared.name().equals(ready.getReason()))
        .isPresent();
  }

  private static Optional<String> identity(DatabaseMigrationStatus status) {
    return Optional.ofNullable(status)
        .map(DatabaseMigrationStatus::database)
        .map(DatabaseInfo::identity);
  }

  /** Wakes by hand. */
  private static final class Waker extends AbstractEventSource<Void, DatabaseMigration> {

    Waker() {
      super(Void.class, "neighbours");
    }

    void wake(ResourceID id) {
      if (isRunning()) {
        getEventHandler().handleEvent(new Event(id));
      }
    }

    @Override
    public Set<Void> getSecondaryResources(DatabaseMigration primary) {
      return Set.of();
    }
  }
}

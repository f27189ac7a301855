package dev.alembicoperator.quickstart;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Follows one resource as "kubectl get -w" does, and prints in the caller's thread. */
final class StatusWatch implements AutoCloseable {

  private final BlockingQueue<DatabaseMigration> changes = new LinkedBlockingQueue<>();
  private final StatusTable table;
  private final SharedIndexInformer<DatabaseMigration> informer;

  StatusWatch(KubernetesClient client, String namespace, String name, StatusTable table) {
    this.table = table;
    this.informer =
        client
            .resources(DatabaseMigration.class)
            .inNamespace(namespace)
            .withName(name)
            .inform(new Handler());
  }

  /**
   * Prints a row for every change, until nothing more will happen by itself.
   *
   * @return the resource as it is then
   * @throws IllegalStateException if that takes too long
   */
  DatabaseMigration showUntilSettled(Narrator narrator, Duration atMost) {
    Instant end = Instant.now().plus(atMost);
    narrator.line(table.header());
    String shown = "";
    while (true) {
      DatabaseMigration current = next(end);
      String content = table.content(current);
      if (!content.equals(shown)) {
        narrator.line(table.row(current));
        shown = content;
      }
      if (Readiness.settled(current)) {
        return current;
      }
    }
  }

  private DatabaseMigration next(Instant end) {
    try {
      DatabaseMigration change =
          changes.poll(Duration.between(Instant.now(), end).toMillis(), TimeUnit.MILLISECONDS);
      if (change == null) {
        throw new IllegalStateException("the migration did not come to an end");
      }
      return change;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Override
  public void close() {
    informer.close();
  }

  private final class Handler implements ResourceEventHandler<DatabaseMigration> {
    @Override
    public void onAdd(DatabaseMigration resource) {
      changes.add(resource);
    }

    @Override
    public void onUpdate(DatabaseMigration before, DatabaseMigration resource) {
      changes.add(resource);
    }

    @Override
    public void onDelete(DatabaseMigration resource, boolean lastStateUnknown) {
      // Nobody deletes it here.
    }
  }
}

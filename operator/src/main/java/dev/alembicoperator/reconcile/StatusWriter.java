package dev.alembicoperator.reconcile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes status, and lets the next reconcile see what was written before the cache does.
 *
 * <p>The SDK's own helper answers a conflict by applying the old decision to the newer object. Here
 * a conflict ends the reconcile: a decision is only as good as the object that it was made from.
 */
final class StatusWriter {

  /**
   * What we wrote last, and the versions that it has superseded: whoever still sees one of those
   * sees the past.
   */
  private record Written(DatabaseMigration resource, Set<String> superseded) {}

  private final KubernetesClient client;
  private final Map<String, Written> written = new ConcurrentHashMap<>();

  StatusWriter(KubernetesClient client) {
    this.client = client;
  }

  /** The newest version known: the given one, or our own write that the cache has not seen yet. */
  DatabaseMigration newest(DatabaseMigration cached) {
    Written last = written.get(cached.getMetadata().getUid());
    if (last == null) {
      return cached;
    }
    if (last.superseded.contains(cached.getMetadata().getResourceVersion())) {
      return last.resource;
    }
    written.remove(cached.getMetadata().getUid(), last);
    return cached;
  }

  /**
   * Replaces the status of the very version that was read; equal ones are not written.
   *
   * @return the resource as it stands now
   * @throws io.fabric8.kubernetes.client.KubernetesClientException 409 when somebody else wrote in
   *     between
   */
  DatabaseMigration write(DatabaseMigration read, DatabaseMigrationStatus status) {
    if (status.equals(read.getStatus())) {
      return read;
    }
    DatabaseMigration now =
        client
            .resource(read)
            .subresource("status")
            .patch(PatchContext.of(PatchType.JSON), patch(read, status));
    remember(read, now);
    return now;
  }

  /** Drops what is kept of a resource that is gone. */
  void forget(String uid) {
    written.remove(uid);
  }

  private String patch(DatabaseMigration read, DatabaseMigrationStatus status) {
    ArrayNode patch = JsonNodeFactory.instance.arrayNode();
    JsonNode value = client.getKubernetesSerialization().convertValue(status, JsonNode.class);
    // RFC 6902. With another resourceVersion the API server answers 409.
    patch
        .addObject()
        .put("op", "replace")
        .put("path", "/metadata/resourceVersion")
        .put("value", read.getMetadata().getResourceVersion());
    patch.addObject().put("op", "add").put("path", "/status").set("value", value);
    return patch.toString();
  }

  private void remember(DatabaseMigration read, DatabaseMigration now) {
    written.compute(
        now.getMetadata().getUid(),
        (uid, last) -> {
          Set<String> superseded = last == null ? new HashSet<>() : new HashSet<>(last.superseded);
          superseded.add(read.getMetadata().getResourceVersion());
          superseded.remove(now.getMetadata().getResourceVersion());
          return new Written(now, superseded);
        });
  }
}

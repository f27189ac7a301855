package dev.alembicoperator.act;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;
import java.util.Optional;

/**
 * The SQL of a resource's plan, in a ConfigMap that the resource owns. There is one at a time: it
 * goes when the plan does, and with the resource at the latest.
 */
public final class PlanTexts {

  /** The key in the ConfigMap. */
  public static final String KEY = "plan.sql";

  /** The digest of the plan whose SQL it is, as status.plan has it. */
  public static final String DIGEST = DatabaseMigration.GROUP + "/plan-digest";

  /** The value of {@link JobFactory#COMPONENT} on these ConfigMaps. */
  private static final String COMPONENT = "plan";

  private final KubernetesClient client;

  /** Writes through this client. */
  public PlanTexts(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Puts the text there, instead of what stood there.
   *
   * @return false when an object of that name is not this resource's; it stays as it is
   */
  public boolean publish(DatabaseMigration resource, String name, String digest, String sql) {
    ConfigMap wanted = configMap(resource.getMetadata(), name, digest, sql);
    Optional<ConfigMap> found = Optional.ofNullable(client.resource(wanted).get());
    if (found.filter(f -> !owned(f, resource)).isPresent()) {
      return false;
    }
    // Made anew: that needs no right to change other ConfigMaps.
    found.ifPresent(f -> client.resource(f).delete());
    client.resource(wanted).create();
    return true;
  }

  /** Deletes the text of that name if it is this resource's. */
  public void drop(DatabaseMigration resource, String name) {
    Optional.ofNullable(
            client
                .configMaps()
                .inNamespace(resource.getMetadata().getNamespace())
                .withName(name)
                .get())
        .filter(found -> owned(found, resource))
        .ifPresent(found -> client.resource(found).delete());
  }

  private static boolean owned(ConfigMap found, DatabaseMigration resource) {
    return found.getMetadata().getOwnerReferences().stream()
        .anyMatch(o ->
            Boolean.TRUE.equals(o.getController())
                && resource.getMetadata().getUid().equals(o.getUid()));
  }

  private static ConfigMap configMap(ObjectMeta owner, String name, String digest, String sql) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(owner.getNamespace())
        .withLabels(
            Map.of(
                JobFactory.MANAGED_BY,
                JobFactory.OPERATOR,
                JobFactory.COMPONENT,
                COMPONENT,
                "app.kubernetes.io/part-of",
                JobFactory.OPERATOR))
        .addToAnnotations(DIGEST, digest)
        .addToAnnotations(JobFactory.RESOURCE, owner.getName())
        .withOwnerReferences(
            new OwnerReferenceBuilder()
                .withApiVersion(DatabaseMigration.GROUP + "/" + DatabaseMigration.VERSION)
                .withKind("DatabaseMigration")
                .withName(owner.getName())
                .withUid(owner.getUid())
                .withController(true)
                .withBlockOwnerDeletion(false)
                .build())
        .endMetadata()
        .withData(Map.of(KEY, sql))
        .build();
  }
}

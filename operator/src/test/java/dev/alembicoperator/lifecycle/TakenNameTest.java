package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.testing.TestPostgres;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Somebody else's Job bears the name that an attempt would have. */
class TakenNameTest {

  private final World world = World.start();

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void theNextNumberIsTakenAndTheOtherJobStays() {
    TestPostgres.Database database = world.database("orders");
    world.image("example/orders:1", world.project().revisions(1, 2));
    world.apply("orders", "example/orders:missing", "suspend: true");
    world.awaitReason("orders", "Suspended");
    String uid = world.get("orders").getMetadata().getUid().replace("-", "").substring(0, 5);
    String name = "orders-" + uid + "-1";
    world
        .user()
        .resource(
            new JobBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(World.NAMESPACE)
                .endMetadata()
                .withNewSpec()
                .withNewTemplate()
                .withNewSpec()
                .addNewContainer()
                .withName("other")
                .withImage("example/orders:1")
                .withCommand("sleep", "60")
                .endContainer()
                .withRestartPolicy("Never")
                .endSpec()
                .endTemplate()
                .endSpec()
                .build())
        .create();

    world.apply("orders", "example/orders:1", "suspend: false");
    DatabaseMigrationStatus status = world.awaitReady("orders");

    assertThat(status.attempt().number()).isEqualTo(2);
    assertThat(World.audit(database)).containsExactly("0001", "0002");
    assertThat(world.user().batch().v1().jobs().inNamespace(World.NAMESPACE).withName(name).get())
        .isNotNull();
  }
}

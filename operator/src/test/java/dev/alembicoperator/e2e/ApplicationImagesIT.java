package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scenario 11c: images as people make them, in a namespace that admits only restricted pods. */
@EndToEnd
class ApplicationImagesIT {

  /** Kubernetes itself needs seconds for a pod; what matters is that nobody waits for a limit. */
  private static final Duration SOON = Duration.ofSeconds(30);

  @ParameterizedTest
  @ValueSource(strings = {"", "RUN useradd app\nUSER app", "USER root"})
  void anImageThatDoesNotSayByNumberWhoItIs(String user, Shop shop) {
    Database database = shop.database("orders");
    Image image = image(shop, user);

    shop.apply("orders", image);
    DatabaseMigrationStatus told =
        shop.await(
            "orders",
            s -> "PodMisconfigured".equals(Shop.reason(s)),
            "reason PodMisconfigured",
            SOON);
    assertThat(Shop.message(told)).contains("spec.pod.runAsUser").contains("jobs.podSecurity");
    assertThat(shop.tables(database)).isEmpty();

    shop.apply("orders", image, "pod: {runAsUser: 10001}");
    shop.awaitReady("orders");
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void aReadOnlyRootFileSystem(Shop shop) {
    Database database = shop.database("orders");

    shop.apply("orders", image(shop, "USER 10001:10001"), "pod: {readOnlyRootFilesystem: true}");
    shop.awaitReady("orders");

    assertThat(shop.pods().getFirst().getSpec().getContainers().getFirst().getSecurityContext())
        .matches(c -> c.getReadOnlyRootFilesystem());
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
  }

  @Test
  void anEntrypointIsNotRun(Shop shop) {
    Database database = shop.database("orders");
    String wrapper =
        """
        RUN printf '#!/bin/sh\\necho the wrapper runs\\nexit 7\\n' > /entrypoint && chmod 755 /entrypoint
        USER 10001:10001
        ENTRYPOINT ["/entrypoint"]
        CMD ["alembic", "upgrade", "head"]\
        """;

    shop.apply("orders", image(shop, wrapper));
    shop.awaitReady("orders");

    assertThat(shop.logs(shop.pods().getFirst())).doesNotContain("the wrapper runs");
    assertThat(shop.audit(database)).containsExactly("0001", "0002");
  }

  private static Image image(Shop shop, String instructions) {
    return shop.image(
        "orders",
        "1",
        shop.project()
            .revisions(1, 2)
            .write(
                "Dockerfile",
                """
                ARG BASE
                FROM ${BASE}
                COPY . /app
                WORKDIR /app
                %s
                """
                    .formatted(instructions)));
  }
}

package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/**
 * Scenario 8: what a run finds out before its first step. Each is told once, by its own reason and
 * with its remedy, changes nothing and is not repeated. All of them at once, since waiting for each
 * would be most of the test's time.
 */
@EndToEnd
class RefusalIT {

  private final Map<String, Executable> refusals = new LinkedHashMap<>();

  @Test
  void eachIsToldByItsOwnReason(Shop shop) {
    Image good = shop.image("good", "1", shop.project().revisions(1, 2));
    expect(shop, "target", good, "target: \"0099\"")
        .told("UnknownRevision", "\"0099\"", "\"0002\"", "name a revision");
    expect(shop, "empty", shop.image("empty", "1", shop.project()))
        .told("NoMigrations", "versions", ".dockerignore");
    expect(
            shop,
            "config",
            shop.image("config", "1", shop.project().revisions(1, 1).delete("alembic.ini")))
        .told("ConfigNotFound", "alembic.ini", "alembic.workingDir");
    expect(
            shop,
            "import",
            shop.image("import", "1", shop.project().revisions(1, 1).env("import orders_models\n")))
        .told("ImportFailed", "orders_models", "install the module");
    expect(shop, "path", good, "alembic: {python: [/opt/venv/bin/python]}")
        .told("PythonNotFound", "spec.alembic.python");
    expect(shop, "other", good, "alembic: {python: [/usr/bin/python3, -I]}")
        .told("ImportFailed", "alembic.python");
    expect(
            shop,
            "without",
            shop.image(
                "without",
                "1",
                shop.project()
                    .revisions(1, 1)
                    .write(
                        "Dockerfile",
                        """
                        ARG BASE
                        FROM ${BASE}
                        RUN rm -rf /venv /usr/bin/python3*
                        COPY . /app
                        WORKDIR /app
                        USER 10001:10001
                        """)))
        .told("PythonNotFound", "on its PATH", "alembic.python");

    Assertions.assertAll(refusals.values());
    Map<String, DatabaseMigrationStatus> told = new LinkedHashMap<>();
    refusals.keySet().forEach(name -> told.put(name, shop.status(name)));
    shop.settle();
    told.forEach((name, status) -> {
      assertThat(shop.jobsOf(name)).as(name).hasSize(1);
      assertThat(shop.status(name).conditions()).isEqualTo(status.conditions());
      assertThat(shop.status(name).history()).isEqualTo(status.history());
    });
  }

  private Applied expect(Shop shop, String name, Image image, String... lines) {
    Database database = shop.database(name);
    shop.apply(name, image, lines);
    return new Applied(shop, name, database);
  }

  private final class Applied {

    private final Shop shop;
    private final String name;
    private final Database database;

    Applied(Shop shop, String name, Database database) {
      this.shop = shop;
      this.name = name;
      this.database = database;
    }

    void told(String reason, String... words) {
      refusals.put(
          name,
          () -> {
            DatabaseMigrationStatus status = shop.awaitReason(name, reason);
            assertThat(Shop.has(status, "Stalled")).as(name).isTrue();
            assertThat(Shop.message(status)).contains(words);
            shop.awaitEvents(name, "Warning", reason);
            assertThat(shop.tables(database)).as(name).isEmpty();
          });
    }
  }
}

package dev.alembicoperator.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people see who work with kubectl. */
@WithApiServer
class KubectlTest {

  private final ApiServer server;
  private final String namespace;

  KubectlTest(ApiServer server) {
    this.server = server;
    this.namespace = server.newNamespace();
  }

  @BeforeEach
  void aResourceThatNobodyHasLookedAt(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("orders.yaml");
    Files.writeString(file, Documents.text("validation/smallest.yaml"));
    server.kubectl("apply", "-n", namespace, "-f", file.toString()).orFail();
  }

  @Test
  void definitionIsAcceptedWithoutAWarning() {
    ApiServer.Output again =
        server.kubectl("apply", "-f", ApiServer.DEFINITION.toString()).orFail();

    assertThat(again.out()).contains("unchanged");
    assertThat(again.err()).isEmpty();
    assertThat(
            server
                .client()
                .apiextensions()
                .v1()
                .customResourceDefinitions()
                .withName("databasemigrations.alembic-operator.dev")
                .get()
                .getStatus()
                .getConditions())
        .extracting(c -> c.getType() + "=" + c.getStatus())
        .containsExactlyInAnyOrder("NamesAccepted=True", "Established=True");
  }

  @Test
  void listShowsTheColumnsInTheirOrder() {
    setStatus();

    List<String> lines = get("dbm");

    assertThat(lines.get(0).split(" +"))
        .containsExactly("NAME", "READY", "CURRENT", "TARGET", "PENDING", "STATUS", "AGE");
    assertThat(lines.get(1).split(" +"))
        .startsWith("orders", "False", "0003", "0005", "2", "WaitingForLock");
  }

  @Test
  void wideListAddsImageJobAndMessage() {
    setStatus();

    List<String> lines = get("dbm", "-o", "wide");

    assertThat(lines.get(0)).matches(".* AGE +IMAGE +JOB +MESSAGE *");
    assertThat(lines.get(1))
        .matches(".* registry.example/orders:1.8.0 +everything-1a2b3-7 +Somebody holds a lock. *");
  }

  @Test
  void listOfAResourceThatNobodyHasLookedAtIsEmptyButForItsAge() {
    assertThat(get("dbm").get(1)).matches("orders +[0-9]+s *");
  }

  @Test
  void isFoundByItsLongNamesAndInNoCategory() {
    assertThat(get("databasemigrations")).hasSize(2);
    assertThat(get("databasemigration")).hasSize(2);
    assertThat(server.kubectl("get", "all", "-n", namespace).out()).doesNotContain("orders");
  }

  @Test
  void waitsForReadiness() {
    assertThat(
            server
                .kubectl(
                    "wait",
                    "-n",
                    namespace,
                    "--for=condition=Ready=False",
                    "--timeout=0",
                    "dbm/orders")
                .exitCode())
        .isNotZero();

    setStatus();

    server
        .kubectl(
            "wait", "-n", namespace, "--for=condition=Ready=False", "--timeout=30s", "dbm/orders")
        .orFail();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          dbm                                | A database and the Alembic revision it shall be at
          dbm.spec                           | image <string> -required-
          dbm.spec                           | database <Object> -required-
          dbm.spec.target                    | When absent: head
          dbm.spec.imagePullPolicy           | ENUM: Always IfNotPresent Never
          dbm.spec.database.tls.mode         | ENUM: disable prefer require verify-ca verify-full
          dbm.spec.retry                     | for <string>
          dbm.spec.timeouts.lock             | When absent: 5s
          dbm.spec.pod.env.valueFrom         | secretKeyRef <Object>
          dbm.spec.pod.affinity              | podAntiAffinity <Object>
          dbm.spec.pod.resources.limits      | The most it may use
          dbm.status                         | observedGeneration <integer>
          dbm.status.history                 | FIELD: history <[]Object>
          dbm.status.attempt.requested       | The image that is run
          """)
  void explains(String field, String text) {
    assertThat(server.kubectl("explain", field).orFail().out().replaceAll("\\s+", " "))
        .contains(text);
  }

  private List<String> get(String... arguments) {
    String[] command = new String[arguments.length + 3];
    command[0] = "get";
    command[1] = "-n";
    command[2] = namespace;
    System.arraycopy(arguments, 0, command, 3, arguments.length);
    return server.kubectl(command).orFail().out().lines().toList();
  }

  private void setStatus() {
    server
        .client()
        .resources(DatabaseMigration.class)
        .inNamespace(namespace)
        .withName("orders")
        .editStatus(resource -> {
          resource.setStatus(
              Documents.as(DatabaseMigration.class, Documents.everything("everything"))
                  .getStatus());
          return resource;
        });
  }
}

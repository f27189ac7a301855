package dev.alembicoperator.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.Adopt;
import dev.alembicoperator.api.v1alpha1.AlembicBuilder;
import dev.alembicoperator.api.v1alpha1.Database;
import dev.alembicoperator.api.v1alpha1.DatabaseBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpecBuilder;
import dev.alembicoperator.api.v1alpha1.TimeoutsBuilder;
import dev.alembicoperator.api.v1alpha1.TlsMode;
import dev.alembicoperator.plan.Decision;
import dev.alembicoperator.plan.Situation;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The runner's command line, word by word, and the name of its sessions. */
class RunnerArgumentsTest {

  private static List<String> words(Situation s, UnaryOperator<DatabaseMigrationSpecBuilder> edit) {
    return RunnerArguments.command(((Decision.Run) s.spec(edit).decide()).request());
  }

  @Test
  void theSmallestResource() {
    assertThat(words(Situation.firstApply(), b -> b))
        .containsExactly(
            "/bin/sh",
            "/alembic-operator/launch.sh",
            "migrate",
            "--target=head",
            "--report=/dev/termination-log",
            "--resource=shop/orders",
            "--attempt=1",
            "--set-url=true",
            "--url-env=DATABASE_URL",
            "--lock-timeout=5",
            "--migration-lock-timeout=600",
            "--run-timeout=3600",
            "--connect-timeout=10",
            "--grace=25",
            "--expect-database={\"identity\":\"7300000000000000000/16384\"}");
  }

  @Test
  void aPermittedDowngradeByAnotherImage() {
    RunRequest request = ((Decision.Run) Situation.firstApply().decide()).request();
    RunRequest.Task task =
        new RunRequest.Task(
            "registry.example/orders@sha256:x",
            "a1,b2",
            AlembicBuilder.builder().section("then").build(),
            Optional.of("sha256:abc"),
            Optional.empty(),
            Optional.of(new RunRequest.Instead("registry.example/orders:1", null)));

    assertThat(RunnerArguments.command(RunRequestBuilder.builder(request).task(task).build()))
        .contains(
            "--target=a1,b2",
            "--direction=downgrade",
            "--allow-downgrade=sha256:abc",
            "--section=then")
        .noneMatch(word -> word.startsWith("--baseline"));
  }

  @Test
  void aBaseline() {
    assertThat(words(Situation.firstApply(), b -> b.adopt(new Adopt("0001"))))
        .contains("--baseline=0001")
        .noneMatch(word -> word.startsWith("--direction") || word.startsWith("--allow"));
  }

  @Test
  void aCheckOnlyLooks() {
    RunRequest request = ((Decision.Run) Situation.firstApply().decide()).request();
    RunRequest check =
        RunRequestBuilder.builder(request).purpose(new RunRequest.Purpose.Check(false)).build();
    RunRequest sql =
        RunRequestBuilder.builder(request).purpose(new RunRequest.Purpose.Check(true)).build();

    assertThat(RunnerArguments.command(check))
        .contains("check")
        .doesNotContain("migrate", "--sql=true");
    assertThat(RunnerArguments.command(sql)).contains("check", "--sql=true");
    assertThat(RunnerArguments.command(request)).contains("migrate").doesNotContain("check");
  }

  @Test
  void theProjectsOwnCommandWordByWord() {
    assertThat(
            words(
                Situation.firstApply(),
                b ->
                    b.alembic(
                        AlembicBuilder.builder()
                            .command(List.of("flask", "db", "upgrade", "--x a"))
                            .build())))
        .containsSubsequence(
            "--command=flask", "--command=db", "--command=upgrade", "--command=--x a");
  }

  @Test
  void everyField() {
    List<String> words =
        words(
            Situation.firstApply().identity(null),
            b ->
                b.target("ae10+2")
                    .alembic(
                        AlembicBuilder.builder()
                            .config(List.of("a b.ini", "c.toml"))
                            .section("orders")
                            .xArguments(List.of("tenant=a", "--n"))
                            .python(List.of("uv", "run", "python"))
                            .setUrl(false)
                            .build())
                    .database(
                        DatabaseBuilder.builder(
                                Situation.firstApply().observation().spec().database())
                            .urlEnv("SQLALCHEMY_URL")
                            .driver("asyncpg")
                            .tls(new Database.Tls(TlsMode.REQUIRE, null))
                            .versionTable(new Database.VersionTable("meta", "version"))
                            .build())
                    .timeouts(
                        TimeoutsBuilder.builder()
                            .lock("1s")
                            .migrationLock("0s")
                            .statement("2m")
                            .run("1h1m")
                            .connect("3s")
                            .build()));

    assertThat(words)
        .containsExactly(
            "uv",
            "run",
            "python",
            "/alembic-operator/runner.pyz",
            "migrate",
            "--target=ae10+2",
            "--report=/dev/termination-log",
            "--resource=shop/orders",
            "--attempt=1",
            "--config=a b.ini",
            "--config=c.toml",
            "--section=orders",
            "--x=tenant=a",
            "--x=--n",
            "--set-url=false",
            "--url-env=SQLALCHEMY_URL",
            "--driver=asyncpg",
            "--tls-mode=require",
            "--version-table=version",
            "--version-table-schema=meta",
            "--lock-timeout=1",
            "--migration-lock-timeout=0",
            "--statement-timeout=120",
            "--run-timeout=3660",
            "--connect-timeout=3",
            "--grace=25",
            "--expect-database={\"dialect\":\"postgresql\",\"host\":\"db\",\"name\":\"orders\"}");
  }

  @Test
  void aDatabaseThatTheImageKnowsIsNotInjected() {
    List<String> words =
        words(
            Situation.firstApply().neverLooks(),
            b -> b.database(DatabaseBuilder.builder().inPod(new Database.InPod()).build()));

    assertThat(words).contains("--in-pod=true", "--set-url=false");
    assertThat(words).noneMatch(w -> w.startsWith("--url-env") || w.startsWith("--expect"));
  }

  @ParameterizedTest
  @CsvSource({
    "shop, orders, shop/orders",
    "a, bcdefghijklmnopqrstuvw, a/bcdefghijklmnopqrstuvw",
    "production, orders-database-eu, production/orders-~1a2b3",
    "a-namespace-of-the-longest-kind, orders, a-namespace-of-the~1a2b3"
  })
  void aResourcesNameIsShortAndItsOwn(String namespace, String name, String expected) {
    assertThat(ApplicationName.resource(namespace, name, "1a2b3c4d")).isEqualTo(expected);
  }

  @Test
  void anySessionsNameFitsWithARevisionTwiceAsLongAsAlembicsOwn() {
    String resource = ApplicationName.resource("n".repeat(63), "r".repeat(253), "1a2b3c4d");

    String name = ApplicationName.prefix(resource, 99_999) + "999.999/" + "r".repeat(24);

    assertThat(name).hasSizeLessThanOrEqualTo(63);
  }

  @ParameterizedTest
  @CsvSource({
    "0.0/-, 0, 0, ''",
    "0.5/-, 0, 5, ''",
    "2.5/0003, 2, 5, 0003",
    "1.0/v1.2/x, 1, 0, v1.2/x",
    "0003, 0, 0, 0003",
    "2.x/0003, 0, 0, 2.x/0003",
    "99999999999.1/0003, 0, 0, 99999999999.1/0003"
  })
  void aSessionsNameTellsWhereItIs(String tail, int step, int steps, String revision) {
    assertThat(ApplicationName.position(tail))
        .isEqualTo(new ApplicationName.Position(step, steps, revision));
  }
}

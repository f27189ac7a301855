package dev.alembicoperator.lifecycle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.plan.PlanSettings;
import dev.alembicoperator.testing.TestPostgres;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scenarios 27 and 28: what stands in the Secret, and what does not. */
class ConnectionSecretsTest {

  private static final String IMAGE = "example/app:1";
  private static final String JOB = "observe: Job";
  private static final String OPERATOR = "observe: Operator";

  private final World world =
      World.with(new PlanSettings(Duration.ofSeconds(1), Duration.ofMinutes(2), Set.of()));
  private final TestPostgres.Database database = TestPostgres.shared().database();

  ConnectionSecretsTest() {
    world.image(IMAGE, world.project().revisions(1, 2));
  }

  @AfterEach
  void close() {
    world.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {OPERATOR, JOB})
  void aSecretThatComesLateAndItsKeyThatComesLater(String observe) {
    applyUrl(observe);
    DatabaseMigrationStatus status = world.awaitReason("orders", "SecretNotFound");
    assertThat(World.message(status)).contains("\"orders-db\"");
    assertThat(World.has(status, "Reconciling")).isTrue();

    world.secret("orders-db", Map.of("uri", database.url()));
    status = world.awaitReason("orders", "SecretKeyNotFound");
    assertThat(World.message(status)).contains("orders-db").containsPattern("key \"?url\"?\\b");

    world.secret("orders-db", Map.of("url", database.url()));
    assertDone(1);
    assertSecretsReadOnlyBy(observe);
  }

  @Test
  void aUrlThatIsNoneIsToldByItsKeyAndHealsWithTheSecret() {
    world.secret("orders-db", Map.of("url", "orders at db"));
    applyUrl(OPERATOR);
    DatabaseMigrationStatus status = world.awaitReason("orders", "InvalidConnection");
    assertThat(World.message(status))
        .contains("\"orders-db\"")
        .contains("\"url\"")
        .doesNotContain("orders at db");
    assertThat(World.has(status, "Stalled")).isTrue();
    assertThat(world.jobsStarted()).isZero();

    world.secret("orders-db", Map.of("url", database.url()));
    assertDone(1);
  }

  @Test
  void aUrlThatOnlyThePodReadsIsToldByItsKeyToo() {
    world.secret("orders-db", Map.of("url", "orders at db"));
    applyUrl(JOB);
    DatabaseMigrationStatus status = world.awaitReason("orders", "InvalidConnection");
    assertThat(World.message(status))
        .contains("\"orders-db\"")
        .contains("\"url\"")
        .doesNotContain("orders at db");

    world.secret("orders-db", Map.of("url", database.url()));
    retry();
    assertDone(2);
    assertSecretsReadOnlyBy(JOB);
  }

  @Test
  void aWrongPasswordIsToldByItsKeyAndHealsWithTheSecretWithoutAPod() {
    world.secret("orders-db", Map.of("url", url("postgresql", database, "wrong-password")));
    applyUrl(OPERATOR);
    DatabaseMigrationStatus status = world.awaitReason("orders", "AuthenticationFailed");
    assertThat(World.message(status)).contains("key \"url\" of Secret \"orders-db\"");
    assertThat(World.has(status, "Reconciling")).isTrue();
    assertThat(world.jobsStarted()).isZero();

    world.secret("orders-db", Map.of("url", database.url()));
    assertDone(1);
  }

  @Test
  void aWrongPasswordThatOnlyThePodMeetsIsToldByItsKey() {
    world.secret("orders-db", Map.of("url", url("postgresql", database, "wrong-password")));
    applyUrl(JOB);
    DatabaseMigrationStatus status = world.awaitReason("orders", "AuthenticationFailed");
    assertThat(World.message(status)).contains("key \"url\" of Secret \"orders-db\"");

    world.secret("orders-db", Map.of("url", database.url()));
    retry();
    assertDone(2);
    assertSecretsReadOnlyBy(JOB);
  }

  @Test
  void aRotatedPasswordIsUsedByTheNextRun() {
    world.secret("orders-db", Map.of("url", database.url()));
    applyUrl(OPERATOR);
    world.awaitReady("orders");

    TestPostgres.shared()
        .execute("postgres", "ALTER ROLE %s PASSWORD 'rotated'".formatted(database.user()));
    // The operator meets the new password before the Secret does.
    world.await(
        "orders",
        s -> World.message(s).contains("was last read"),
        "a refused look",
        Duration.ofSeconds(40));
    world.secret("orders-db", Map.of("url", url("postgresql", database, "rotated")));
    world.image("example/app:2", world.project().revisions(1, 3));
    world.apply("orders", "example/app:2");
    DatabaseMigrationStatus status = world.awaitReady("orders");

    assertThat(status.currentRevisions()).containsExactly("0003");
    assertThat(world.jobsStarted()).isEqualTo(2);
  }

  @Test
  void hostilePasswordsConnectHoweverTheyAreWritten() {
    List<String> passwords =
        List.of(
            "100%41 %zz%",
            "p@ss/w:rd",
            "it's \"quoted\" \\back",
            "?query#fragment&a=b",
            "$(HOME) $$ ${x} `id`",
            "pässwörd-日本-🔑");
    Map<String, TestPostgres.Database> all = new LinkedHashMap<>();
    for (int i = 0; i < passwords.size(); i++) {
      String password = passwords.get(i);
      all.put("encoded-" + i, hostile("encoded-" + i, password, true));
      all.put("parts-" + i, hostileParts("parts-" + i, password));
      if (!password.contains("%41") && !password.contains("?")) {
        all.put("raw-" + i, hostile("raw-" + i, password, false));
      }
    }
    all.forEach((name, target) -> {
      world.awaitReady(name);
      assertThat(World.audit(target)).as(name).containsExactly("0001", "0002");
    });
    assertThat(world.jobsStarted()).isEqualTo(all.size());
  }

  @Test
  void everySpellingOfAUrlConnects() {
    world.image("example/async:1", world.project().env(AlembicProject.ASYNC_ENV).revisions(1, 2));
    Map<String, TestPostgres.Database> all = new LinkedHashMap<>();
    List<String> schemes = List.of("postgres", "postgresql+psycopg", "postgresql+psycopg2");
    for (String scheme : schemes) {
      spelled(all, IMAGE, d -> url(scheme, d, d.password()));
    }
    spelled(all, "example/async:1", d -> url("postgresql+asyncpg", d, d.password()));
    spelled(
        all,
        IMAGE,
        d ->
            "jdbc:postgresql://127.0.0.1:%d/%s?user=%s&password=%s"
                .formatted(d.port(), d.name(), d.user(), encoded(d.password())));
    spelled(all, IMAGE, d -> "  \"" + d.url() + "\"\n");
    all.forEach((name, target) -> {
      world.awaitReady(name);
      assertThat(World.audit(target)).as(name).containsExactly("0001", "0002");
    });
  }

  private void spelled(
      Map<String, TestPostgres.Database> all,
      String image,
      java.util.function.Function<TestPostgres.Database, String> spelling) {
    String name = "spelling-" + all.size();
    TestPostgres.Database target = TestPostgres.shared().database("p@ss w'rd");
    world.secret(name + "-db", Map.of("url", spelling.apply(target)));
    world.apply(name, image);
    all.put(name, target);
  }

  private TestPostgres.Database hostile(String name, String password, boolean escaped) {
    TestPostgres.Database target = TestPostgres.shared().database(password);
    String url =
        escaped
            ? target.url()
            : "postgresql://%s:%s@127.0.0.1:%d/%s"
                .formatted(target.user(), password, target.port(), target.name());
    world.secret(name + "-db", Map.of("url", url));
    world.apply(name, IMAGE);
    return target;
  }

  /** In keys of their own, with the line end that "echo" leaves. */
  private TestPostgres.Database hostileParts(String name, String password) {
    TestPostgres.Database target = TestPostgres.shared().database(password);
    world.secret(
        name + "-parts",
        Map.of(
            "host", "127.0.0.1\n",
            "port", target.port() + "\n",
            "db", target.name() + "\n",
            "user", target.user() + "\n",
            "pw", password + "\n"));
    String key = "{secretKeyRef: {name: %s-parts, key: %s}}";
    world
        .cluster()
        .apply(
            """
            apiVersion: alembic-operator.dev/v1alpha1
            kind: DatabaseMigration
            metadata: {name: %s, namespace: %s}
            spec:
              image: %s
              database:
                connection:
                  hostFrom: %s
                  portFrom: %s
                  nameFrom: %s
                  userFrom: %s
                  passwordFrom: %s
            """
                .formatted(
                    name,
                    World.NAMESPACE,
                    IMAGE,
                    key.formatted(name, "host"),
                    key.formatted(name, "port"),
                    key.formatted(name, "db"),
                    key.formatted(name, "user"),
                    key.formatted(name, "pw")));
    return target;
  }

  private void applyUrl(String observe) {
    world
        .cluster()
        .apply(
            """
            apiVersion: alembic-operator.dev/v1alpha1
            kind: DatabaseMigration
            metadata: {name: orders, namespace: %s}
            spec:
              image: %s
              database:
                urlFrom: {secretKeyRef: {name: orders-db, key: url}}
                %s
            """
                .formatted(World.NAMESPACE, IMAGE, observe));
  }

  private void retry() {
    world
        .user()
        .resource(world.get("orders"))
        .edit(r -> {
          r.getMetadata().setAnnotations(Map.of("alembic-operator.dev/retry", "mended"));
          return r;
        });
  }

  private static String url(String scheme, TestPostgres.Database target, String password) {
    return "%s://%s:%s@127.0.0.1:%d/%s"
        .formatted(scheme, target.user(), encoded(password), target.port(), target.name());
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20");
  }

  private void assertDone(int jobs) {
    DatabaseMigrationStatus status = world.awaitReady("orders");
    assertThat(world.jobsStarted()).isEqualTo(jobs);
    assertThat(status.currentRevisions()).containsExactly("0002");
    assertThat(World.audit(database)).containsExactly("0001", "0002");
  }

  /** Where only the Job observes, the operator never asks for a Secret. */
  private void assertSecretsReadOnlyBy(String observe) {
    boolean read = world.cluster().requests().stream().anyMatch(r -> r.path().contains("/secrets"));
    assertThat(read).isEqualTo(observe.equals(OPERATOR));
  }
}

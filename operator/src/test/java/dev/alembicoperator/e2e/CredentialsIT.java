package dev.alembicoperator.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.e2e.ClusterPostgres.Database;
import dev.alembicoperator.e2e.Images.Image;
import java.net.URLEncoder;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Scenarios 27 and 28: Secrets that are not there, not right, not yet right, and right but hostile.
 */
@EndToEnd
class CredentialsIT {

  /** Between them every character that a URL, a shell, an ini file or Kubernetes reads. */
  private static final List<String> HOSTILE =
      List.of("100%/of:it@home", "it's ü€ \"quoted\" \\back", "$(HOME) $$ #?&=+ %(here)s");

  @Test
  void eachTroubleIsToldByTheNameOfTheKeyAndHealsWithTheSecret(Shop shop) {
    Database database = shop.database();
    shop.apply("orders", shop.image("orders", "1", shop.project().revisions(1, 2)));

    told(shop, "SecretNotFound", "orders-db");
    shop.secret("orders-db", Map.of("uri", database.url()));
    told(shop, "SecretKeyNotFound", "orders-db", "url");
    shop.secret("orders-db", Map.of("url", "no://u r l:" + database.password()));
    told(shop, "InvalidConnection", "orders-db", "url");
    shop.secret(
        "orders-db", Map.of("url", database.withPassword("not-" + database.password()).url()));
    told(shop, "AuthenticationFailed", "orders-db");
    shop.secret("orders-db", Map.of("url", database.url()));
    shop.awaitReady("orders");

    assertThat(shop.audit(database)).containsExactly("0001", "0002");
    assertThat(shop.jobs()).as("no pod was wasted on a Secret that could not do").hasSize(1);
  }

  @Test
  void aRotatedPasswordHealsWithTheSecret(Shop shop) {
    Database database = shop.database("orders");
    shop.apply("orders", shop.image("orders", "1", shop.project().revisions(1, 1)));
    shop.awaitReady("orders");

    Database rotated = shop.cluster().postgres().rotate(database, "rotated-" + database.password());
    shop.apply("orders", shop.image("orders", "2", shop.project().revisions(1, 2)));
    told(shop, "AuthenticationFailed", "orders-db");
    shop.secret("orders-db", Map.of("url", rotated.url()));
    shop.awaitReady("orders");

    assertThat(shop.audit(rotated)).containsExactly("0001", "0002");
  }

  private static void told(Shop shop, String reason, String... words) {
    DatabaseMigrationStatus status = shop.awaitReason("orders", reason);
    assertThat(Shop.message(status)).contains(words);
    assertThat(Shop.has(status, "Stalled") ^ Shop.has(status, "Reconciling")).isTrue();
  }

  @Test
  void hostilePasswordsConnect(Shop shop) {
    Image image = shop.image("orders", "1", shop.project().revisions(1, 2));
    for (int i = 0; i < HOSTILE.size(); i++) {
      Database byUrl = shop.databaseWithPassword(HOSTILE.get(i));
      shop.secret("url-" + i + "-db", Map.of("url", byUrl.url()));
      shop.apply("url-" + i, image);
      Database byKeys = shop.databaseWithPassword(HOSTILE.get(i));
      shop.secret("keys-" + i + "-db", Map.of("user", byKeys.user(), "pw", byKeys.password()));
      shop.cluster().apply(byKeys(shop, "keys-" + i, image, byKeys));
    }

    for (int i = 0; i < HOSTILE.size(); i++) {
      shop.awaitReady("url-" + i);
      shop.awaitReady("keys-" + i);
    }
  }

  private static String byKeys(Shop shop, String name, Image image, Database database) {
    return """
    apiVersion: alembic-operator.dev/v1alpha1
    kind: DatabaseMigration
    metadata: {name: %1$s, namespace: %2$s}
    spec:
      image: %3$s
      database:
        connection:
          host: %4$s
          name: %5$s
          userFrom: {secretKeyRef: {name: %1$s-db, key: user}}
          passwordFrom: {secretKeyRef: {name: %1$s-db, key: pw}}
    """
        .formatted(name, shop.namespace(), image.tagged(), database.host(), database.name());
  }

  /** A run that works, one that says the password in its error, and one that cannot log in. */
  @Test
  void aCanaryIsNowhereButInItsSecret(Shop shop, Operator operator) {
    String canary = "canary/%s@%d".formatted(shop.namespace(), System.nanoTime());
    Image good = shop.image("orders", "1", shop.project().revisions(1, 2));
    Image loud =
        shop.image(
            "loud",
            "1",
            shop.project()
                .revision(
                    1, "import os\nraise RuntimeError('I use ' + os.environ['DATABASE_URL'])"));
    Map<String, String> databaseUrls = new HashMap<>();
    for (String name : List.of("good", "loud", "wrong")) {
      Database database = shop.databaseWithPassword(name.equals("wrong") ? "other" : canary);
      databaseUrls.put(name, database.withPassword(canary).url());
      shop.secret(name + "-db", Map.of("url", databaseUrls.get(name)));
    }
    shop.apply("good", good).apply("loud", loud).apply("wrong", good);
    shop.awaitReady("good");
    shop.awaitReason("loud", "MigrationFailed");
    shop.awaitReason("wrong", "AuthenticationFailed");

    String url = databaseUrls.get("good");
    List<String> forms =
        List.of(canary, URLEncoder.encode(canary, UTF_8), base64(canary), url, base64(url));
    assertThat(stored(shop, _ -> true)).as("what is looked through").contains(base64(url));
    Map<String, String> told = new LinkedHashMap<>();
    told.put("all objects but Secrets", stored(shop, kind -> !kind.equals("secrets")));
    told.put("the operator's log", operator.logs());
    told.put("its metrics", operator.metrics());
    shop.pods().forEach(pod -> told.put(pod.getMetadata().getName(), shop.logs(pod)));
    told.forEach((where, text) ->
        forms.forEach(form ->
            assertThat(text.contains(form)).as("a credential in %s".formatted(where)).isFalse()));
    assertThat(told.get("all objects but Secrets")).contains("loud", "AuthenticationFailed");
    assertThat(told.values()).as("the loud one was heard").anyMatch(t -> t.contains("I use "));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  /** Whatever the cluster stores of the chosen kinds, ours and others', in all its namespaces. */
  private static String stored(Shop shop, Predicate<String> kind) {
    String kinds =
        shop.cluster()
            .run("kubectl", "api-resources", "--verbs=list", "-o", "name")
            .orFail()
            .lines()
            .filter(kind)
            .collect(Collectors.joining(","));
    assertThat(kinds).contains("configmaps").contains("events").contains("jobs");
    return shop.cluster()
        .run("kubectl", "get", kinds, "--all-namespaces", "--output", "json", "--ignore-not-found")
        .orFail();
  }
}

package dev.alembicoperator.lifecycle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.core.OutputStreamAppender;
import dev.alembicoperator.plan.PlanSettings;
import dev.alembicoperator.testing.ApiRequest;
import dev.alembicoperator.testing.TestPostgres;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Scenario 28: a password that would be found again is found nowhere but in its Secret, whatever
 * goes wrong, however it is spelled, at the most talkative level of the operator's log.
 */
class CanaryTest {

  private static final String CANARY = "cAnArY";

  /** What every parser on the way stumbles over. */
  private static final String PASSWORD = CANARY + "-%41@:/'x ä";

  private static final String FAILS_IN_PYTHON =
      """
      import os
      url = os.environ["DATABASE_URL"]
      print("connecting to", url)
      raise RuntimeError("no way to " + url + " and not to " + repr(url).upper())
      """;

  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Logger ours = (Logger) LoggerFactory.getLogger("dev.alembicoperator");
  private final OutputStreamAppender<ch.qos.logback.classic.spi.ILoggingEvent> appender =
      new OutputStreamAppender<>();
  private final World world =
      World.with(new PlanSettings(Duration.ofSeconds(1), Duration.ofMinutes(2), Set.of()));

  @BeforeEach
  void listen() {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(root.getLoggerContext());
    encoder.setPattern("%level %logger %msg%n%ex{full}");
    encoder.start();
    appender.setContext(root.getLoggerContext());
    appender.setEncoder(encoder);
    appender.setOutputStream(log);
    appender.start();
    ours.setLevel(Level.TRACE);
    root.addAppender(appender);
  }

  @AfterEach
  void close() {
    root.detachAppender(appender);
    ours.setLevel(null);
    world.close();
  }

  @Test
  void aPasswordIsNowhereButInItsSecret() {
    world.image("example/good:1", world.project().revisions(1, 2));
    world.image("example/env:1", world.project().env(FAILS_IN_PYTHON).revisions(1, 2));
    world.image(
        "example/sql:1",
        world
            .project()
            .revision(
                1,
                "op.execute(\"ALTER ROLE nobody PASSWORD '%s'\")"
                    .formatted(PASSWORD.replace("'", "''"))));
    world.image(
        "example/message:1",
        world
            .project()
            .revisions(1, 1)
            .revision(
                2,
                "raise RuntimeError('the password is ' +"
                    + " __import__('os').environ['DATABASE_URL'])"));
    Map<String, String> outcomes = new LinkedHashMap<>();
    run(outcomes, "good", "example/good:1", null, "UpToDate");
    run(outcomes, "env", "example/env:1", null, null);
    run(outcomes, "sql", "example/sql:1", null, "DoesNotExist");
    run(outcomes, "message", "example/message:1", null, "MigrationFailed");
    run(outcomes, "wrong", "example/good:1", "wrong password", "AuthenticationFailed");
    run(outcomes, "malformed", "example/good:1", "malformed", "InvalidConnection");
    run(outcomes, "nohost", "example/good:1", "no host", "WaitingForDatabase");

    outcomes.forEach((name, reason) -> {
      if (reason == null) {
        world.await(name, s -> World.has(s, "Stalled"), "Stalled", Duration.ofSeconds(40));
      } else {
        world.awaitReason(name, reason);
      }
    });

    Map<String, String> texts = texts();
    assertThat(texts.get("log")).contains("attempt 1 ended");
    // It is there to be found.
    String secrets =
        Serialization.asYaml(world.user().secrets().inNamespace(World.NAMESPACE).list().getItems());
    assertThat(tracks().values()).anyMatch(track -> !at(secrets, track).isEmpty());
    texts.forEach((where, text) ->
        tracks()
            .forEach((how, track) ->
                assertThat(at(text, track)).as("the password, %s, in %s", how, where).isEmpty()));
  }

  /** What surrounds the first occurrence, or nothing. */
  private static String at(String text, String track) {
    int at = text.toLowerCase(Locale.ROOT).indexOf(track.toLowerCase(Locale.ROOT));
    return at < 0 ? "" : text.substring(Math.max(0, at - 200), Math.min(text.length(), at + 200));
  }

  /**
   * What every spelling of the password has in common: its begin, and the three ways base64 can
   * shift it.
   */
  private static Map<String, String> tracks() {
    Map<String, String> tracks = new LinkedHashMap<>();
    tracks.put("plain or percent-encoded", CANARY);
    for (int shift = 0; shift < 3; shift++) {
      byte[] shifted = ("xx".substring(0, shift) + CANARY).getBytes(UTF_8);
      String encoded = Base64.getEncoder().encodeToString(shifted);
      // The first group holds what stands before, the last what stands behind.
      int from = shift == 0 ? 0 : 4;
      tracks.put("in base64, shifted by " + shift, encoded.substring(from, from + 4));
    }
    return tracks;
  }

  private void run(
      Map<String, String> outcomes, String name, String image, String fault, String reason) {
    TestPostgres.Database database = TestPostgres.shared().database(PASSWORD);
    String encoded = URLEncoder.encode(PASSWORD, UTF_8).replace("+", "%20");
    String url =
        switch (fault == null ? "" : fault) {
          case "wrong password" -> database.url().replace(encoded, encoded + "wrong");
          case "malformed" -> "app:" + PASSWORD + "@127.0.0.1/orders";
          case "no host" -> database.url().replace("127.0.0.1", "nowhere.invalid");
          default -> database.url();
        };
    world.secret(name + "-db", Map.of("url", url));
    world.apply(name, image);
    outcomes.put(name, reason);
  }

  /** Everything that anybody but the Secret's owner could read. */
  private Map<String, String> texts() {
    Map<String, String> texts = new LinkedHashMap<>();
    var user = world.user();
    var all = new ArrayList<Object>();
    all.addAll(
        user.resources(dev.alembicoperator.api.v1alpha1.DatabaseMigration.class)
            .inNamespace(World.NAMESPACE)
            .list()
            .getItems());
    texts.put("resources", Serialization.asYaml(all));
    texts.put(
        "events",
        Serialization.asYaml(
            user.events().v1().events().inNamespace(World.NAMESPACE).list().getItems()));
    texts.put(
        "Jobs",
        Serialization.asYaml(
            user.batch().v1().jobs().inNamespace(World.NAMESPACE).list().getItems()));
    texts.put(
        "pods", Serialization.asYaml(user.pods().inNamespace(World.NAMESPACE).list().getItems()));
    texts.put(
        "ConfigMaps' names",
        user.configMaps().inNamespace(World.NAMESPACE).list().getItems().stream()
            .map(m -> m.getMetadata() + " " + m.getData())
            .toList()
            .toString());
    texts.put("metrics", world.metrics());
    List<ApiRequest> requests = world.cluster().requests();
    texts.put(
        "requests",
        requests.stream()
            .filter(r -> !r.path().endsWith("/configmaps"))
            .map(r -> r.path() + r.query() + r.body())
            .toList()
            .toString());
    texts.put("log", log.toString(UTF_8));
    return texts;
  }
}

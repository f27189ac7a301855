package dev.alembicoperator.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.alembicoperator.api.v1alpha1.TlsMode;
import dev.alembicoperator.database.ConnectionSettings.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionUrlsTest {

  @TestFactory
  Stream<DynamicTest> readsEveryCaseSharedWithTheRunner() throws IOException {
    List<JsonNode> cases = cases();
    assertThat(cases).hasSizeGreaterThan(100);
    return IntStream.range(0, cases.size())
        .mapToObj(i -> {
          JsonNode one = cases.get(i);
          String url = one.get("url").textValue();
          return dynamicTest(i + " " + url.strip(), () -> check(url, one));
        });
  }

  private static void check(String url, JsonNode expected) throws InvalidConnectionException {
    if (expected.path("invalid").booleanValue()) {
      assertThatThrownBy(() -> ConnectionUrls.parse(url))
          .isInstanceOf(InvalidConnectionException.class)
          .hasNoCause()
          .message()
          .doesNotContain("secret")
          .hasSizeGreaterThan(20);
      return;
    }
    ConnectionSettings settings = ConnectionUrls.parse(url);
    assertThat(settings.dialect()).isEqualTo(expected.get("dialect").textValue());
    assertThat(settings.driver())
        .isEqualTo(Optional.ofNullable(expected.get("driver").textValue()));
    assertThat(settings.host()).isEqualTo(expected.get("host").textValue());
    assertThat(settings.port())
        .isEqualTo(
            expected.get("port").isNull()
                ? OptionalInt.empty()
                : OptionalInt.of(expected.get("port").intValue()));
    assertThat(settings.name()).isEqualTo(expected.get("name").textValue());
    assertThat(settings.user()).isEqualTo(expected.get("user").textValue());
    assertThat(settings.password()).isEqualTo(expected.get("password").textValue());
    assertThat(settings.options())
        .isEqualTo(new ObjectMapper().convertValue(expected.get("options"), Map.class));
  }

  static List<JsonNode> cases() throws IOException {
    try (InputStream in = ConnectionUrlsTest.class.getResourceAsStream("/connection-urls.json")) {
      List<JsonNode> cases = new ArrayList<>();
      new ObjectMapper().readTree(in).forEach(cases::add);
      return cases.stream().filter(one -> one.has("url")).toList();
    }
  }

  /** Whatever a generator of passwords makes of these, raw or escaped, comes back. */
  @Test
  void everyPasswordComesBack() throws InvalidConnectionException {
    String[] alphabet = {
      "%", "@", "/", "'", ":", "?", "#", " ", "\"", "ä", "🔑", "a", "Z", "9", "+", ";", "\\", "$"
    };
    Random random = new Random(20);
    for (int i = 0; i < 5_000; i++) {
      String password =
          random
              .ints(1 + random.nextInt(12), 0, alphabet.length)
              .mapToObj(n -> alphabet[n])
              .collect(Collectors.joining());
      String escaped = PercentEncoding.encode(password, PercentEncoding::unreserved);
      assertThat(
              ConnectionUrls.parse(
                      "postgresql://app:" + escaped + "@db:5432/orders?sslmode=require")
                  .password())
          .isEqualTo(password);
      if (!password.matches("(?s).*%9[9aZ].*|.*%a[9a].*")) {
        assertThat(
                ConnectionUrls.parse(
                        "postgresql://app:" + password + "@db:5432/orders?sslmode=require")
                    .password())
            .isEqualTo(password);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "sslmode=disable,DISABLE",
    "sslmode=allow,PREFER",
    "sslmode=prefer,PREFER",
    "sslmode=require,REQUIRE",
    "sslmode=verify-ca,VERIFY_CA",
    "sslmode=verify-full,VERIFY_FULL",
    "ssl=require,REQUIRE",
    "ssl=true,VERIFY_FULL",
    "ssl=false,",
    "connect_timeout=3,"
  })
  void takesTheModeOfTlsFromTheQuery(String query, TlsMode mode) throws InvalidConnectionException {
    assertThat(ConnectionUrls.parse("postgresql://db/orders?" + query).tls()).isEqualTo(mode);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://u@localhost/d",
        "postgresql://u@LOCALHOST./d",
        "postgresql://u@db.localhost/d",
        "postgresql://u@127.0.0.1/d",
        "postgresql://u@127.9.9.9/d",
        "postgresql://u@[::1]/d",
        "postgresql://u@0.0.0.0/d",
        "postgresql://u@2130706433/d",
        "postgresql://u@127.1/d",
        "postgresql://u@[::ffff:127.0.0.1]/d",
        "postgresql://u@/d",
        "postgresql://u@/d?host=/var/run/postgresql",
        "postgresql://u@db,localhost/d",
        "jdbc:postgresql:d",
        "mysql://u@db/d",
        "sqlite:////d"
      })
  void isNotObservableFromElsewhere(String url) throws InvalidConnectionException {
    assertThat(ConnectionUrls.parse(url).observable()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://u@db/d",
        "postgresql+asyncpg://u@10.0.0.5/d",
        "postgresql://u@a,b/d"
      })
  void isObservable(String url) throws InvalidConnectionException {
    assertThat(ConnectionUrls.parse(url).observable()).isTrue();
  }

  @Test
  void takesAListOfHostsApart() throws InvalidConnectionException {
    assertThat(ConnectionUrls.parse("postgresql://u@[2001:db8::1]:5432,b:5433,c/d").endpoints())
        .containsExactly(
            new Endpoint("2001:db8::1", OptionalInt.of(5432)),
            new Endpoint("b", OptionalInt.of(5433)),
            new Endpoint("c", OptionalInt.empty()));
    assertThat(ConnectionUrls.parse("postgresql://u@a:6432,[2001:db8::2]:6432/d").endpoints())
        .containsExactly(
            new Endpoint("a", OptionalInt.of(6432)),
            new Endpoint("2001:db8::2", OptionalInt.of(6432)));
  }

  @Test
  void refusesEndlessTextWithoutReadingIt() {
    assertThatThrownBy(() -> ConnectionUrls.parse("postgresql://" + "?a=".repeat(300_000)))
        .isInstanceOf(InvalidConnectionException.class)
        .hasMessageContaining("longer");
    assertThatThrownBy(() -> ConnectionUrls.parse("postgresql://u@" + "h,".repeat(100) + "h/d"))
        .isInstanceOf(InvalidConnectionException.class)
        .hasMessageContaining("hosts");
  }

  /** A password put at any place of a broken URL is not in the message. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "%s",
        "jdbc:%s",
        "%s:/db",
        "postgresql://%s:%s",
        "postgresql://app:x@%s%%%%:5432/d",
        "postgresql://app:x@db:%s/d",
        "postgresql://app:x@[%s/d",
        "postgresql://app:x@[%s]/d",
        "postgresql://app:x@db/d?sslmode=%s",
        "postgresql://app:x@d\nb/%s",
        "sqlite://%s",
        "host=%s"
      })
  void theMessageNeverShowsTheValue(String template) {
    Throwable refusal =
        catchThrowable(() -> ConnectionUrls.parse(template.formatted("C4nary", "C4nary")));
    assertThat(refusal).isInstanceOf(InvalidConnectionException.class).hasNoCause();
    assertThat(refusal.toString()).doesNotContainIgnoringCase("c4nary");
  }

  @Test
  void toStringShowsNoPasswordAndNoOption() throws InvalidConnectionException {
    ConnectionSettings settings =
        ConnectionUrls.parse(
            "postgresql://app:C4nary@db/orders?sslpassword=C4nary2&options=C4nary3");
    assertThat(settings.toString())
        .contains("app", "db", "orders", "sslpassword")
        .doesNotContain("C4nary");
    assertThat(settings.secrets()).containsExactlyInAnyOrder("C4nary", "C4nary2");
  }
}

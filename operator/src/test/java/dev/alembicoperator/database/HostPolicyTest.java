package dev.alembicoperator.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPolicyTest {
  private final List<String> asked = new ArrayList<>();
  private final Map<String, List<String>> names =
      Map.of(
          "db.shop.svc", List.of("10.0.0.1"),
          "db.other.svc", List.of("10.0.0.2"),
          "db.other", List.of("10.0.0.2"),
          "pg-0.pg.shop.svc", List.of("10.0.0.3"),
          "db.corp.example", List.of("192.0.2.9", "2001:db8::9"),
          "corp", List.of("192.0.2.8"),
          "rebound", List.of("10.0.0.4", "169.254.169.254"),
          "here.shop.svc", List.of("127.0.0.1"),
          "here", List.of("10.0.0.7"));

  private HostPolicy policy(String... allowed) {
    return new HostPolicy(
        List.of(allowed), Set.of(InetAddress.ofLiteral("10.96.0.1")), this::lookup);
  }

  private List<InetAddress> lookup(String name) throws UnknownHostException {
    asked.add(name);
    if (names.containsKey(name)) {
      return names.get(name).stream().map(InetAddress::ofLiteral).toList();
    }
    return List.of(Cidr.literal(name).orElseThrow(() -> new UnknownHostException(name)));
  }

  private static List<InetSocketAddress> at(String... addresses) {
    return Arrays.stream(addresses)
        .map(a -> new InetSocketAddress(InetAddress.ofLiteral(a), 5432))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "db, shop, 10.0.0.1",
    "DB, shop, 10.0.0.1",
    "db, other, 10.0.0.2",
    "pg-0.pg, shop, 10.0.0.3",
    "db.other, shop, 10.0.0.2",
    "db.other.svc, shop, 10.0.0.2",
    "corp, shop, 192.0.2.8",
    "10.0.0.5, shop, 10.0.0.5",
    "2001:db8::5, shop, 2001:db8::5"
  })
  void meansWhatAPodOfTheNamespaceWouldReach(String host, String namespace, String address)
      throws Exception {
    assertThat(policy().resolve(host, 5432, namespace)).isEqualTo(at(address));
  }

  @Test
  void asksForTheServiceFirst() {
    assertThatThrownBy(() -> policy().resolve("nobody", 5432, "shop"))
        .isInstanceOf(UnknownHostException.class);
    assertThat(asked).containsExactly("nobody.shop.svc", "nobody");
  }

  @Test
  void asksForACompleteNameOnlyAsItIs() throws Exception {
    assertThat(policy().resolve("db.corp.example", 5432, "shop"))
        .isEqualTo(at("192.0.2.9", "2001:db8::9"));
    assertThatThrownBy(() -> policy().resolve("db.", 5432, "shop"))
        .isInstanceOf(UnknownHostException.class);
    assertThat(asked).containsExactly("db.corp.example", "db.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::169.254.169.254",
        "2002:a9fe:a9fe::1",
        "fe80::1",
        "0.0.0.0",
        "0.1.2.3",
        "::",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
        "10.96.0.1",
        "64:ff9b::10.96.0.1",
        "fd00:ec2::254",
        "100.100.100.200",
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "64:ff9b::127.0.0.1"
      })
  void refusesWhateverTheSettingsSay(String address) {
    for (HostPolicy policy : List.of(policy(), policy("*"), policy("0.0.0.0/0", "::/0"))) {
      assertThatThrownBy(() -> policy.resolve(address, 5432, "shop"))
          .isInstanceOf(UnknownHostException.class);
    }
  }

  @Test
  void dropsRefusedAddressesOfAName() throws Exception {
    assertThat(policy().resolve("rebound", 5432, "shop")).isEqualTo(at("10.0.0.4"));
  }

  @Test
  void aRefusedServiceDoesNotLeadToTheOtherMeaningOfItsName() {
    assertThatThrownBy(() -> policy().resolve("here", 5432, "shop"))
        .isInstanceOf(UnknownHostException.class);
    assertThat(asked).containsExactly("here.shop.svc");
  }

  @Test
  void loopbackIsForThoseWhoNameIt() throws Exception {
    ConnectionSettings here = ConnectionUrls.parse("postgresql://u@127.0.0.1/d");
    ConnectionSettings socket = ConnectionUrls.parse("postgresql://u@/d");
    assertThat(policy("127.0.0.0/8", "::1").resolve("127.0.0.1", 5432, "shop"))
        .isEqualTo(at("127.0.0.1"));
    assertThat(policy("127.0.0.0/8").observes(here)).isTrue();
    assertThat(policy("127.0.0.0/8").observes(socket)).isFalse();
    assertThat(policy("0.0.0.0/0").observes(here)).isFalse();
    assertThat(policy().observes(here)).isFalse();
    assertThat(policy().observes(ConnectionUrls.parse("postgresql://u@db/d"))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "*.shop.svc, db, shop, true",
    "*.shop.svc, db, other, false",
    "db, db, shop, false",
    "*.corp.example, db.corp.example, shop, true",
    "*.CORP.example, db.corp.example, shop, true",
    "corp.example, db.corp.example, shop, false",
    "db.corp.exampl?, db.corp.example, shop, ",
    "10.0.0.0/30, db, shop, true",
    "10.0.0.0/31, db, other, false",
    "2001:db8::/32, db.corp.example, shop, true",
    "192.0.2.9, db.corp.example, shop, true",
    "192.0.2.1, db.corp.example, shop, false"
  })
  void staysWithinTheAllowedHosts(String allowed, String host, String namespace, Boolean expected)
      throws Exception {
    if (expected == null) {
      assertThatThrownBy(() -> policy(allowed)).isInstanceOf(IllegalArgumentException.class);
    } else if (expected) {
      assertThat(policy(allowed).resolve(host, 5432, namespace)).isNotEmpty();
    } else {
      assertThatThrownBy(() -> policy(allowed).resolve(host, 5432, namespace))
          .isInstanceOf(UnknownHostException.class);
    }
  }

  @Test
  void aNetworkAllowsOnlyItsOwnAddresses() throws Exception {
    assertThat(policy("192.0.2.0/24").resolve("db.corp.example", 5432, "shop"))
        .isEqualTo(at("192.0.2.9"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10.0.0.0/33", "10.0.0.0/x", "a b", "http://db", "db:5432"})
  void refusesSettingsThatAreNone(String entry) {
    assertThatThrownBy(() -> policy(entry)).isInstanceOf(IllegalArgumentException.class);
  }
}

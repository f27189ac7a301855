package dev.alembicoperator.database;

import static dev.alembicoperator.database.Looking.read;
import static dev.alembicoperator.database.Looking.refused;
import static dev.alembicoperator.database.Looking.request;
import static dev.alembicoperator.database.Looking.settings;
import static dev.alembicoperator.database.Looking.unreachable;
import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.api.v1alpha1.TlsMode;
import dev.alembicoperator.testing.TestPostgres;
import dev.alembicoperator.testing.TestPostgres.Database;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What needs a server that may be configured, stopped and started: TLS, restarts, a standby. */
class OwnServerTest {
  @TempDir static Path directory;

  private static Certificates certificates;
  private static TestPostgres postgres;
  private static Database database;
  private static JdbcDatabaseReader reader;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    certificates = Certificates.make(directory, "db.test");
    postgres =
        TestPostgres.start(
            Map.of(
                "ssl", "on",
                "ssl_cert_file", certificates.certificate().toString(),
                "ssl_key_file", certificates.key().toString()));
    database = postgres.database();
    reader = Looking.reader();
  }

  @AfterAll
  static void stop() {
    reader.close();
    postgres.close();
  }

  private static DatabaseView look(String host, TlsMode mode, String ca) {
    ConnectionSettings given = settings(database.url().replace("127.0.0.1", host));
    return reader.read(request(given.withTls(mode, Optional.ofNullable(ca)), Optional.empty(), ""));
  }

  @ParameterizedTest
  @EnumSource(TlsMode.class)
  void everyModeMeetsTheRightServer(TlsMode mode) {
    assertThat(read(look("db.test", mode, certificates.authority())).tls())
        .isEqualTo(mode != TlsMode.DISABLE);
  }

  @Test
  void aGivenAuthorityMeansThatEverythingIsVerified() {
    assertThat(read(look("db.test", null, certificates.authority())).tls()).isTrue();
    assertThat(refused(look("other.test", null, certificates.authority()), Reason.TlsFailed))
        .contains("other.test");
  }

  @Test
  void aCertificateForAnotherHost() {
    assertThat(
            refused(
                look("other.test", TlsMode.VERIFY_FULL, certificates.authority()),
                Reason.TlsFailed))
        .contains("spec.database.tls");
    read(look("other.test", TlsMode.VERIFY_CA, certificates.authority()));
    read(look("other.test", TlsMode.REQUIRE, certificates.authority()));
  }

  @Test
  void anAuthorityThatDidNotSign() {
    for (TlsMode mode : new TlsMode[] {TlsMode.VERIFY_FULL, TlsMode.VERIFY_CA, TlsMode.REQUIRE}) {
      refused(look("db.test", mode, certificates.stranger()), Reason.TlsFailed);
    }
    refused(look("db.test", TlsMode.VERIFY_FULL, null), Reason.TlsFailed);
    read(look("db.test", TlsMode.VERIFY_FULL, certificates.stranger() + certificates.authority()));
  }

  @Test
  void withoutAnAuthorityOnlyEncryptionIsAsked() {
    assertThat(read(look("other.test", TlsMode.REQUIRE, null)).tls()).isTrue();
    assertThat(read(look("other.test", null, null)).tls()).isTrue();
  }

  @Test
  void anAuthorityThatIsNoPem() {
    for (String junk :
        new String[] {
          "C4nary", "-----BEGIN CERTIFICATE-----\nC4nary\n-----END CERTIFICATE-----\n"
        }) {
      assertThat(refused(look("db.test", null, junk), Reason.TlsFailed))
          .contains("PEM")
          .doesNotContain("C4nary");
    }
  }

  @Test
  void aServerThatGoesAndComesBack() {
    read(reader.watch(request(database.url())));
    read(reader.watch(request(database.url())));
    postgres.stop();
    unreachable(reader.read(request(database.url())));
    unreachable(reader.watch(request(database.url())));
    postgres.startAsStandby();
    assertThat(read(reader.watch(request(database.url()))).inRecovery()).isTrue();
    postgres.stop();
    postgres.start();
    assertThat(read(reader.watch(request(database.url()))).inRecovery()).isFalse();
    assertThat(read(reader.read(request(database.url()))).inRecovery()).isFalse();
  }

  /** A standby before the primary in the list is passed over; alone it is what there is. */
  @Test
  void aPrimaryGoesBeforeAStandby() {
    postgres.stop();
    postgres.startAsStandby();
    try {
      Database elsewhere = TestPostgres.shared().database("same");
      postgres.stop();
      postgres.start();
      postgres.execute(
          "postgres",
          "CREATE ROLE %s LOGIN PASSWORD 'same'".formatted(elsewhere.user()),
          "CREATE DATABASE %s OWNER %s".formatted(elsewhere.name(), elsewhere.user()),
          "CHECKPOINT");
      postgres.stop();
      postgres.startAsStandby();
      String both =
          elsewhere
              .url()
              .replace(
                  "127.0.0.1:" + elsewhere.port(),
                  "standby.test:%d,primary.test:%d".formatted(postgres.port(), elsewhere.port()));
      assertThat(read(reader.read(request(both))))
          .matches(view -> !view.inRecovery())
          .matches(view -> view.host().equals("primary.test"));
      String standby = both.replace("primary.test:" + elsewhere.port(), "primary.test:1");
      assertThat(read(reader.read(request(standby))))
          .matches(DatabaseView.Read::inRecovery)
          .matches(view -> view.host().equals("standby.test"));
    } finally {
      postgres.stop();
      postgres.start();
    }
  }
}

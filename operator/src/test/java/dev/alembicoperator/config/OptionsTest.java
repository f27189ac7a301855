package dev.alembicoperator.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.act.JobSettings.PodSecurity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command line and its environment. */
class OptionsTest {

  private static Settings settings(String... arguments) {
    AtomicReference<Settings> seen = new AtomicReference<>();
    int code =
        Options.run(
            arguments,
            s -> {
              seen.set(s);
              return 0;
            });
    assertThat(code).isZero();
    return seen.get();
  }

  @Test
  void withoutArgumentsTheDefaultsHold() {
    Settings settings = settings("--instance=alembic-operator");

    assertThat(settings).isEqualTo(Settings.defaults());
  }

  @Test
  void everyOption() {
    Settings settings =
        settings(
            "--watch-namespaces=shop, stock,,",
            "--check-interval=30s",
            "--allowed-hosts=*.db.example,10.0.0.0/8",
            "--job-service-accounts=migrator",
            "--job-pod-security=BASELINE",
            "--http-port=0",
            "--leader-election",
            "--lease-namespace=operators",
            "--instance=pod-1");

    assertThat(settings.namespaces()).containsExactly("shop", "stock");
    assertThat(settings.plan().checkInterval()).isEqualTo(Duration.ofSeconds(30));
    assertThat(settings.plan().blindAfter()).isEqualTo(Duration.ofMinutes(2));
    assertThat(settings.plan().serviceAccounts()).containsExactly("migrator");
    assertThat(settings.allowedHosts()).containsExactly("*.db.example", "10.0.0.0/8");
    assertThat(settings.jobs().podSecurity()).isEqualTo(PodSecurity.baseline);
    assertThat(settings.httpPort()).isZero();
    assertThat(settings.leaderElection()).isTrue();
    assertThat(settings.leaseNamespace()).isEqualTo("operators");
    assertThat(settings.instance()).isEqualTo("pod-1");
  }

  @Test
  void whatIsAbsentIsEmptyAndNotNull() {
    Settings settings = settings();

    assertThat(settings.namespaces()).isEmpty();
    assertThat(settings.allowedHosts()).isEmpty();
    assertThat(settings.leaseNamespace()).isNotNull();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --watch-namespaces=Shop      | "Shop" is no name of a namespace
          --watch-namespaces=a,-b      | "-b" is no name of a namespace
          --check-interval=9s          | must be 10s or more
          --check-interval=-PT5M       | must be 10s or more
          --check-interval=soon        | "soon" is no duration; write 90s, 5m or 1h30m
          --http-port=65536            | must be from 0 to 65535
          --http-port=-1               | must be from 0 to 65535
          --http-port=http             | --http-port
          --job-pod-security=root      | --job-pod-security
          --allowed-hosts=10.0.0.0/99  | --allowed-hosts
          --allowed-hosts=http://db    | --allowed-hosts
          --leader-election=perhaps    | --leader-election
          --no-such-option             | --no-such-option
          unexpected                   | unexpected
          """)
  void aWrongOptionIsOneSentenceAndExitCodeTwo(String argument, String message) throws Exception {
    Ended ended = java(Map.of(), argument);

    assertThat(ended.code()).isEqualTo(2);
    assertThat(ended.text()).contains(message).doesNotContain("Exception", "\tat ");
    assertThat(ended.text()).doesNotContain("started with");
  }

  @Test
  void everyOptionIsAlsoAVariable() throws Exception {
    Ended ended =
        java(
            Map.of(
                "ALEMBIC_OPERATOR_WATCH_NAMESPACES", "shop,stock",
                "ALEMBIC_OPERATOR_CHECK_INTERVAL", "PT30S",
                "ALEMBIC_OPERATOR_ALLOWED_HOSTS", "*.db.example",
                "ALEMBIC_OPERATOR_JOB_SERVICE_ACCOUNTS", "migrator",
                "ALEMBIC_OPERATOR_JOB_POD_SECURITY", "baseline",
                "ALEMBIC_OPERATOR_HTTP_PORT", "9090",
                "ALEMBIC_OPERATOR_LEADER_ELECTION", "true",
                "ALEMBIC_OPERATOR_LEASE_NAMESPACE", "operators",
                "HOSTNAME", "pod-1"));

    assertThat(ended.code()).isZero();
    assertThat(ended.text())
        .contains("[shop, stock]", "PT30S", "*.db.example", "migrator", "baseline")
        .contains("9090", "leaderElection=true", "operators", "pod-1");
  }

  @Test
  void aWrongVariableIsExitCodeTwoToo() throws Exception {
    Ended ended = java(Map.of("ALEMBIC_OPERATOR_CHECK_INTERVAL", "soon"));

    assertThat(ended.code()).isEqualTo(2);
  }

  @Test
  void helpNamesEveryVariablesOption() throws Exception {
    Ended ended = java(Map.of(), "--help");

    assertThat(ended.code()).isZero();
    assertThat(ended.text()).contains("--watch-namespaces", "--allowed-hosts", "--http-port");
  }

  private record Ended(int code, String text) {}

  /** A process of its own, since a process cannot change its environment. */
  private static Ended java(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(Echo.class.getName());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(k -> k.startsWith("ALEMBIC_OPERATOR_"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), text);
  }

  /** Tells with which settings it was started. */
  static final class Echo {
    private Echo() {}

    public static void main(String[] arguments) {
      System.exit(
          Options.run(
              arguments,
              settings -> {
                System.out.println("started with " + settings);
                return 0;
              }));
    }
  }
}

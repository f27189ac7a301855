package dev.alembicoperator.config;

import dev.alembicoperator.act.JobSettings;
import dev.alembicoperator.database.HostPolicy;
import dev.alembicoperator.plan.Durations;
import dev.alembicoperator.plan.PlanSettings;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command line: each option also as an environment variable, which is what the chart sets.
 * Everything is validated before anything is started, so that a wrong setting is a failed start
 * with one sentence.
 */
@Command(
    name = "alembic-operator",
    description = "Takes databases to the Alembic revisions that DatabaseMigration resources name.",
    mixinStandardHelpOptions = true,
    versionProvider = Options.Version.class,
    sortOptions = false)
public final class Options implements java.util.concurrent.Callable<Integer> {

  private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final int HIGHEST_PORT = 65535;

  @Option(
      names = "--watch-namespaces",
      split = ",",
      paramLabel = "NAMESPACE",
      defaultValue = "${env:ALEMBIC_OPERATOR_WATCH_NAMESPACES:-}",
      description = "The namespaces to watch, separated by commas; all when absent.")
  private List<String> namespaces;

  @Option(
      names = "--check-interval",
      paramLabel = "DURATION",
      defaultValue = "${env:ALEMBIC_OPERATOR_CHECK_INTERVAL:-5m}",
      converter = DurationText.class,
      description = "How often an idle database is looked at (default ${DEFAULT-VALUE}).")
  private Duration checkInterval;

  @Option(
      names = "--allowed-hosts",
      split = ",",
      paramLabel = "HOST",
      defaultValue = "${env:ALEMBIC_OPERATOR_ALLOWED_HOSTS:-}",
      description =
          "Where the operator itself may connect to: names with * or networks as 10.0.0.0/8;"
              + " anywhere when absent.")
  private List<String> allowedHosts;

  @Option(
      names = "--job-service-accounts",
      split = ",",
      paramLabel = "NAME",
      defaultValue = "${env:ALEMBIC_OPERATOR_JOB_SERVICE_ACCOUNTS:-}",
      description = "Service accounts that a resource may name, beside the namespace's default.")
  private List<String> serviceAccounts;

  @Option(
      names = "--job-pod-security",
      paramLabel = "LEVEL",
      defaultValue = "${env:ALEMBIC_OPERATOR_JOB_POD_SECURITY:-restricted}",
      description = "The Pod Security level of migrations' pods: ${COMPLETION-CANDIDATES}.")
  private JobSettings.PodSecurity podSecurity;

  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      defaultValue = "${env:ALEMBIC_OPERATOR_HTTP_PORT:-8080}",
      description = "The port of /livez, /readyz and /metrics (default ${DEFAULT-VALUE}).")
  private int httpPort;

  @Option(
      names = "--leader-election",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "BOOLEAN",
      defaultValue = "${env:ALEMBIC_OPERATOR_LEADER_ELECTION:-false}",
      description = "Work only while holding the lease; for more than one replica.")
  private boolean leaderElection;

  @Option(
      names = "--lease-namespace",
      paramLabel = "NAMESPACE",
      defaultValue = "${env:ALEMBIC_OPERATOR_LEASE_NAMESPACE:-}",
      description = "Where the lease is; the operator's own namespace when absent.")
  private String leaseNamespace;

  @Option(
      names = "--instance",
      paramLabel = "NAME",
      hidden = true,
      defaultValue = "${env:HOSTNAME:-alembic-operator}")
  private String instance;

  @Spec private CommandSpec command;

  private final ToIntFunction<Settings> program;

  private Options(ToIntFunction<Settings> program) {
    this.program = program;
  }

  /**
   * Runs the program with the settings of this command line.
   *
   * @return the process's exit code: the program's, 2 for a wrong command line, 0 after help
   */
  public static int run(String[] arguments, ToIntFunction<Settings> program) {
    return new CommandLine(new Options(program))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .execute(arguments);
  }

  @Override
  public Integer call() {
    return program.applyAsInt(validated());
  }

  private Settings validated() {
    Set<String> watched = present(namespaces);
    watched.stream()
        .filter(n -> !NAMESPACE.matcher(n).matches())
        .findFirst()
        .ifPresent(n -> {
          throw wrong("--watch-namespaces: \"" + n + "\" is no name of a namespace");
        });
    if (checkInterval.compareTo(Duration.ofSeconds(10)) < 0) {
      throw wrong("--check-interval must be 10s or more, it is " + checkInterval);
    }
    Set<String> hosts = present(allowedHosts);
    try {
      new HostPolicy(List.copyOf(hosts), Set.of());
    } catch (IllegalArgumentException e) {
      throw wrong("--allowed-hosts: " + e.getMessage());
    }
    if (httpPort < 0 || httpPort > HIGHEST_PORT) {
      throw wrong("--http-port must be from 0 to 65535, it is " + httpPort);
    }
    return new Settings(
        watched,
        new PlanSettings(
            checkInterval, PlanSettings.defaults().blindAfter(), present(serviceAccounts)),
        new JobSettings(podSecurity),
        List.copyOf(hosts),
        httpPort,
        instance,
        leaderElection,
        leaseNamespace);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  private static Set<String> present(List<String> values) {
    Set<String> out = new LinkedHashSet<>();
    Stream.ofNullable(values)
        .flatMap(List::stream)
        .map(String::strip)
        .filter(v -> !v.isEmpty())
        .forEach(out::add);
    return out;
  }

  /** Durations as resources have them ({@code 5m}), or as ISO 8601 ({@code PT5M}). */
  static final class DurationText implements CommandLine.ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      return Durations.parse(text).orElseGet(() -> iso(text));
    }

    private static Duration iso(String text) {
      try {
        return Duration.parse(text);
      } catch (DateTimeParseException e) {
        throw new CommandLine.TypeConversionException(
            "\"" + text + "\" is no duration; write 90s, 5m or 1h30m");
      }
    }
  }

  /** The version in the jar's manifest. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Options.class.getPackage().getImplementationVersion();
      return new String[] {"alembic-operator " + (version == null ? "(unpackaged)" : version)};
    }
  }
}

package dev.alembicoperator.runner;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.alembicoperator.api.v1alpha1.Alembic;
import dev.alembicoperator.api.v1alpha1.Database;
import dev.alembicoperator.api.v1alpha1.TlsMode;
import dev.alembicoperator.runner.RunRequest.ExpectedDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The runner's command line for one run. Always {@code --name=value} in one word, since a target
 * may begin with a dash, and never through a shell. Holds no credential: those reach the pod as
 * variables from the Secret.
 */
public final class RunnerArguments {

  /** Where the runner is mounted in the pod. */
  public static final String MOUNT_PATH = "/alembic-operator";

  /** The file in which the kubelet looks for the report. */
  public static final String REPORT_PATH = "/dev/termination-log";

  /** Where the certificate authority's certificate is mounted, if one is given. */
  public static final String CA_MOUNT_PATH = "/alembic-operator-tls";

  /** How long the runner has between SIGTERM and SIGKILL. */
  public static final Duration GRACE = Duration.ofSeconds(30);

  /** What it leaves of that for Python to start and stop. */
  private static final Duration GRACE_MARGIN = Duration.ofSeconds(5);

  private static final ObjectMapper JSON = new ObjectMapper();

  private RunnerArguments() {}

  /** The words of the container's command, the interpreter first. */
  public static List<String> command(RunRequest request) {
    List<String> python =
        Optional.ofNullable(request.task().alembic()).map(Alembic::python).orElse(List.of());
    List<String> words = new ArrayList<>();
    if (python.isEmpty()) {
      words.add("/bin/sh");
      words.add(MOUNT_PATH + "/launch.sh");
    } else {
      words.addAll(python);
      words.add(MOUNT_PATH + "/runner.pyz");
    }
    words.addAll(arguments(request));
    return List.copyOf(words);
  }

  private static List<String> arguments(RunRequest request) {
    Arguments out = new Arguments();
    Database database = request.spec().database();
    boolean inPod = database.inPod() != null;
    purpose(out, request.purpose());
    task(out, request.task());
    out.add("report", REPORT_PATH);
    out.add(
        "resource", ApplicationName.resource(request.namespace(), request.name(), request.uid()));
    out.add("attempt", Long.toString(request.attempt()));
    alembic(out, request.task().alembic(), inPod);
    if (inPod) {
      out.add("in-pod", "true");
    } else {
      out.add("url-env", Optional.ofNullable(database.urlEnv()).orElse("DATABASE_URL"));
    }
    out.add("driver", database.driver());
    tls(out, database.tls());
    if (database.versionTable() != null) {
      out.add("version-table", database.versionTable().name());
      out.add("version-table-schema", database.versionTable().schema());
    }
    RunRequest.Limits limits = request.limits();
    out.add("lock-timeout", limits.lock());
    out.add("migration-lock-timeout", limits.migrationLock());
    limits.statement().ifPresent(s -> out.add("statement-timeout", s));
    out.add("run-timeout", limits.run());
    out.add("connect-timeout", limits.connect());
    out.add("grace", GRACE.minus(GRACE_MARGIN));
    request.expect().ifPresent(e -> out.add("expect-database", json(e)));
    return out.words;
  }

  private static void task(Arguments out, RunRequest.Task task) {
    out.add("target", task.target());
    task.instead().ifPresent(i -> out.add("direction", "downgrade"));
    task.downgrade().ifPresent(digest -> out.add("allow-downgrade", digest));
    task.baseline().ifPresent(revision -> out.add("baseline", revision));
  }

  private static void purpose(Arguments out, RunRequest.Purpose purpose) {
    switch (purpose) {
      case RunRequest.Purpose.Migrate m -> out.words.add("migrate");
      case RunRequest.Purpose.Check check -> {
        out.words.add("check");
        if (check.sql()) {
          out.add("sql", "true");
        }
      }
    }
  }

  private static void alembic(Arguments out, Alembic alembic, boolean inPod) {
    if (alembic == null) {
      out.add("set-url", Boolean.toString(!inPod));
      return;
    }
    alembic.config().forEach(c -> out.add("config", c));
    out.add("section", alembic.section());
    alembic.xArguments().forEach(x -> out.add("x", x));
    boolean setUrl = alembic.setUrl() == null ? !inPod : alembic.setUrl();
    out.add("set-url", Boolean.toString(setUrl));
    alembic.command().forEach(word -> out.add("command", word));
  }

  private static void tls(Arguments out, Database.Tls tls) {
    if (tls == null) {
      return;
    }
    TlsMode mode = tls.mode() == null && tls.caFrom() != null ? TlsMode.VERIFY_FULL : tls.mode();
    if (mode != null) {
      out.add("tls-mode", mode.text());
    }
    if (tls.caFrom() != null) {
      out.add("tls-ca-file", CA_MOUNT_PATH + "/ca.crt");
    }
  }

  private static String json(ExpectedDatabase expected) {
    Map<String, String> fields = new LinkedHashMap<>();
    if (expected.identity().isPresent()) {
      fields.put("identity", expected.identity().get());
    } else {
      fields.put("dialect", expected.dialect());
      fields.put("host", expected.host());
      fields.put("name", expected.name());
    }
    try {
      return JSON.writeValueAsString(fields);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a map of strings is always JSON", e);
    }
  }

  /** Collects the words and leaves out what is absent. */
  private static final class Arguments {
    private final List<String> words = new ArrayList<>();

    void add(String name, String value) {
      if (value != null && !value.isEmpty()) {
        words.add("--" + name + "=" + value);
      }
    }

    void add(String name, Duration value) {
      add(name, Long.toString(value.toSeconds()));
    }
  }
}

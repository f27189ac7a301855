package dev.alembicoperator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.plan.Reports;
import dev.alembicoperator.plan.Situation;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A password in any text from outside never reaches status, however it is spelled. */
class ScrubbingTest {

  private static final KubernetesSerialization JSON = new KubernetesSerialization();

  static Stream<String> spellings() {
    return Stream.of(
        Situation.CANARY,
        URLEncoder.encode(Situation.CANARY, StandardCharsets.UTF_8),
        "postgresql://app:" + Situation.CANARY + "@db/orders",
        "connection to \"db\" failed, password=" + Situation.CANARY);
  }

  private static void clean(Situation s) {
    assertThat(JSON.asJson(s.status())).doesNotContain("Kanarien", "Vogel");
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void inAReportsTexts(String canary) {
    Situation s = Situation.upgrading().rows("0002");
    s.ended(
            1,
            Reports.failed("MigrationFailed", canary, canary)
                .with("target", Map.of("asked", canary, "resolved", List.of(canary)))
                .with("heads", List.of(canary))
                .with("expected", List.of(canary))
                .with("before", List.of(canary))
                .with("plan", List.of(Map.of("revision", canary, "message", canary)))
                .with(
                    "applied", List.of(Map.of("revision", canary, "seconds", 1, "committed", true)))
                .with(
                    "database",
                    Map.of(
                        "dialect",
                        canary,
                        "serverVersion",
                        canary,
                        "host",
                        canary,
                        "name",
                        canary,
                        "user",
                        canary,
                        "identity",
                        canary,
                        "tls",
                        canary,
                        "versionTable",
                        Map.of("schema", canary, "name", canary)))
                .with("waitingFor", canary)
                .with("notes", List.of(canary))
                .text())
        .pass();

    clean(s);
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void inWhatTheKubeletSays(String canary) {
    Situation s = Situation.firstApply();
    s.pass();

    s.waiting("CreateContainerError", canary).pass();
    clean(s);
    s.waiting("ErrImagePull", canary).pass();
    clean(s);
    s.trouble("Unschedulable", canary).pass();
    clean(s);
    s.refusal(canary).pass();
    clean(s);
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void inWhatASessionIsCalled(String canary) {
    Situation s =
        Situation.upgrading()
            .rows("0002")
            .session(
                2,
                canary,
                new dev.alembicoperator.database.Blocker(1, canary, java.util.Optional.of(canary)));

    s.pass();

    clean(s);
  }
}

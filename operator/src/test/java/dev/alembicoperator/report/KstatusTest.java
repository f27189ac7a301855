package dev.alembicoperator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatusBuilder;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.plan.Decision;
import dev.alembicoperator.plan.Situation;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Flux, Argo CD and "kubectl wait" make of each status. */
class KstatusTest {

  private enum Kstatus {
    InProgress,
    Current,
    Failed
  }

  /** As sigs.k8s.io/cli-utils computes it (pkg/kstatus/status/generic.go and core.go). */
  private static Kstatus kstatus(DatabaseMigrationStatus status, long generation) {
    // The schema's default.
    long observed = status.observedGeneration() == null ? -1 : status.observedGeneration();
    if (observed != generation) {
      return Kstatus.InProgress;
    }
    if (is(status, "Reconciling")) {
      return Kstatus.InProgress;
    }
    if (is(status, "Stalled")) {
      return Kstatus.Failed;
    }
    return find(status, "Ready").map(c -> c.getStatus().equals("True")).orElse(true)
        ? Kstatus.Current
        : Kstatus.InProgress;
  }

  private static boolean is(DatabaseMigrationStatus status, String type) {
    return find(status, type).filter(c -> "True".equals(c.getStatus())).isPresent();
  }

  private static Optional<Condition> find(DatabaseMigrationStatus status, String type) {
    return status.conditions().stream().filter(c -> type.equals(c.getType())).findFirst();
  }

  private static final Duration SOON = Duration.ofSeconds(1);

  static Stream<Decision> decisions() {
    Situation s = Situation.firstApply();
    Decision.Run run = (Decision.Run) s.decide();
    List<Decision> all = new ArrayList<>();
    all.add(run);
    all.add(
        new Decision.Cancel("job", "uid", Reason.Superseded, Reason.Preparing, "Withdrawn.", SOON));
    all.add(new Decision.Cancel("job", "uid", Reason.Cancelled, Reason.Running, "Stop.", SOON));
    Arrays.stream(Reason.values())
        .filter(r -> r != Reason.UpToDate)
        .forEach(r -> {
          all.add(new Decision.Wait(r, "Why.", SOON));
          all.add(new Decision.Refuse(r, "Why.", SOON));
          all.add(new Decision.Nothing(r, "Why.", false, SOON));
        });
    return all.stream();
  }

  /** Every decision but the one that says that all is done. */
  @ParameterizedTest
  @MethodSource("decisions")
  void nothingButTheEndIsEverCurrent(Decision decision) {
    Situation s = Situation.migrated().image("registry.example/orders:2").rows("0002");
    s.pass();

    DatabaseMigrationStatus told = s.told(decision);

    assertThat(kstatus(told, s.observation().generation())).isNotEqualTo(Kstatus.Current);
    Condition ready = find(told, "Ready").orElseThrow();
    assertThat(ready.getStatus()).isNotEqualTo("True");
    assertThat(is(told, "Reconciling") && is(told, "Stalled")).isFalse();
    assertThat(told.conditions())
        .allSatisfy(c -> {
          assertThat(c.getObservedGeneration()).isEqualTo(2);
          assertThat(c.getReason()).isEqualTo(ready.getReason());
          assertThat(c.getMessage()).isNotEmpty();
        });
  }

  @ParameterizedTest
  @MethodSource("decisions")
  void whatWaitsIsInProgressAndWhatNeedsAPersonIsFailed(Decision decision) {
    Situation s = Situation.migrated().rows("0002");

    Kstatus status = kstatus(s.told(decision), 1);

    Kstatus expected =
        decision instanceof Decision.Refuse r && r.reason().phase() != Reason.Phase.RECONCILING
            ? Kstatus.Failed
            : Kstatus.InProgress;
    assertThat(status).isEqualTo(expected);
  }

  @Test
  void theEndIsCurrentAndUpToDate() {
    Situation s = Situation.migrated();

    assertThat(kstatus(s.status(), 1)).isEqualTo(Kstatus.Current);
    assertThat(find(s.status(), "Ready").orElseThrow().getReason()).isEqualTo("UpToDate");
    assertThat(s.status().conditions()).hasSize(1);
  }

  @Test
  void aResourceThatNobodyHasLookedAtIsInProgress() {
    assertThat(kstatus(DatabaseMigrationStatusBuilder.builder().build(), 1))
        .isEqualTo(Kstatus.InProgress);
  }

  @Test
  void aNewGenerationIsInProgressUntilItIsDone() {
    Situation s = Situation.migrated().image("registry.example/orders:2").rows("0002");
    List<Kstatus> seen = new ArrayList<>();
    seen.add(kstatus(s.status(), 2));
    s.pass();
    seen.add(kstatus(s.status(), 2));
    s.running().pass();
    seen.add(kstatus(s.status(), 2));
    s.rows("0002").pass();
    seen.add(kstatus(s.status(), 2));

    assertThat(seen).containsOnly(Kstatus.InProgress);
  }

  @Test
  void readyIsUnknownOnlyWhenTheTruthCouldNotBeRead() {
    Situation s = Situation.migrated().rows("0002");
    Decision wait = new Decision.Wait(Reason.WaitingForDatabase, "The pod sees none.", SOON);

    assertThat(find(s.told(wait), "Ready").orElseThrow().getStatus()).isEqualTo("False");
    s.unreachable();
    assertThat(find(s.told(wait), "Ready").orElseThrow().getStatus()).isEqualTo("Unknown");
  }
}

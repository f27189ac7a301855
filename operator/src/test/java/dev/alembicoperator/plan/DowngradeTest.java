package dev.alembicoperator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DowngradePolicy;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.api.v1alpha1.Outcome;
import dev.alembicoperator.runner.RunRequest;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An older target with the same image: refused, or announced and then done. */
class DowngradeTest {

  private static final List<String> NEW = List.of("0002");
  private static final List<String> OLD = List.of("0001");
  private static final String DIGEST = Reports.digest(NEW, OLD, "0002");

  /** At 0002, asked for 0001, and the first attempt's pod has been made. */
  private static Situation asked(DowngradePolicy policy) {
    Situation s = Situation.migrated().spec(b -> b.target("0001").downgradePolicy(policy));
    s.rows("0002").pass();
    return s;
  }

  private static Situation refused(Situation s) {
    return s.rows("0002").ended(3, Reports.downgradeForbidden(NEW, OLD, "0002").text());
  }

  @ParameterizedTest
  @EnumSource(names = "Never")
  void isRefusedOnceAndNotInALoop(DowngradePolicy policy) {
    for (DowngradePolicy never : new DowngradePolicy[] {policy, null}) {
      Situation s = refused(asked(never));

      s.pass();

      assertThat(s.summary()).isEqualTo("False DowngradeForbidden Stalled");
      assertThat(s.condition("Ready").orElseThrow().getMessage()).contains("downgradePolicy");
      assertThat(s.status().plan().digest()).isEqualTo(DIGEST);
      assertThat(s.status().history()).hasSize(1);
      assertThat(s.noJob().rows("0002").later(90_000).pass()).isInstanceOf(Decision.Refuse.class);
      assertThat(s.attempt().number()).isEqualTo(2);
    }
  }

  @Test
  void aDowngradeByHandHealsARefusedOne() {
    Situation s = refused(asked(DowngradePolicy.Never));
    s.pass();

    Decision.Run again = (Decision.Run) s.noJob().rows("0001").pass();

    assertThat(again.request().task().downgrade()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"ToTarget", "ToImage"})
  void isAnnouncedAndThenDoneWithThePermissionForExactlyThat(DowngradePolicy policy) {
    Situation s = asked(policy);
    assertThat(s.attempt().requested().downgrade()).as("never at first").isNull();

    Decision.Run run = (Decision.Run) refused(s).pass();

    assertThat(run.request().attempt()).isEqualTo(3);
    assertThat(run.request().task().downgrade()).contains(DIGEST);
    assertThat(run.request().task().image()).isEqualTo("registry.example/orders:1");
    assertThat(run.request().task().target()).isEqualTo("0001");
    assertThat(s.attempt().requested().downgrade()).isEqualTo(DIGEST);
    assertThat(s.summary()).isEqualTo("False Preparing Reconciling");
    assertThat(s.condition("Ready").orElseThrow().getMessage())
        .isEqualTo(
            "Attempt 3: preparing the pod, which will undo \"0002\" (1 revision), from \"0002\" to"
                + " \"0001\".");

    s.rows("0001").ended(0, Reports.undone(NEW, OLD, "0002").text()).pass();

    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(s.status().targetRevision()).isEqualTo("0001");
    assertThat(s.status().history())
        .extracting(HistoryEntry::number, HistoryEntry::action, HistoryEntry::outcome)
        .startsWith(
            org.assertj.core.groups.Tuple.tuple(
                3L, HistoryEntry.Action.Downgrade, Outcome.Succeeded));
    assertThat(s.status().history()).as("no entry for what was only refused").hasSize(2);
    assertThat(s.noJob().rows("0001").decide()).isInstanceOf(Decision.Nothing.class);
  }

  @Test
  void toBaseIsADowngradeLikeAnother() {
    Situation s =
        Situation.migrated()
            .spec(b -> b.target("base").downgradePolicy(DowngradePolicy.ToTarget))
            .rows("0002");
    s.pass();
    s.rows("0002")
        .ended(3, Reports.downgradeForbidden(NEW, List.of(), "0002", "0001").text())
        .pass();
    assertThat(s.status().targetRevision()).isEqualTo("base");
    assertThat(s.attempt().requested().downgrade()).isNotNull();

    s.rows().ended(0, Reports.undone(NEW, List.of(), "0002", "0001").text()).pass();

    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(s.status().currentRevision()).isEqualTo("base");
    assertThat(s.noJob().rows().decide()).isInstanceOf(Decision.Nothing.class);
  }

  @Test
  void thePolicyMakesARefusedRunBeTriedAgain() {
    Situation s = refused(asked(DowngradePolicy.Never));
    s.pass();

    s.noJob().rows("0002").spec(b -> b.downgradePolicy(DowngradePolicy.ToTarget));
    Decision.Run first = (Decision.Run) s.pass();
    assertThat(first.request().task().downgrade()).as("seen again before it is done").isEmpty();

    Decision.Run second = (Decision.Run) refused(s).pass();
    assertThat(second.request().task().downgrade()).contains(DIGEST);
  }

  @Test
  void aPolicyTakenBackInBetweenIsObeyed() {
    Situation s = asked(DowngradePolicy.ToTarget).suspend(true);
    refused(s).pass();
    assertThat(s.summary()).isEqualTo("False Suspended Reconciling");

    s.noJob().suspend(false).spec(b -> b.downgradePolicy(DowngradePolicy.Never)).rows("0002");

    assertThat(((Decision.Run) s.pass()).request().task().downgrade()).isEmpty();
  }

  @Test
  void restartBetweenAnnouncementAndCreateMakesTheSameJob() {
    Situation s = refused(asked(DowngradePolicy.ToTarget));
    RunRequest intended = ((Decision.Run) s.intend()).request();

    s.noJob().rows("0002").later(30);
    Decision.Run again = (Decision.Run) s.pass();

    assertThat(again.request()).isEqualTo(intended);
    assertThat(s.condition("Ready").orElseThrow().getMessage()).contains("will undo \"0002\"");
  }

  @Test
  void whatIsNoLongerWhatWasAnnouncedIsNotDone() {
    Situation s = refused(asked(DowngradePolicy.ToTarget));
    s.pass();

    // The tag means another image now, with a revision in between.
    s.rows("0002").ended(3, Reports.downgradeForbidden(NEW, OLD, "0002", "0001a").text()).pass();

    assertThat(s.summary()).isEqualTo("False DowngradeForbidden Stalled");
    assertThat(s.condition("Ready").orElseThrow().getMessage())
        .contains("nothing was undone", "\"0002\", \"0001a\" (2 revisions)", "/retry");
    assertThat(s.noJob().rows("0002").later(9000).pass()).isInstanceOf(Decision.Refuse.class);
    Decision.Run anew = (Decision.Run) s.retry("again").pass();
    assertThat(anew.request().task().downgrade()).isEmpty();
  }

  @Test
  void aDatabaseThatMovedUnderAnAnnouncedDowngradeIsAnnouncedAnew() {
    Situation s = refused(asked(DowngradePolicy.ToTarget));
    s.pass();
    Reports now = Reports.downgradeForbidden(List.of("0003"), OLD, "0003", "0002");

    Decision.Run look = (Decision.Run) s.rows("0003").ended(3, now.text()).pass();
    assertThat(look.request().task().downgrade()).isEmpty();
    Decision.Run run = (Decision.Run) s.rows("0003").ended(3, now.text()).pass();

    assertThat(run.request().task().downgrade())
        .contains(Reports.digest(List.of("0003"), OLD, "0003", "0002"));
  }

  @Test
  void aDatabaseThatMovedAfterTheAnnouncementIsLookedAtAnew() {
    Situation s = asked(DowngradePolicy.ToTarget).suspend(true);
    refused(s).pass();

    s.noJob().suspend(false).rows("0003");

    assertThat(((Decision.Run) s.pass()).request().task().downgrade()).isEmpty();
  }

  @Test
  void anAnnouncedDowngradeThatMeetsALockIsTriedAgainAsItWas() {
    Situation s = refused(asked(DowngradePolicy.ToTarget));
    s.pass();
    s.rows("0002")
        .ended(
            1,
            Reports.undone(NEW, OLD, "0002")
                .with("outcome", "failed")
                .with("after", NEW)
                .with("applied", List.of())
                .with("appliedCount", 0)
                .error("WaitingForLock", "busy", "0002")
                .text())
        .pass();
    assertThat(s.summary()).isEqualTo("False WaitingForLock Reconciling");

    Decision.Run again = (Decision.Run) s.noJob().rows("0002").later(10).pass();

    assertThat(again.request().attempt()).isEqualTo(4);
    assertThat(again.request().task().downgrade()).contains(DIGEST);
    assertThat(s.status().retries()).isEqualTo(1);
  }

  @Test
  void aDowngradeThatDiedHalfWayIsPlannedAndAnnouncedAnew() {
    Situation s =
        Situation.migrated()
            .spec(b -> b.target("base").downgradePolicy(DowngradePolicy.ToTarget))
            .rows("0002");
    s.pass();
    s.rows("0002")
        .ended(3, Reports.downgradeForbidden(NEW, List.of(), "0002", "0001").text())
        .pass();
    s.rows("0001")
        .ended(
            1,
            Reports.undone(NEW, List.of(), "0002", "0001")
                .with("outcome", "failed")
                .with("after", OLD)
                .with("applied", List.of(java.util.Map.of("revision", "0002", "committed", true)))
                .with("appliedCount", 1)
                .error("WaitingForLock", "busy", "0001")
                .text())
        .pass();
    assertThat(s.status().plan().count()).isEqualTo(1);

    Decision.Run again = (Decision.Run) s.noJob().rows("0001").later(10).pass();

    assertThat(again.request().task().downgrade()).isEmpty();
  }

  @Test
  void aNewSpecInBetweenStartsAnew() {
    Situation s = refused(asked(DowngradePolicy.ToTarget)).image("registry.example/orders:3");

    Decision.Run next = (Decision.Run) s.pass();

    assertThat(next.request().task().downgrade()).isEmpty();
    assertThat(next.request().task().image()).isEqualTo("registry.example/orders:3");
    assertThat(s.status().plan()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "sha256:short", "--allow", "sha256:" + "Z"})
  void aDigestThatIsNoneIsNeverAPermission(String forged) {
    Situation s = asked(DowngradePolicy.ToTarget).rows("0002");
    s.ended(3, Reports.downgradeForbidden(NEW, OLD, "0002").with("planDigest", forged).text());

    s.pass();

    String permission = Optional.ofNullable(s.attempt().requested().downgrade()).orElse(DIGEST);
    assertThat(permission).matches("sha256:[0-9a-f]{64}");
  }

  @Test
  void whereTheOperatorNeverLooksItIsAnnouncedAndDoneToo() {
    Situation s =
        Situation.migrated()
            .neverLooks()
            .spec(b -> b.target("0001").downgradePolicy(DowngradePolicy.ToTarget));
    s.pass();
    s.neverLooks().ended(3, Reports.downgradeForbidden(NEW, OLD, "0002").text());

    Decision.Run run = (Decision.Run) s.pass();
    assertThat(run.request().task().downgrade()).contains(DIGEST);
    assertThat(run.request().expect().orElseThrow().identity())
        .as("only in the database in which it was planned")
        .contains(Reports.IDENTITY);

    s.neverLooks().ended(0, Reports.undone(NEW, OLD, "0002").text()).pass();
    assertThat(s.summary()).isEqualTo("True UpToDate");
  }
}

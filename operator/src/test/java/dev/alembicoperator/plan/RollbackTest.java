package dev.alembicoperator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.Alembic;
import dev.alembicoperator.api.v1alpha1.AlembicBuilder;
import dev.alembicoperator.api.v1alpha1.AppliedBuilder;
import dev.alembicoperator.api.v1alpha1.DowngradePolicy;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import dev.alembicoperator.runner.RunRequest;
import dev.alembicoperator.runner.RunRequest.Task;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An older image that does not know where the database is: a plain "helm rollback". */
class RollbackTest {

  private static final String OLDER = "registry.example/orders:1";
  private static final String NEWER = "registry.example/orders:2";
  private static final String RECORDED = Situation.digestOf(NEWER);
  private static final List<String> NEW = List.of("0004");
  private static final List<String> OLD = List.of("0002");

  /**
   * The newer image has brought the database to 0004; the older one is asked for, and its pod made.
   */
  private static Situation rolledBack(DowngradePolicy policy, String target) {
    Situation s = Situation.upgrading();
    s.rows("0004").ended(0, Reports.applied(OLD, NEW, "0003", "0004").text()).pass();
    s.noJob().rows("0004").spec(b -> b.image(OLDER).target(target).downgradePolicy(policy)).pass();
    return s;
  }

  private static Situation ahead(Situation s, String... resolved) {
    return s.rows("0004").ended(3, Reports.ahead("0004", resolved).text());
  }

  private static Situation planned(Situation s) {
    return s.rows("0004").ended(3, Reports.downgradeForbidden(NEW, OLD, "0004", "0003").text());
  }

  private static String message(Situation s) {
    return s.condition("Ready").orElseThrow().getMessage();
  }

  @Test
  void underNeverNothingIsTouched() {
    Situation s = ahead(rolledBack(DowngradePolicy.Never, null), "0002");

    s.pass();

    assertThat(s.summary()).isEqualTo("False DatabaseAhead Stalled");
    assertThat(s.noJob().rows("0004").later(9000).pass()).isInstanceOf(Decision.Refuse.class);
    assertThat(s.attempt().number()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {"-", "head", "heads", "shop@head", "head-1"})
  void underToTargetAHeadIsNotFollowed(String target) {
    Situation s = ahead(rolledBack(DowngradePolicy.ToTarget, target), "0002");

    s.pass();

    assertThat(s.summary()).isEqualTo("False DatabaseAhead Stalled");
    assertThat(message(s)).contains("does not know \"0004\"", "ToTarget", "ToImage");
    assertThat(s.noJob().rows("0004").later(9000).pass()).isInstanceOf(Decision.Refuse.class);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {"ToTarget, 0002", "ToImage, 0002", "ToImage, -", "ToImage, head-1"})
  void theRecordedImageTakesTheDatabaseWhereTheOlderOneWants(
      DowngradePolicy policy, String target) {
    Situation s = ahead(rolledBack(policy, target), "0002");

    Task first = ((Decision.Run) s.pass()).request().task();
    assertThat(first.image()).isEqualTo(RECORDED);
    assertThat(first.target()).isEqualTo("0002");
    assertThat(first.downgrade()).as("announced before it is done").isEmpty();
    assertThat(first.instead()).contains(new RunRequest.Instead(OLDER, Situation.digestOf(OLDER)));
    assertThat(s.attempt().requested().forImage()).isEqualTo(OLDER);

    Task second = ((Decision.Run) planned(s).pass()).request().task();
    assertThat(second).usingRecursiveComparison().ignoringFields("downgrade").isEqualTo(first);
    assertThat(second.downgrade()).contains(Reports.digest(NEW, OLD, "0004", "0003"));
    assertThat(message(s)).contains("will undo \"0004\", \"0003\" (2 revisions)");
    assertThat(s.status().heads()).as("of the older image").containsExactly("0002");

    s.rows("0002").ended(0, Reports.undone(NEW, OLD, "0004", "0003").text()).pass();
    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(s.attempt().number()).isEqualTo(5);
    HistoryEntry entry = s.status().history().getFirst();
    assertThat(entry.action()).isEqualTo(HistoryEntry.Action.Downgrade);
    assertThat(entry.image()).isEqualTo(RECORDED);
    assertThat(entry.forImage()).isEqualTo(OLDER);
    assertThat(s.status().history()).hasSize(3);
  }

  @Test
  void afterItTheOlderImageIsTheRecordedOneAndNeedsNoPod() {
    Situation s = ahead(rolledBack(DowngradePolicy.ToImage, null), "0002");
    s.pass();
    planned(s).pass();
    s.rows("0002").ended(0, Reports.undone(NEW, OLD, "0004", "0003").text()).pass();

    assertThat(s.noJob().rows("0002").decide()).isInstanceOf(Decision.Nothing.class);
    assertThat(s.status().applied().image()).isEqualTo(OLDER);
    assertThat(s.status().applied().imageDigest()).isEqualTo(Situation.digestOf(OLDER));
    assertThat(s.status().applied().revisions()).containsExactly("0002");

    Task forward = ((Decision.Run) s.image(NEWER).pass()).request().task();
    assertThat(forward.image()).isEqualTo(NEWER);
    assertThat(forward.instead()).isEmpty();
    s.rows("0004").ended(0, Reports.applied(OLD, NEW, "0003", "0004").text()).pass();
    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @Test
  void rowsThatAreNotWhatTheOlderImageResolvedAreItsOwnToJudge() {
    Situation s = ahead(rolledBack(DowngradePolicy.ToImage, null), "0002");
    s.pass();
    planned(s).pass();

    s.rows("0001").ended(0, Reports.undone(NEW, List.of("0001"), "0004").text());

    Task next = ((Decision.Run) s.pass()).request().task();
    assertThat(next.image()).isEqualTo(OLDER);
    assertThat(next.instead()).isEmpty();
  }

  @Test
  void anOlderImageThatKnowsTheDatabaseGoesDownItself() {
    Situation s = rolledBack(DowngradePolicy.ToTarget, "0002");

    Task task = ((Decision.Run) planned(s).pass()).request().task();

    assertThat(task.image()).isEqualTo(OLDER);
    assertThat(task.instead()).isEmpty();
  }

  @Test
  void downToNothingIsSaidInAlembicsWord() {
    Situation s = ahead(rolledBack(DowngradePolicy.ToTarget, "base"));

    assertThat(((Decision.Run) s.pass()).request().task().target()).isEqualTo("base");
  }

  @Test
  void severalRowsAreGoneToTogether() {
    Situation s = ahead(rolledBack(DowngradePolicy.ToImage, null), "b2", "a1");

    assertThat(((Decision.Run) s.pass()).request().task().target()).isEqualTo("a1,b2");
  }

  static Stream<Arguments> recordsThatAreOfNoUse() {
    return Stream.of(
        record("no digest", b -> b.imageDigest(null), "has no digest"),
        record(
            "another repository",
            b -> b.imageDigest("registry.example/other@sha256:" + "a".repeat(64)),
            "another repository"),
        record("a forged digest", b -> b.imageDigest("registry.example/orders@x"), "no digest"),
        record(
            "the image itself",
            b -> b.imageDigest(Situation.digestOf(OLDER)),
            "somebody else brought the database"));
  }

  private static Arguments record(String what, UnaryOperator<AppliedBuilder> edit, String why) {
    return Arguments.of(what, edit, why);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("recordsThatAreOfNoUse")
  void aRecordThatIsOfNoUseIsToldWithTheWayOut(
      String what, UnaryOperator<AppliedBuilder> edit, String why) {
    Situation s = rolledBack(DowngradePolicy.ToImage, null);
    s.status(b -> b.applied(edit.apply(AppliedBuilder.builder(s.status().applied())).build()));

    ahead(s, "0002").pass();

    assertThat(s.summary()).isEqualTo("False DatabaseAhead Stalled");
    assertThat(message(s)).contains("does not know \"0004\"", why, "spec.downgradeImage");
    assertThat(s.noJob().rows("0004").later(9000).pass()).isInstanceOf(Decision.Refuse.class);
  }

  @Test
  void withoutAnyRecordTheWayOutIsToldToo() {
    Situation s = rolledBack(DowngradePolicy.ToImage, null).status(b -> b.applied(null));

    ahead(s, "0002").pass();

    assertThat(message(s)).contains("No image is recorded", "spec.downgradeImage");
  }

  @Test
  void aNamedImageIsRunInsteadOfTheRecordedOne() {
    Situation s = rolledBack(DowngradePolicy.ToImage, null).status(b -> b.applied(null));
    ahead(s, "0002").pass();

    s.noJob().rows("0004").spec(b -> b.downgradeImage(NEWER)).pass();
    Task task = ((Decision.Run) ahead(s, "0002").pass()).request().task();

    assertThat(task.image()).isEqualTo(NEWER);
    assertThat(task.instead().orElseThrow().image()).isEqualTo(OLDER);
  }

  @Test
  void aNamedImageThatDoesNotKnowTheRevisionEitherEndsIt() {
    Situation s =
        rolledBack(DowngradePolicy.ToImage, null)
            .spec(b -> b.downgradeImage("registry.example/orders:1.5"));
    s.noJob().rows("0004").pass();
    s.pass();
    ahead(s, "0002").pass();

    ahead(s, "0003").pass();

    assertThat(s.summary()).isEqualTo("False DatabaseAhead Stalled");
    assertThat(message(s)).contains("orders:1.5", "spec.downgradeImage");
    assertThat(s.noJob().rows("0004").later(9000).pass()).isInstanceOf(Decision.Refuse.class);
  }

  @Test
  void aRecordedImageThatIsGoneIsToldWithTheWayOut() {
    Situation s = ahead(rolledBack(DowngradePolicy.ToImage, null), "0002");
    s.pass();

    s.waiting("ErrImagePull", "not found").pass();
    assertThat(s.summary()).isEqualTo("False ImageUnavailable Reconciling");
    assertThat(message(s)).contains(RECORDED, "spec.downgradeImage").doesNotContain("spec.image,");

    Decision.Cancel cancel =
        (Decision.Cancel) s.spec(b -> b.downgradeImage("registry.example/orders:2-again")).pass();
    assertThat(cancel.jobUid()).isEqualTo("uid-4");
    Task anew = ((Decision.Run) s.noJob().rows("0004").pass()).request().task();
    assertThat(anew.image()).isEqualTo(OLDER);
  }

  @Test
  void theRecordedImageIsStartedAsItWasThen() {
    Alembic then = AlembicBuilder.builder().section("orders").build();
    Situation s = rolledBack(DowngradePolicy.ToImage, null);
    s.status(b -> b.applied(AppliedBuilder.builder(s.status().applied()).alembic(then).build()));
    s.noJob().rows("0004").spec(b -> b.alembic(AlembicBuilder.builder().section("new").build()));
    s.pass();
    s.pass();

    assertThat(((Decision.Run) ahead(s, "0002").pass()).request().task().alembic()).isEqualTo(then);
  }

  @Test
  void aWrappedCommandCannotBeGivenAnotherImagesTarget() {
    Alembic wrapped = AlembicBuilder.builder().command(List.of("flask", "db", "upgrade")).build();
    Situation s = rolledBack(DowngradePolicy.ToImage, null);
    s.status(b -> b.applied(AppliedBuilder.builder(s.status().applied()).alembic(wrapped).build()));

    ahead(s, "0002").pass();

    assertThat(s.summary()).isEqualTo("False DatabaseAhead Stalled");
    assertThat(message(s)).contains("alembic.command");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--sql=true", "$(X)", "a,b", "a b", "a\nb"})
  void whatAReportResolvedIsNotPutOnACommandLineUnseen(String forged) {
    Situation s = ahead(rolledBack(DowngradePolicy.ToImage, null), forged);

    s.pass();

    assertThat(s.summary()).isEqualTo("False DatabaseAhead Stalled");
  }

  @Test
  void restartInBetweenMakesTheSameJob() {
    Situation s = ahead(rolledBack(DowngradePolicy.ToImage, null), "0002");
    RunRequest intended = ((Decision.Run) s.intend()).request();

    s.noJob().rows("0004").later(20);

    assertThat(((Decision.Run) s.pass()).request()).isEqualTo(intended);
  }

  @Test
  void aPassingTroubleOfTheRecordedImageIsMetWithItAgain() {
    Situation s = ahead(rolledBack(DowngradePolicy.ToImage, null), "0002");
    s.pass();
    s.rows("0004").ended(3, Reports.refused("WaitingForOtherMigration", "busy").text()).pass();

    Task again = ((Decision.Run) s.noJob().rows("0004").later(60).pass()).request().task();

    assertThat(again.image()).isEqualTo(RECORDED);
    assertThat(again.target()).isEqualTo("0002");
  }

  @Test
  void whatTheRecordedImageSaysIsToldAsItsOwn() {
    Situation s = ahead(rolledBack(DowngradePolicy.ToImage, null), "0002");
    s.pass();

    s.rows("0004")
        .ended(3, Reports.refused("IrreversibleRevision", "0003 has no way back").text())
        .pass();

    assertThat(s.summary()).isEqualTo("False IrreversibleRevision Stalled");
    assertThat(message(s)).contains(RECORDED, OLDER, "no way back");
  }

  @ParameterizedTest
  @CsvSource({
    "orders:1, docker.io/library/orders@sha256:x, true",
    "shop/orders, index.docker.io/shop/orders:2, true",
    "localhost:5000/orders:1, localhost:5000/orders@sha256:x, true",
    "localhost:5000/orders, localhost:5001/orders, false",
    "registry.example/a/orders:1, registry.example/b/orders:1, false",
    "registry.example/orders:1, orders:1, false"
  })
  void repositories(String one, String other, boolean same) {
    assertThat(ImageReference.sameRepository(one, other)).isEqualTo(same);
  }
}

package dev.alembicoperator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.AlembicBuilder;
import dev.alembicoperator.api.v1alpha1.Check;
import dev.alembicoperator.api.v1alpha1.Database;
import dev.alembicoperator.api.v1alpha1.DatabaseBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatus;
import dev.alembicoperator.api.v1alpha1.Drift;
import dev.alembicoperator.api.v1alpha1.PodBuilder;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.observe.JobView;
import dev.alembicoperator.observe.JobView.Ended;
import dev.alembicoperator.observe.JobView.PodView;
import dev.alembicoperator.observe.JobView.Told;
import dev.alembicoperator.observe.Observation;
import dev.alembicoperator.report.StatusReport;
import dev.alembicoperator.runner.RunReportParser;
import dev.alembicoperator.runner.RunRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks: what they cost the standing decision (nothing), and what they tell. */
class ChecksTest {

  private static final String DIGEST = "registry.example/orders@sha256:";

  // Beginning

  @Test
  void aCheckBeginsBesideAResourceThatStaysReady() {
    Situation s = Situation.migrated().ask(Verbs.CHECK, "a");

    Decision.Check check = (Decision.Check) s.pass();

    assertThat(check.standing()).isInstanceOf(Decision.Nothing.class);
    assertThat(check.request().purpose()).isEqualTo(new RunRequest.Purpose.Check(false));
    assertThat(check.request().attempt()).isEqualTo(2);
    assertThat(check.request().job()).isEqualTo("orders-1a2b3-2");
    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(s.status().check().number()).isEqualTo(2);
    assertThat(s.status().check().jobUID()).isEqualTo("uid-2");
    assertThat(s.status().check().completedAt()).isNull();
    assertThat(s.status().lastHandledRequests().check()).isEqualTo("a");
    assertThat(s.attempt().number()).isOne();
  }

  @Test
  void aCheckBeginsBesideAResourceThatIsStalled() {
    Situation s = Situation.upgrading();
    s.rows("0002").ended(1, Reports.failed("MigrationFailed", "No.", "0003").text()).pass();
    assertThat(s.summary()).isEqualTo("False MigrationFailed Stalled");

    Decision decision = s.noJob().rows("0002").ask(Verbs.CHECK, "a").pass();

    assertThat(decision).isInstanceOf(Decision.Check.class);
    assertThat(s.summary()).isEqualTo("False MigrationFailed Stalled");
  }

  @Test
  void oneTokenIsOneCheck() {
    Situation s = checking();
    conclude(s, Reports.checked(List.of("0002"), List.of("0002")));

    assertThat(s.decide()).isInstanceOf(Decision.Nothing.class);
    assertThat(s.ask(Verbs.CHECK, "b").decide()).isInstanceOf(Decision.Check.class);
  }

  @Test
  void onePodAnswersBothVerbs() {
    Situation s = Situation.migrated().ask(Verbs.CHECK, "a").ask(Verbs.CHECK_SQL, "b");

    Decision.Check check = (Decision.Check) s.pass();

    assertThat(check.request().purpose()).isEqualTo(new RunRequest.Purpose.Check(true));
    assertThat(s.status().lastHandledRequests().check()).isEqualTo("a");
    assertThat(s.status().lastHandledRequests().checkSql()).isEqualTo("b");
  }

  @Test
  void aCheckWaitsForTheAttemptThatIsOpen() {
    Situation s = Situation.upgrading().ask(Verbs.CHECK, "a");

    s.pass();
    assertThat(s.status().check()).isNull();
    assertThat(s.status().lastHandledRequests()).isNull();

    s.rows("0004").ended(0, Reports.applied(List.of("0002"), List.of("0004"), "0003").text());
    assertThat(s.pass()).isInstanceOf(Decision.Check.class);
  }

  @Test
  void withoutASecretACheckWaits() {
    Situation s = Situation.migrated().missing(Reason.SecretNotFound).ask(Verbs.CHECK, "a");

    assertThat(s.pass()).isNotInstanceOf(Decision.Check.class);
    assertThat(s.status().lastHandledRequests()).isNull();
    assertThat(s.rows("0002").secretVersion(2).pass()).isInstanceOf(Decision.Check.class);
  }

  @Test
  void anUnreachableDatabaseIsThePodsToTry() {
    Situation s = Situation.migrated().unreachable().ask(Verbs.CHECK, "a");

    assertThat(s.pass()).isInstanceOf(Decision.Check.class);
  }

  @Test
  void aResourceThatIsBeingDeletedIsNotChecked() {
    assertThat(Situation.migrated().ask(Verbs.CHECK, "a").deleted().decide())
        .isInstanceOf(Decision.Wait.class);
  }

  @Test
  void aSuspendedResourceIsToldSoAndNoPodStarts() {
    Situation s = Situation.migrated().suspend(true).ask(Verbs.CHECK, "a");

    s.pass();

    assertThat(s.status().check().reason()).isEqualTo("Suspended");
    assertThat(s.status().check().message()).contains("spec.suspend");
    assertThat(s.status().check().completedAt()).isNotNull();
    assertThat(s.status().check().number()).isNull();
    assertThat(s.status().lastHandledRequests().check()).isEqualTo("a");
    assertThat(s.suspend(false).decide()).isNotInstanceOf(Decision.Check.class);
  }

  @Test
  void aProjectsOwnCommandCanOnlyMigrate() {
    Situation s = Situation.firstApply();
    s.spec(b -> b.alembic(AlembicBuilder.builder().command(List.of("flask", "db")).build()));
    s.pass();
    s.rows("0002").ended(0, Reports.applied(List.of(), List.of("0002"), "0002").text()).pass();

    s.noJob().ask(Verbs.CHECK_SQL, "a").pass();

    assertThat(s.status().check().message())
        .contains("not available, because spec.alembic.command");
    assertThat(s.status().check().reason()).isNull();
    assertThat(s.status().check().job()).isNull();
  }

  @Test
  void aSpecThatIsNotAllowedStartsNoCheckEither() {
    Situation s = Situation.migrated();
    s.spec(b -> b.pod(PodBuilder.builder().serviceAccountName("admin").build()));

    s.ask(Verbs.CHECK, "a").pass();

    assertThat(s.status().check().reason()).isEqualTo("InvalidSpec");
    assertThat(s.status().check().job()).isNull();
  }

  @Test
  void aCheckWhoseCreationWasNotAnsweredIsCreatedAgainUnderItsName() {
    Situation s = Situation.migrated().ask(Verbs.CHECK, "a");
    s.intend();

    Decision.Check again = (Decision.Check) s.intend();

    assertThat(again.request().attempt()).isEqualTo(2);
    assertThat(s.status().check().number()).isEqualTo(2);
  }

  // Numbers

  @Test
  void attemptsAndChecksAreOfOneCount() {
    Situation s = checking();
    conclude(s, Reports.checked(List.of("0002"), List.of("0002")));

    Decision.Run run = (Decision.Run) s.image("registry.example/orders:2").decide();

    assertThat(run.request().attempt()).isEqualTo(3);
  }

  // A migration beside it

  @Test
  void aMigrationWithdrawsTheCheckInTheSameWrite() {
    Situation s = checking().image("registry.example/orders:2");

    Decision decision = s.pass();

    assertThat(decision).isInstanceOf(Decision.Run.class);
    assertThat(s.attempt().number()).isEqualTo(3);
    assertThat(s.status().check().reason()).isEqualTo("Cancelled");
    assertThat(s.status().check().completedAt()).isNotNull();
    assertThat(s.status().check().message()).contains("migration had to begin");
  }

  @Test
  void theSessionOfACheckKeepsNoMigrationWaiting() {
    Situation s = checking().session(2, "0.0/-").image("registry.example/orders:2");

    assertThat(s.decide()).isInstanceOf(Decision.Run.class);
    assertThat(s.session(1, "1.1/0002").decide())
        .as("that of an attempt does")
        .isNotInstanceOf(Decision.Run.class);
  }

  @Test
  void whatACheckFoundIsKeptWhenAMigrationBeginsAtTheSameMoment() {
    Situation s = checking().image("registry.example/orders:2");
    conclude(s, Reports.checked(List.of("0002"), List.of("0004"), "0003", "0004"));

    assertThat(s.attempt().number()).isEqualTo(3);
    assertThat(s.status().check().reason()).isNull();
    assertThat(s.status().check().message()).contains("2 revisions are pending");
  }

  // What is found

  @Test
  void planHeadsAndTargetStandInStatus() {
    Situation s = checking();
    conclude(s, Reports.checked(List.of("0002"), List.of("0004"), "0003", "0004"));

    DatabaseMigrationStatus status = s.status();
    assertThat(status.heads()).containsExactly("0004");
    assertThat(status.targetRevision()).isEqualTo("0004");
    assertThat(status.plan().from()).containsExactly("0002");
    assertThat(status.plan().to()).containsExactly("0004");
    assertThat(status.plan().count()).isEqualTo(2);
    assertThat(status.plan().revisions()).extracting(r -> r.message()).contains("step 0003");
    assertThat(status.plan().digest()).isEqualTo("sha256:" + "5".repeat(64));
    assertThat(status.plan().sql()).isNull();
    assertThat(status.plan().sqlUnavailable()).isNull();
  }

  @Test
  void anImageThatMovedBehindItsReferenceIsToldAndNotRun() {
    Situation s = checking();
    Decision decision =
        conclude(s, Reports.checked(List.of("0002"), List.of("0004"), "0003", "0004"));

    assertThat(decision).isInstanceOf(Decision.Nothing.class);
    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(s.status().check().message())
        .contains("The database is at \"0002\"; 2 revisions are pending, up to \"0004\".")
        .contains("changed behind its reference")
        .contains("alembic-operator.dev/retry")
        .contains("The models and the tables agree.");
    assertThat(s.retry("now").decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void anotherDigestWithTheSameRevisionsIsToldToo() {
    Situation s = checking();
    s.checkJob(ended(Reports.checked(List.of("0002"), List.of("0002")), "f".repeat(64))).pass();

    assertThat(s.status().check().message())
        .contains("nothing is pending")
        .contains("changed behind its reference")
        .doesNotContain("retry");
  }

  @Test
  void theSameDigestIsNotWorthAWord() {
    Situation s = checking();
    conclude(s, Reports.checked(List.of("0002"), List.of("0002")));

    assertThat(s.status().check().message())
        .isEqualTo(
            "The database is at \"0002\"; nothing is pending. The models and the tables agree.");
  }

  @Test
  void differencesAreCountedAndTheFirstTenKept() {
    List<String> all = IntStream.range(0, 12).mapToObj("add_table t%d"::formatted).toList();
    Situation s = checking();
    conclude(
        s,
        Reports.checked(List.of("0002"), List.of("0002"))
            .with("models", Map.of("available", true, "count", 40, "differences", all)));

    Check check = s.status().check();
    assertThat(check.differences()).isEqualTo(40);
    assertThat(check.firstDifferences()).hasSize(10).contains("add_table t0");
    assertThat(check.message())
        .contains("differ in 40 places: \"add_table t0\", \"add_table t1\", \"add_table t2\", ….");
    assertThat(s.summary()).as("it is advice").isEqualTo("True UpToDate");
  }

  @Test
  void modelsThatCannotBeComparedSayWhy() {
    Situation s = checking();
    conclude(
        s,
        Reports.checked(List.of("0002"), List.of("0002"))
            .with(
                "models", Map.of("available", false, "because", "env.py has no target_metadata")));

    assertThat(s.status().check().differences()).isNull();
    assertThat(s.status().check().message())
        .contains("were not compared with the tables, because env.py has no target_metadata.");
  }

  @Test
  void aRefusalHasItsReasonAndChangesNoCondition() {
    Situation s = checking();
    conclude(
        s,
        Reports.refused("DatabaseAhead", "The database is at 0009, which the image does not know.")
            .with("action", "check")
            .with("before", List.of("0009"))
            .with("heads", List.of("0002")));

    assertThat(s.status().check().reason()).isEqualTo("DatabaseAhead");
    assertThat(s.status().check().message()).contains("0009");
    assertThat(s.status().heads()).containsExactly("0002");
    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @Test
  void theReportOfAMigrationIsNoCheck() {
    Situation s = checking();
    conclude(s, Reports.applied(List.of("0002"), List.of("0004"), "0003", "0004"));

    assertThat(s.status().check().reason()).isEqualTo("EnvUnsupported");
    assertThat(s.status().currentRevision()).isEqualTo("0002");
    assertThat(s.status().plan().count()).isZero();
  }

  // SQL

  private static Reports sql(Object sql) {
    return Reports.checked(List.of("0002"), List.of("0003"), "0003").with("sql", sql);
  }

  @Test
  void sqlIsNamedAndHandedOnScrubbed() {
    Situation s = Situation.migrated().ask(Verbs.CHECK_SQL, "a");
    s.pass();
    String text =
        "BEGIN;\n\n  ALTER ROLE x PASSWORD 'geheim';\n-- %s\n".formatted(Situation.CANARY);
    s.checkJob(whole(sql(Map.of("available", true, "bytes", 9, "text", text))));

    Decision.Conclude conclude = (Decision.Conclude) s.decide();
    Observation o = s.observation();
    s.pass();

    assertThat(new StatusReport().sql(o, conclude.verdict()))
        .contains("BEGIN;\n\n  ALTER ROLE x PASSWORD '***';\n-- ***\n");
    assertThat(conclude.toString()).doesNotContain(Situation.CANARY);
    assertThat(s.status().plan().sql()).isEqualTo("orders-1a2b3-sql");
    assertThat(s.status().plan().sqlUnavailable()).isNull();
    assertThat(s.status().check().message()).contains("ConfigMap \"orders-1a2b3-sql\"");
    assertThat(s.status().check().sql()).isTrue();
  }

  @Test
  void sqlThatIsNotThereSaysWhy() {
    Map<String, String> reasons =
        Map.of(
            "0003 needs a connection", "There is no SQL, because 0003 needs a connection.",
            "", "There is no SQL.");
    reasons.forEach((because, said) -> {
      Situation s = Situation.migrated().ask(Verbs.CHECK_SQL, "a");
      s.pass();
      conclude(s, sql(Map.of("available", false, "because", because)));

      assertThat(s.status().plan().sql()).isNull();
      assertThat(s.status().check().message()).contains(said);
    });
  }

  @Test
  void sqlThatOnlyTheLogHeldIsNotThereWhenTheLogIsNot() {
    Situation s = Situation.migrated().ask(Verbs.CHECK_SQL, "a");
    s.pass();
    conclude(s, sql(Map.of("available", true, "bytes", 900)));

    assertThat(s.status().plan().sql()).isNull();
    assertThat(s.status().plan().sqlUnavailable()).contains("log");
  }

  @Test
  void sqlThatNobodyAskedForIsDropped() {
    Situation s = checking();
    s.checkJob(whole(sql(Map.of("available", true, "text", "BEGIN;")))).pass();

    assertThat(s.status().plan().sql()).isNull();
    assertThat(s.status().check().message()).doesNotContain("SQL");
  }

  @Test
  void whatACheckFoundOfANewImageStaysBesideAVerdictOnTheOldOne() {
    Situation s = Situation.upgrading();
    s.rows("0002")
        .ended(
            1,
            Reports.failed("PartiallyApplied", "Half.", "0003").with("halfApplied", "yes").text())
        .pass();
    s.noJob().rows("0002").image("registry.example/orders:3").pass();
    assertThat(s.summary()).isEqualTo("False PartiallyApplied Stalled");
    assertThat(s.status().plan()).as("the old image's").isNull();

    s.ask(Verbs.CHECK, "a").pass();
    s.rows("0002").checkJob(ended(Reports.checked(List.of("0002"), List.of("0005"), "0005"), "1"));
    s.pass();
    s.later(60).pass();
    assertThat(s.status().plan().to()).containsExactly("0005");

    s.image("registry.example/orders:4").pass();
    assertThat(s.status().plan()).as("another image's").isNull();
  }

  // Ends that are none

  @Test
  void aCheckWhoseJobIsGoneIsLost() {
    Situation s = checking().checkJob(null);
    s.pass();

    assertThat(s.status().check().reason()).isEqualTo("JobLost");
    assertThat(s.summary()).isEqualTo("True UpToDate");
  }

  @Test
  void aCheckThatWasKilledFoundOutNothing() {
    Situation s = checking();
    s.checkJob(
            job(
                Optional.empty(),
                Optional.of(new Ended(137, "OOMKilled", "", Optional.empty())),
                "0".repeat(64)))
        .pass();

    assertThat(s.status().check().reason()).isEqualTo("OutOfMemory");
    assertThat(s.status().check().message()).contains("limits.memory");
  }

  @Test
  void anImageThatCannotBePulledIsToldAtOnceAndGivenUpAfterTwoMinutes() {
    Situation s = checking();
    JobView waiting =
        job(
            Optional.of(new Told("ImagePullBackOff", "no such tag")),
            Optional.empty(),
            "0".repeat(64));

    s.checkJob(waiting).pass();
    assertThat(s.status().check().completedAt()).isNull();
    assertThat(s.status().check().message()).contains("cannot start").contains("no such tag");

    s.later(Duration.ofMinutes(3)).rows("0002").pass();
    assertThat(s.status().check().completedAt()).isNotNull();
    assertThat(s.status().check().reason()).isEqualTo("ImageUnavailable");
  }

  // Databases that only a pod can see

  private static Situation unseen(String interval) {
    Situation s = Situation.firstApply();
    s.spec(b ->
        b.drift(interval == null ? null : new Drift(interval, null))
            .database(
                DatabaseBuilder.builder(s.observation().spec().database())
                    .observe(Database.Observe.Job)
                    .build()));
    s.neverLooks().pass();
    s.ended(0, Reports.applied(List.of(), List.of("0002"), "0002").text()).pass();
    return s.noJob();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1h", "2h"})
  void atTheIntervalAPodLooks(String interval) {
    Situation s = unseen(interval);
    Duration due = Durations.parse(interval).orElseThrow();

    assertThat(s.later(due.minusSeconds(1)).pass()).isInstanceOf(Decision.Nothing.class);
    assertThat(s.later(2).pass()).isInstanceOf(Decision.Check.class);
    conclude(s, Reports.checked(List.of("0002"), List.of("0002")));
    assertThat(s.later(due.minusSeconds(1)).pass()).isInstanceOf(Decision.Nothing.class);
    assertThat(s.later(2).pass()).isInstanceOf(Decision.Check.class);
  }

  @Test
  void anIntervalThatTheSchemaWouldRefuseIsAnHour() {
    assertThat(unseen("10s").later(Duration.ofMinutes(59)).pass())
        .isInstanceOf(Decision.Nothing.class);
  }

  @Test
  void withoutAnIntervalNoPodLooks() {
    assertThat(unseen(null).later(Duration.ofDays(9)).pass()).isInstanceOf(Decision.Nothing.class);
  }

  @Test
  void whereTheOperatorLooksTheIntervalCostsNoPod() {
    Situation s = Situation.migrated();
    s.spec(b -> b.drift(new Drift("1h", null)));

    assertThat(s.later(Duration.ofHours(2)).rows("0002").pass())
        .isInstanceOf(Decision.Nothing.class);
  }

  @Test
  void whatThePodSawIsALookAtTheDatabase() {
    Situation s = unseen("1h").later(Duration.ofHours(1));
    s.pass();
    conclude(s, Reports.checked(List.of("0001"), List.of("0002"), "0002"));

    assertThat(s.status().currentRevision()).isEqualTo("0001");
    assertThat(s.status().lastCheckTime()).isEqualTo(s.now());
    assertThat(s.summary()).isEqualTo("False Drifted Stalled");

    s.later(Duration.ofHours(1)).pass();
    conclude(s, Reports.checked(List.of("0002"), List.of("0002")));
    assertThat(s.summary()).as("brought back").isEqualTo("True UpToDate");
  }

  @Test
  void aSuspendedResourceIsNotLookedAtAtTheInterval() {
    Situation s = unseen("1h").suspend(true).later(Duration.ofHours(2));

    s.pass();
    assertThat(s.status().check()).isNull();
  }

  // Helpers

  /** Migrated, and a check's container runs. */
  private static Situation checking() {
    Situation s = Situation.migrated().ask(Verbs.CHECK, "a");
    s.pass();
    s.rows("0002").checkJob(job(Optional.empty(), Optional.empty(), "0".repeat(64)));
    s.pass();
    assertThat(s.status().check().message()).isEqualTo("Check 2 is running.");
    return s;
  }

  /** The check of that situation ends so. */
  private static Decision conclude(Situation s, Reports report) {
    String image = Situation.digestOf("registry.example/orders:1");
    return s.checkJob(ended(report, image.substring(image.indexOf("sha256:") + 7))).pass();
  }

  private static JobView ended(Reports report, String digest) {
    return job(
        Optional.empty(),
        Optional.of(new Ended(0, "Completed", report.text(), Optional.empty())),
        digest);
  }

  /** With the report as the log holds it. */
  private static JobView whole(Reports report) {
    return job(
        Optional.empty(),
        Optional.of(
            new Ended(
                0,
                "Completed",
                "",
                Optional.empty(),
                new RunReportParser().parseWhole(report.text().getBytes(StandardCharsets.UTF_8)))),
        "0".repeat(64));
  }

  private static JobView job(Optional<Told> waiting, Optional<Ended> ended, String digest) {
    Optional<Instant> startedAt =
        waiting.isPresent() ? Optional.empty() : Optional.of(Situation.BEGIN);
    return new JobView(
        "orders-1a2b3-2",
        "uid-2",
        false,
        false,
        Optional.empty(),
        Optional.of(
            new PodView(
                "orders-1a2b3-2-x",
                Situation.BEGIN,
                false,
                waiting,
                startedAt,
                ended,
                Optional.empty(),
                Optional.of(DIGEST + digest))),
        Optional.empty());
  }
}

package dev.alembicoperator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.Retry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is tried again, when, and how often. */
class RetryTest {

  private static String lock() {
    return Reports.failed("WaitingForLock", "lock timeout; end the session", "0003").text();
  }

  /** Fails the attempt that is open and goes to the moment of the next. */
  private static Duration failAndWait(Situation s, String report) {
    s.rows("0002").ended(1, report).pass();
    if (s.status().nextAttemptTime() == null) {
      return Duration.ZERO;
    }
    Duration pause = Duration.between(s.now(), s.status().nextAttemptTime());
    s.noJob().rows("0002");
    assertThat(s.decide()).isInstanceOf(Decision.Wait.class);
    s.later(pause);
    return pause;
  }

  @Test
  void aBusyLockIsRetriedWithBackoffAndNeverCalledFailedMeanwhile() {
    Situation s = Situation.upgrading();

    s.rows("0002").ended(1, lock()).pass();

    assertThat(s.summary()).isEqualTo("False WaitingForLock Reconciling");
    assertThat(s.condition("Ready").orElseThrow().getMessage())
        .isEqualTo(
            "Revision \"0003\": lock timeout; end the session. Next attempt at"
                + " 2026-03-01T08:00:10Z.");
    assertThat(s.status().retries()).isEqualTo(1);
  }

  @Test
  void thePausesDoubleUpToTheLongestAndEndWithinTheLimit() {
    Situation s = Situation.upgrading();
    List<Long> pauses = new ArrayList<>();
    Duration pause = failAndWait(s, lock());
    while (!pause.isZero()) {
      pauses.add(pause.toSeconds());
      assertThat(s.pass()).isInstanceOf(Decision.Run.class);
      pause = failAndWait(s, lock());
    }

    assertThat(pauses).startsWith(10L, 20L, 40L, 80L, 160L, 300L, 300L);
    assertThat(pauses.stream().mapToLong(Long::longValue).sum()).isBetween(3300L, 3600L);
    assertThat(s.summary()).isEqualTo("False RetriesExhausted Stalled");
    assertThat(s.condition("Ready").orElseThrow().getMessage())
        .contains("after " + pauses.size() + " retries within 1h", "WaitingForLock", "lock timeout")
        .contains("alembic-operator.dev/retry");
    assertThat(s.later(90_000).decide()).isInstanceOf(Decision.Refuse.class);
  }

  @Test
  void noRetryWhereNoneIsWanted() {
    Situation s = Situation.migrated().spec(b -> b.retry(new Retry("0s", null, null)));
    s.image("registry.example/orders:2").rows("0002").pass();

    s.rows("0002").ended(1, lock()).pass();

    assertThat(s.summary()).isEqualTo("False RetriesExhausted Stalled");
  }

  @Test
  void aRequestedTryStartsTheCountAnew() {
    Situation s = Situation.upgrading().status(b -> b.retries(16));
    s.rows("0002").ended(1, lock()).pass();
    assertThat(s.summary()).isEqualTo("False RetriesExhausted Stalled");

    s.noJob().retry("again").pass();
    s.rows("0002").ended(1, lock()).pass();

    assertThat(s.summary()).isEqualTo("False WaitingForLock Reconciling");
    assertThat(s.status().retries()).isEqualTo(1);
  }

  @Test
  void aNewSpecStartsTheCountAnew() {
    Situation s = Situation.upgrading().status(b -> b.retries(7));
    s.rows("0002").ended(1, lock()).pass();

    s.noJob().image("registry.example/orders:3").pass();

    assertThat(s.status().retries()).isNull();
    assertThat(s.status().nextAttemptTime()).isNull();
  }

  @Test
  void theCountGoesOnFromTryToTryAndEndsWithSuccess() {
    Situation s = Situation.upgrading();
    failAndWait(s, lock());
    s.pass();
    assertThat(s.status().retries()).isEqualTo(1);
    failAndWait(s, lock());
    s.pass();
    assertThat(s.status().retries()).isEqualTo(2);

    s.rows("0003")
        .ended(0, Reports.applied(List.of("0002"), List.of("0003"), "0003").text())
        .pass();

    assertThat(s.status().retries()).isNull();
    assertThat(s.status().nextAttemptTime()).isNull();
  }

  @Test
  void aDatabaseThatRestartsAfterAnHourOfWorkIsMetWithinSeconds() {
    Situation s = Situation.upgrading().later(Duration.ofHours(1)).rows("0002");

    s.ended(1, Reports.failed("WaitingForDatabase", "server closed", "0003").text()).pass();

    assertThat(s.status().nextAttemptTime()).isEqualTo(s.now().plusSeconds(5));
    assertThat(s.status().retries()).isNull();
  }

  @Test
  void aDatabaseThatOnlyThePodCannotReachIsAskedEverMoreRarely() {
    Situation s = Situation.upgrading().later(Duration.ofHours(1)).rows("0002");

    s.ended(3, Reports.refused("WaitingForDatabase", "no answer").text()).pass();

    assertThat(s.status().nextAttemptTime()).isEqualTo(s.now().plus(Duration.ofMinutes(5)));
    assertThat(s.summary()).isEqualTo("False WaitingForDatabase Reconciling");
  }

  @ParameterizedTest
  @ValueSource(strings = {"AuthenticationFailed", "NotPrimary"})
  void whatHealsByItselfIsAskedAgainSlowly(String kind) {
    Situation s = Situation.upgrading().rows("0002");

    s.ended(3, Reports.refused(kind, "no").text()).pass();

    assertThat(s.summary()).isEqualTo("False " + kind + " Reconciling");
    assertThat(s.status().nextAttemptTime()).isEqualTo(s.now().plusSeconds(30));
    assertThat(s.noJob().rows("0002").decide()).isInstanceOf(Decision.Wait.class);
    assertThat(s.later(30).decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void theSecretRotatedAfterAFailedLoginIsTriedAtOnce() {
    Situation s = Situation.upgrading().rows("0002");
    s.ended(3, Reports.refused("AuthenticationFailed", "wrong password").text()).pass();

    assertThat(s.noJob().secretVersion(2).decide()).isInstanceOf(Decision.Run.class);
    s.pass();
    s.rows("0002").ended(3, Reports.refused("AuthenticationFailed", "wrong again").text()).pass();
    assertThat(s.noJob().decide()).isInstanceOf(Decision.Wait.class);
  }

  @Test
  void theSecretRotatedAfterAFailedMigrationChangesNothing() {
    Situation s = Situation.upgrading().rows("0002");
    s.ended(1, Reports.failed("MigrationFailed", "no", "0003").text()).pass();

    assertThat(s.noJob().secretVersion(2).decide()).isInstanceOf(Decision.Refuse.class);
  }

  @Test
  void suspendingHoldsARetry() {
    Situation s = Situation.upgrading().rows("0002");
    s.ended(1, lock()).pass();

    s.noJob().suspend(true).later(60).pass();
    assertThat(s.summary()).isEqualTo("False Suspended Reconciling");

    assertThat(s.suspend(false).decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void fromAToBToATheRetryOfAIsNotLost() {
    Situation s = Situation.upgrading().image("registry.example/orders:3").suspend(true);
    s.rows("0002").ended(1, lock()).pass();
    assertThat(s.summary()).isEqualTo("False Suspended Reconciling");

    s.noJob().image("registry.example/orders:2").suspend(false).later(60);

    assertThat(s.decide()).isInstanceOf(Decision.Run.class);
  }

  // The verb

  @Test
  void aRequestIsHandledOnce() {
    Situation s = Situation.upgrading().rows("0002");
    s.ended(1, Reports.failed("MigrationFailed", "no", "0003").text()).pass();

    s.noJob().retry("one");
    assertThat(s.pass()).isInstanceOf(Decision.Run.class);
    assertThat(s.status().lastHandledRequests().retry()).isEqualTo("one");
    s.rows("0002").ended(1, Reports.failed("MigrationFailed", "no", "0003").text()).pass();

    assertThat(s.noJob().later(9000).decide()).isInstanceOf(Decision.Refuse.class);
    assertThat(s.retry("two").decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void aRequestIsHandledAlsoWhenNothingIsToDo() {
    Situation s = Situation.migrated().rows("0002").retry("one");

    assertThat(s.pass()).isInstanceOf(Decision.Run.class);
    s.rows("0002").ended(0, Reports.upToDate("0002").text()).pass();

    assertThat(s.status().lastHandledRequests().retry()).isEqualTo("one");
    assertThat(s.summary()).isEqualTo("True UpToDate");
    assertThat(s.noJob().decide()).isInstanceOf(Decision.Nothing.class);
  }

  @Test
  void aRequestEndsAPause() {
    Situation s = Situation.upgrading().rows("0002");
    s.ended(1, lock()).pass();

    assertThat(s.noJob().retry("now").decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void aRequestWhileARunGoesOnIsNotSwallowedByIt() {
    Situation s = Situation.upgrading().retry("while running").rows("0002");
    s.pass();
    assertThat(s.status().lastHandledRequests()).isNull();

    s.ended(1, Reports.failed("MigrationFailed", "no", "0003").text());

    assertThat(s.pass()).isInstanceOf(Decision.Run.class);
    assertThat(s.status().lastHandledRequests().retry()).isEqualTo("while running");
  }

  @Test
  void aRequestBetweenIntentAndCreateIsNotSwallowedByTheOldIntent() {
    Situation s = Situation.firstApply();
    s.intend();

    s.retry("one").pass();

    assertThat(s.attempt().number()).isEqualTo(1);
    assertThat(s.status().lastHandledRequests()).isNull();
  }

  @Test
  void anEmptyRequestIsNone() {
    Situation s = Situation.migrated().rows("0002").retry("");

    assertThat(s.decide()).isInstanceOf(Decision.Nothing.class);
  }

  @Test
  void aRequestOfAnyLengthIsHandled() {
    Situation s = Situation.migrated().rows("0002").retry("x".repeat(100_000));

    s.pass();
    s.rows("0002").ended(0, Reports.upToDate("0002").text()).pass();

    assertThat(s.noJob().decide()).isInstanceOf(Decision.Nothing.class);
    assertThat(s.status().lastHandledRequests().retry()).hasSizeLessThan(300);
  }

  // Arithmetic

  @ParameterizedTest
  @CsvSource({
    ",,, 0, 10, false", ",,, 3, 80, false", ",,, 60, 300, true",
    "1m,30s,10s, 0, 10, false", "1m,30s,10s, 5, 10, false", "1m,30s,10s, 6, 10, true",
    "0s,,, 0, 10, true", "1h,0s,0s, 0, 1, false", "1h,0s,0s, 4000, 1, true",
    "1h,999999h,999999h, 0, 3599996400, true"
  })
  void backoff(String limit, String first, String longest, int n, long pause, boolean exhausted) {
    Backoff backoff = new Backoff(new Retry(limit, first, longest));

    assertThat(backoff.pause(n)).hasSeconds(pause);
    assertThat(backoff.exhausted(n)).isEqualTo(exhausted);
  }

  @ParameterizedTest
  @CsvSource({"0, 2", "-5, 2", "19, 2", "20, 2", "100, 10", "299, 29", "400, 30"})
  void patienceIsATenthOfWhatWasWaited(long waited, long pause) {
    assertThat(
            Backoff.patience(
                    Duration.ofSeconds(waited), Duration.ofSeconds(2), Duration.ofSeconds(30))
                .toSeconds())
        .isEqualTo(pause);
  }

  @ParameterizedTest
  @CsvSource({
    "5s, 5",
    "1h30m, 5400",
    "0s, 0",
    "90m, 5400",
    "1h1m1s, 3661",
    "'', -1",
    "5, -1",
    "1.5h, -1",
    "-5s, -1",
    "1m1h, -1",
    "5S, -1",
    "1d, -1",
    "99999999999s, -1"
  })
  void durations(String text, long seconds) {
    assertThat(Durations.parse(text).map(Duration::toSeconds).orElse(-1L)).isEqualTo(seconds);
  }

  @ParameterizedTest
  @CsvSource({"0, 0s", "59, 59s", "60, 1m", "3661, 1h1m1s", "86400, 24h"})
  void durationsForPeople(long seconds, String text) {
    assertThat(Durations.text(Duration.ofSeconds(seconds))).isEqualTo(text);
  }
}

package dev.alembicoperator.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReasonTest {

  /** Kubernetes' own limit for the reason of a condition (metav1.Condition). */
  private static final String CONDITION_REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?";

  @ParameterizedTest
  @EnumSource
  void isTheReasonOfACondition(Reason reason) {
    assertThat(reason.name()).matches(CONDITION_REASON).hasSizeLessThanOrEqualTo(128);
  }

  @ParameterizedTest
  @EnumSource
  void saysCauseAndRemedyInSentences(Reason reason) {
    assertThat(reason.cause()).matches("[A-Zs].*\\.");
    assertThat(reason.remedy()).matches("[A-Z].*\\.").isNotEqualTo(reason.cause());
  }

  /** Stalled tells a person to act; kstatus knows no failed resource that is ready. */
  @ParameterizedTest
  @EnumSource
  void isReadyOnlyWhenNothingIsToBeDone(Reason reason) {
    assertThat(reason.ready() == Reason.Ready.TRUE)
        .isEqualTo(reason.phase() == Reason.Phase.NONE)
        .isEqualTo(reason == Reason.UpToDate);
  }

  /** What goes on without a person must not be told as failed, and the other way round. */
  @ParameterizedTest
  @EnumSource
  void isStalledOnlyWhenNoTimerRetriesIt(Reason reason) {
    boolean byTimer =
        switch (reason.retry()) {
          case WITHIN_LIMIT, ALWAYS, SLOWLY -> true;
          case NEVER, WATCHED, ONCE -> false;
        };

    if (byTimer) {
      assertThat(reason.phase()).isEqualTo(Reason.Phase.RECONCILING);
    }
    if (reason.phase() == Reason.Phase.STALLED) {
      assertThat(byTimer).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource
  void isFoundByItsKindIfTheRunnerMayReportIt(Reason reason) {
    if (reason.isReportedByRunner()) {
      assertThat(Reason.ofKind(reason.name())).contains(reason);
    } else {
      assertThat(Reason.ofKind(reason.name())).isEmpty();
    }
  }

  /** A report is hostile input: it must not be able to say that all is well. */
  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {"", "UpToDate", "Running", "Suspended", "upToDate", "MIGRATIONFAILED", "No"})
  void isNotFoundByAKindThatNoRunnerHas(String kind) {
    assertThat(Reason.ofKind(kind)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "WaitingForDatabase",
        "WaitingForLock",
        "WaitingForOtherMigration",
        "Retrying",
        "InvalidConnection",
        "AuthenticationFailed",
        "PermissionDenied",
        "NotPrimary",
        "PoolerNotSupported",
        "TlsFailed",
        "WrongDatabase",
        "NoMigrations",
        "ConfigNotFound",
        "ImportFailed",
        "BrokenGraph",
        "EnvUnsupported",
        "PythonNotFound",
        "AlembicTooOld",
        "UnknownRevision",
        "DatabaseAhead",
        "MultipleHeads",
        "NotAnAncestor",
        "DowngradeForbidden",
        "IrreversibleRevision",
        "UnversionedDatabase",
        "OverlappingVersions",
        "MigrationFailed",
        "DataViolation",
        "AlreadyExists",
        "DoesNotExist",
        "NeedsAutocommit",
        "ValueTooLong",
        "StatementTimeout",
        "NotCommitted",
        "PartiallyApplied",
        "LeftoversFound",
        "DeadlineExceeded",
        "Cancelled"
      })
  void everyKindOfTheContractIsKnown(String kind) {
    assertThat(Reason.ofKind(kind)).isPresent();
  }
}

package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.runner.RunRequest;
import java.time.Duration;

/**
 * What to do about one resource now. Each case names the state that status will tell, and when to
 * look again if nothing happens before.
 */
public sealed interface Decision {

  /** When to look again, even if no event comes. */
  Duration recheck();

  /** The wish is fulfilled, or at least nothing contradicts that it was. */
  record Nothing(Reason reason, String message, boolean ready, Duration recheck)
      implements Decision {}

  /** Something has to happen first, which will be noticed. */
  record Wait(Reason reason, String message, Duration recheck) implements Decision {}

  /** A person has to do something first. */
  record Refuse(Reason reason, String message, Duration recheck) implements Decision {}

  /**
   * Record the intent, then see to it that the Job exists. The same request twice is the same Job.
   */
  record Run(RunRequest request, String message, Duration recheck) implements Decision {}

  /**
   * Record the intent, then delete the attempt's Job; its process, if there is one, is told to end.
   *
   * @param why {@link Reason#Superseded}, before its container started, or {@link
   *     Reason#Cancelled}, as a person asked, at any time; stays with the attempt
   * @param reason told meanwhile
   */
  record Cancel(
      String job, String jobUid, Reason why, Reason reason, String message, Duration recheck)
      implements Decision {}

  /**
   * Beside what stands, see to it that the Job of a check exists, which reads and changes nothing.
   *
   * @param standing what the rules decided; a check never changes it
   */
  record Check(RunRequest request, String message, Decision standing) implements Decision {
    @Override
    public Duration recheck() {
      // Events tell of every change; this is for a pod that cannot start.
      Duration watch = Duration.ofSeconds(5);
      return standing.recheck().compareTo(watch) < 0 ? standing.recheck() : watch;
    }
  }

  /** A check is over, or is answered without a pod; take that into status and plan again. */
  record Conclude(CheckVerdict verdict) implements Decision {
    @Override
    public Duration recheck() {
      return Duration.ZERO;
    }
  }

  /** An attempt is over; take its verdict into status and plan again. */
  record Collect(Verdict verdict) implements Decision {
    @Override
    public Duration recheck() {
      return Duration.ZERO;
    }
  }
}

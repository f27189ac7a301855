package dev.alembicoperator.runner;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The runner's answer, as it stands in the termination message of the migration's container.
 * Untrusted: it comes out of the user's image. {@link RunReportParser} bounds and cleans it;
 * whatever is decided from it is confirmed by the database where the operator can read that.
 *
 * @param version of the contract; 1
 * @param action what the runner was told to do: status, plan or migrate
 * @param phase how far it came; {@code done} is final, anything else in a dead container means that
 *     it died there
 * @param outcome only when done
 * @param direction absent when there was no step
 * @param before the version table's rows when the lock was had; null when they were never read
 * @param after the rows on a fresh connection after the run; null when they were never read
 * @param expected the rows that stand when the target is reached; null when the target was not
 *     resolved
 * @param planCount the number of steps, also where {@code plan} was trimmed
 * @param planDigest of rows before, rows expected and all steps; what a downgrade is permitted by
 * @param baseline absent unless a baseline took effect
 * @param appliedCount the number of steps that were run, also where {@code applied} was trimmed
 * @param halfApplied never null: where the report does not say, {@code no} if no step had begun,
 *     else {@code possible}
 * @param models how they differ from the tables; only of a check
 * @param sql of the pending steps; only where it was asked for
 * @param lockWaitSeconds how long another migration of this database was waited for
 */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
public record RunReport(
    int version,
    String action,
    String phase,
    String outcome,
    String direction,
    Target target,
    List<String> before,
    List<String> after,
    List<String> heads,
    List<String> expected,
    List<Step> plan,
    int planCount,
    String planDigest,
    Baseline baseline,
    List<AppliedStep> applied,
    int appliedCount,
    Step running,
    RunError error,
    DatabaseFacts database,
    Versions versions,
    double lockWaitSeconds,
    String waitingFor,
    HalfApplied halfApplied,
    List<String> notes,
    Models models,
    Sql sql,
    LogBlock log) {

  /** Lists that mean "nothing" when absent are empty; those that mean "unknown" stay null. */
  public RunReport {
    before = before == null ? null : List.copyOf(before);
    after = after == null ? null : List.copyOf(after);
    expected = expected == null ? null : List.copyOf(expected);
    heads = heads == null ? List.of() : List.copyOf(heads);
    plan = plan == null ? List.of() : List.copyOf(plan);
    applied = applied == null ? List.of() : List.copyOf(applied);
    notes = notes == null ? List.of() : List.copyOf(notes);
    // The runner says it from the first step on, and keeps it however much it has to trim.
    boolean stepped = appliedCount > 0 || !applied.isEmpty() || running != null;
    halfApplied =
        halfApplied != null ? halfApplied : stepped ? HalfApplied.possible : HalfApplied.no;
  }

  /** Whether the runner itself ended the run; otherwise its process died under it. */
  public boolean done() {
    return "done".equals(phase);
  }

  /**
   * The same report with everything that this one had to leave out.
   *
   * @param whole as the log has it; of another run, or of another moment of this one, it is not
   *     believed
   */
  public RunReport completedBy(RunReport whole) {
    boolean same =
        Objects.equals(action, whole.action)
            && Objects.equals(phase, whole.phase)
            && Objects.equals(outcome, whole.outcome)
            && Objects.equals(kind(), whole.kind())
            && planCount == whole.planCount
            && appliedCount == whole.appliedCount
            && halfApplied == whole.halfApplied;
    return same ? whole : this;
  }

  private String kind() {
    return error == null ? null : error.kind();
  }

  /** The error, if the run ended in one. */
  public Optional<RunError> failure() {
    return Optional.ofNullable(error);
  }

  /** What was asked for and the revisions that it resolved to. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Target(String asked, List<String> resolved) {
    /** An absent list is an empty list. */
    public Target {
      resolved = resolved == null ? List.of() : List.copyOf(resolved);
    }
  }

  /** A revision and the first line of its author's message. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Step(String revision, String message) {}

  /** The revision that an unversioned database was taken for, and whether it was stamped. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Baseline(String revision, boolean stamped) {}

  /** A step that was run, and whether it is proved to have been committed. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record AppliedStep(String revision, double seconds, boolean committed) {}

  /**
   * Why it ended; {@code kind} is the name of a {@link dev.alembicoperator.api.v1alpha1.Reason}.
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record RunError(
      String kind, String message, String revision, String sqlstate, boolean retryable) {}

  /** Which database the image connected to. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record DatabaseFacts(
      String dialect,
      String driver,
      String serverVersion,
      String host,
      Integer port,
      String name,
      String user,
      String identity,
      Table versionTable,
      boolean transactionalDdl,
      boolean perMigration,
      String tls) {}

  /** Where Alembic keeps its rows. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Table(String schema, String name) {}

  /**
   * The project's models beside the tables.
   *
   * @param available whether they could be compared
   * @param count of all differences
   * @param differences the first ten of them
   * @param because why they could not be compared
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Models(boolean available, int count, List<String> differences, String because) {
    /** An absent list is an empty list. */
    public Models {
      differences = differences == null ? List.of() : List.copyOf(differences);
    }
  }

  /**
   * The SQL of the pending steps, rendered offline.
   *
   * @param available whether it could be rendered
   * @param because why it could not
   * @param text as it was rendered, its lines kept; only in the whole report that the log holds
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Sql(boolean available, String because, String text) {
    /** Its length only: SQL may hold anything. */
    @Override
    public String toString() {
      return "Sql[available=%s, because=%s, text=%d characters]"
          .formatted(available, because, text == null ? 0 : text.length());
    }
  }

  /** Who ran. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Versions(String python, String alembic, String sqlalchemy, String runner) {}

  /** The framed block in the log that holds what did not fit here. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record LogBlock(int bytes, String sha256) {}

  /** Whether something may stand in the database that the version table does not tell. */
  public enum HalfApplied {
    no,
    possible,
    yes
  }
}

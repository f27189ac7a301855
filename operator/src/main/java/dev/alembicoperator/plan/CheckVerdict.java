package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.runner.RunReport;
import java.util.Optional;

/**
 * What a check found, or why there was none.
 *
 * @param reason why it found out nothing, or what it found to be refused; empty when it only tells
 * @param message for people
 * @param report the runner's, if the check ended by itself
 * @param sqlName the name of the ConfigMap for the SQL that the report holds, if it holds any
 */
public record CheckVerdict(
    Optional<Reason> reason, String message, Optional<RunReport> report, Optional<String> sqlName) {

  /** Why there is no SQL in the report although it was asked for. */
  public static String sqlUnavailable(RunReport report) {
    return CheckFindings.sqlUnavailable(report);
  }

  /** The SQL that {@link #sqlName} names; not scrubbed yet. */
  public Optional<String> sql() {
    return sqlName.flatMap(name -> report).map(RunReport::sql).map(RunReport.Sql::text);
  }

  /** Nothing was found out. */
  static CheckVerdict without(Reason reason, String message) {
    return new CheckVerdict(
        Optional.ofNullable(reason), message, Optional.empty(), Optional.empty());
  }
}

package dev.alembicoperator.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.observe.JobView.Ended;
import dev.alembicoperator.observe.JobView.PodView;
import dev.alembicoperator.observe.JobView.Told;
import dev.alembicoperator.plan.Reports;
import dev.alembicoperator.runner.RunReport;
import dev.alembicoperator.runner.RunReportParser;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A trimmed report is completed from the log, and kept as it is where the log does not help. */
class WholeReportsTest {

  private static final String[] STEPS =
      IntStream.rangeClosed(1, 600).mapToObj("%04d"::formatted).toArray(String[]::new);

  private final Logs logs = new Logs();
  private final WholeReports reports = new WholeReports(logs);
  private final RunReportParser parser = new RunReportParser();

  private static Reports report() {
    return Reports.applied(List.of(), List.of("0600"), STEPS);
  }

  /** The last word of a container whose whole report is that text, and which lists no step. */
  private static String trimmed(String whole) {
    byte[] bytes = whole.getBytes(StandardCharsets.UTF_8);
    return report()
        .with("plan", null)
        .with("applied", null)
        .with("log", Map.of("bytes", bytes.length, "sha256", digest(bytes)))
        .text();
  }

  private static String frame(String whole) {
    byte[] bytes = whole.getBytes(StandardCharsets.UTF_8);
    return "-----BEGIN ALEMBIC-OPERATOR REPORT %s-----\n%s\n-----END ALEMBIC-OPERATOR REPORT-----\n"
        .formatted(
            digest(bytes), Base64.getMimeEncoder(76, new byte[] {'\n'}).encodeToString(bytes));
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private RunReport read(String message) {
    return reports
        .complete(job(message), "shop", "resource")
        .pod()
        .flatMap(PodView::ended)
        .flatMap(end -> end.report(parser))
        .orElseThrow();
  }

  private static JobView job(String message) {
    Ended end = new Ended(0, "Completed", message, Optional.empty());
    PodView pod =
        new PodView(
            "orders-1-x",
            Instant.EPOCH,
            false,
            Optional.empty(),
            Optional.empty(),
            Optional.of(end),
            Optional.empty(),
            Optional.empty());
    return new JobView(
        "orders-1", "job-uid", false, false, Optional.empty(), Optional.of(pod), Optional.empty());
  }

  @Test
  void whatTheMessageLeftOutComesFromTheLog() {
    logs.text = Optional.of(frame(report().text()));

    assertThat(read(trimmed(report().text())).plan())
        .extracting(RunReport.Step::revision)
        .containsExactly(STEPS);
    assertThat(logs.asked).isOne();
  }

  @Test
  void aReportThatWasNotTrimmedNeedsNoLog() {
    read(report().with("plan", null).with("applied", null).text());

    assertThat(logs.asked).isZero();
  }

  @Test
  void theLogIsReadOnceForAVerdictThatIsPutOff() {
    logs.text = Optional.of(frame(report().text()));

    read(trimmed(report().text()));
    read(trimmed(report().text()));
    assertThat(logs.asked).isOne();

    reports.forget("resource");
    read(trimmed(report().text()));
    assertThat(logs.asked).isEqualTo(2);
  }

  @Test
  void withoutTheLogTheTrimmedReportStands() {
    RunReport report = read(trimmed(report().text()));

    assertThat(report.planCount()).isEqualTo(600);
    assertThat(report.plan()).isEmpty();
    assertThat(report.outcome()).isEqualTo("applied");
  }

  @Test
  void theLogCannotTurnTheVerdict() {
    String other = report().with("outcome", "upToDate").text();
    logs.text = Optional.of(frame(other));

    assertThat(read(trimmed(other)).outcome()).isEqualTo("applied");
    assertThat(read(trimmed(other)).plan()).isEmpty();
  }

  /** Nothing but logs. */
  private static final class Logs implements Workloads {
    private Optional<String> text = Optional.empty();
    private int asked;

    @Override
    public Optional<Job> job(String namespace, String name) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Collection<Job> jobsOf(DatabaseMigration resource) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Collection<Pod> pods(String namespace) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Collection<Pod> podsNow(String namespace) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Told> refusal(Job job) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<String> log(String namespace, String pod, int lines, int bytes) {
      assertThat(pod).isEqualTo("orders-1-x");
      assertThat(lines).isPositive();
      assertThat(bytes).isPositive();
      asked++;
      return text;
    }
  }
}

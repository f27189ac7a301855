package dev.alembicoperator.observe;

import dev.alembicoperator.observe.JobView.Ended;
import dev.alembicoperator.observe.JobView.PodView;
import dev.alembicoperator.runner.RunReport;
import dev.alembicoperator.runner.RunReportParser;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Completes a Job's view with the runner's whole report, where its termination message had to be
 * trimmed. A log that cannot be read, or that does not hold what was announced, leaves the trimmed
 * one, which says itself how much it left out.
 */
final class WholeReports {

  private final Workloads workloads;
  private final RunReportParser parser = new RunReportParser();

  /** A log of an ended container does not change, and its verdict may be put off. */
  private record Read(String jobUid, RunReport report) {}

  private final Map<String, Read> kept = new ConcurrentHashMap<>();

  WholeReports(Workloads workloads) {
    this.workloads = workloads;
  }

  /** The same view, completed, of a Job of the resource of that uid. */
  JobView complete(JobView job, String namespace, String resourceUid) {
    Optional<Ended> ended = job.pod().flatMap(PodView::ended);
    Optional<RunReport> trimmed = ended.flatMap(end -> parser.parse(end.message()));
    Optional<FramedReport> block = trimmed.map(RunReport::log).flatMap(FramedReport::announced);
    if (block.isEmpty()) {
      return job;
    }
    PodView pod = job.pod().get();
    Optional<RunReport> whole =
        Optional.ofNullable(kept.get(resourceUid))
            .filter(read -> read.jobUid.equals(job.uid()))
            .map(Read::report)
            .or(() -> whole(trimmed.get(), block.get(), pod, namespace));
    whole.ifPresent(report -> kept.put(resourceUid, new Read(job.uid(), report)));
    return job.withPod(pod.withEnded(ended.get().withWhole(whole)));
  }

  /** Drops what is kept for the resource of that uid. */
  void forget(String resourceUid) {
    kept.remove(resourceUid);
  }

  private Optional<RunReport> whole(
      RunReport trimmed, FramedReport block, PodView pod, String namespace) {
    return workloads
        .log(namespace, pod.name(), block.lines(), FramedReport.LOG_BYTES)
        .flatMap(block::in)
        .flatMap(parser::parseWhole)
        .map(trimmed::completedBy);
  }
}

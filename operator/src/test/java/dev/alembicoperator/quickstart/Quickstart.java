package dev.alembicoperator.quickstart;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.HistoryEntry;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** The story of one database and four releases, told while it happens. */
public final class Quickstart {

  private static final String NAME = "orders";
  private static final Path SAMPLE = Path.of("config/samples/orders.yaml");

  private final Narrator narrator;
  private final StandInCluster cluster;
  private int releases;

  private Quickstart(Narrator narrator, StandInCluster cluster) {
    this.narrator = narrator;
    this.cluster = cluster;
  }

  /**
   * Runs it in the repository's root; exits with 0 when everything ended as told, with 1 otherwise.
   *
   * @param arguments the folder of a virtual environment with Alembic; the file of the log; and
   *     {@code terminal} or {@code plain}, for the output
   */
  public static void main(String[] arguments) {
    Path venv = Path.of(arguments[0]);
    Path log = Path.of(arguments[1]);
    Instant start = Instant.now();
    PrintStream output = System.out;
    Narrator narrator = new Narrator(output, arguments[2].equals("terminal"));
    // Libraries that print would print into the story.
    PrintStream quiet = LogFile.append(log);
    System.setOut(quiet);
    System.setErr(quiet);
    // Whoever comes first has the last word: the end of the story, or a signal.
    AtomicBoolean over = new AtomicBoolean();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> {
              if (over.compareAndSet(false, true)) {
                narrator.result("interrupted; what was started is being stopped");
              }
            }));
    String result;
    int exitCode;
    try (StandInCluster cluster = StandInCluster.start(venv)) {
      output.println("      Ready after " + Narrator.seconds(start) + ".");
      result = new Quickstart(narrator, cluster).tell() + ", " + Narrator.seconds(start);
      exitCode = 0;
    } catch (RuntimeException e) {
      e.printStackTrace();
      result = "failed: %s%nquickstart: the log is %s".formatted(e.getMessage(), log);
      exitCode = 1;
    }
    if (over.compareAndSet(false, true)) {
      narrator.result(result);
    }
    System.exit(exitCode);
  }

  private String tell() {
    firstRelease();
    newRevisions();
    failure();
    correction();
    narrator.chapter("What the resource tells in the end");
    narrator.command("kubectl get dbm orders -o yaml");
    DatabaseMigration last = cluster.get(NAME);
    narrator.verbatim(ResourceYaml.of(last));
    return "%d releases, Ready at \"%s\"".formatted(releases, last.getStatus().currentRevision());
  }

  private void firstRelease() {
    narrator.chapter("Release 1.0: three revisions for an empty database");
    cluster.publish("1.0");
    narrator.command("kubectl apply -f " + SAMPLE);
    cluster.apply(SAMPLE).forEach(narrator::line);
    narrator.note("(The Secret's URL was replaced by that of the embedded PostgreSQL.)");
    watch("True", "0003");
    history();
    cluster.sql(
        "INSERT INTO customers (name, email) VALUES ('Ada', 'ada@example.com'), ('Grace', NULL)",
        "INSERT INTO products (name, price) VALUES ('Teapot', 24.50)",
        "INSERT INTO orders (customer_id, product_id) VALUES (1, 1), (2, 1)");
    narrator.note("The shop opens: two customers, one of them without an e-mail address.");
  }

  private void newRevisions() {
    narrator.chapter("Release 1.1: two more revisions");
    release("1.1");
    watch("True", "0005");
    history();
  }

  private void failure() {
    narrator.chapter("Release 1.2: a revision that fails on real data");
    release("1.2");
    DatabaseMigration failed = watch("False", "0005");
    narrator.command(
        "kubectl get dbm orders -o jsonpath='{.status.conditions[?(@.type==\"Ready\")].message}'");
    narrator.paragraph(Readiness.of(failed).message());
    narrator.note(
        "The database is as release 1.1 left it, and the failed run is not repeated until the image"
            + " or the target changes, or somebody asks for it.");
  }

  private void correction() {
    narrator.chapter("Release 1.2.1: the same revision, corrected");
    release("1.2.1");
    watch("True", "0006");
    history();
  }

  private void release(String version) {
    cluster.publish(version);
    String image = StandInCluster.image(version);
    narrator.command(
        "kubectl patch dbm orders --type merge -p '{\"spec\": {\"image\": \"" + image + "\"}}'");
    narrator.line(cluster.patchImage(NAME, image));
  }

  /** Shows every change until nothing more is to come, and holds the end against the story. */
  private DatabaseMigration watch(String ready, String revision) {
    narrator.command("kubectl get dbm orders -w");
    DatabaseMigration end;
    try (StatusWatch watch = cluster.watch(NAME)) {
      end = watch.showUntilSettled(narrator, Duration.ofMinutes(2));
    }
    Readiness readiness = Readiness.of(end);
    if (!readiness.status().equals(ready)) {
      throw new IllegalStateException(
          "Ready should be %s, but is %s, %s: %s"
              .formatted(ready, readiness.status(), readiness.reason(), readiness.message()));
    }
    narrator.command("psql orders -Atc 'SELECT version_num FROM alembic_version'");
    List<String> rows = cluster.revisions();
    rows.forEach(narrator::line);
    if (!rows.equals(List.of(revision))) {
      throw new IllegalStateException(
          "the database should be at %s, but is at %s".formatted(revision, rows));
    }
    releases++;
    return end;
  }

  private void history() {
    HistoryEntry entry = cluster.get(NAME).getStatus().history().getFirst();
    StringBuilder text = new StringBuilder("Applied:");
    entry.revisions().forEach(r -> text.append(" %s (%s)".formatted(r.revision(), r.duration())));
    narrator.note(text.append('.').toString());
  }
}

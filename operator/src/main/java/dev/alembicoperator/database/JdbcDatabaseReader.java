package dev.alembicoperator.database;

import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.database.ConnectionSettings.Endpoint;
import dev.alembicoperator.database.DatabaseView.LoginRefused;
import dev.alembicoperator.database.DatabaseView.Read;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at PostgreSQL over JDBC. Every look is bounded: the name, connection and login by the
 * request's time-out, the questions by {@link #LOOK_TIMEOUT}, whatever the server does or leaves
 * undone.
 */
public final class JdbcDatabaseReader implements DatabaseReader {
  /**
   * For all questions of one look; the server itself stops each after {@link
   * Look#STATEMENT_TIMEOUT}.
   */
  static final Duration LOOK_TIMEOUT = Duration.ofSeconds(15);

  private static final Logger LOG = LoggerFactory.getLogger(JdbcDatabaseReader.class);
  private static final long MOST_BYTES = 8L * 1024 * 1024;
  private static final int LONGEST_LOG = 1000;

  private final HostPolicy hosts;
  private final Dialer dialer;
  private final WatchPools pools;

  /**
   * A name server or a login that hangs holds its thread until its own end; here it is not the
   * caller's thread. Not virtual: a name look-up pins its carrier.
   */
  private final ExecutorService workers =
      Executors.newThreadPerTaskExecutor(
          Thread.ofPlatform().daemon().name("database-look-", 0).factory());

  /**
   * A reader without any connection yet.
   *
   * @param hosts where it may dial
   * @param clock for how long connections are kept
   */
  public JdbcDatabaseReader(HostPolicy hosts, Clock clock) {
    this.hosts = hosts;
    this.dialer = new Dialer(hosts);
    this.pools = new WatchPools(dialer, clock);
  }

  @Override
  public boolean observes(ConnectionSettings settings) {
    return hosts.observes(settings);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Of a list of hosts the first primary counts, else the first standby; a refused login ends
   * the list, as with libpq.
   */
  @Override
  public DatabaseView read(ReadRequest request) {
    Failures failures = failures(request);
    if (!observes(request.settings())) {
      return failures.unreachable();
    }
    List<Endpoint> endpoints = request.settings().endpoints();
    long end = System.nanoTime() + request.connectTimeout().toNanos();
    DatabaseView best = failures.unreachable();
    for (int i = 0; i < endpoints.size(); i++) {
      Duration share =
          Duration.ofNanos(Math.max(0, end - System.nanoTime())).dividedBy(endpoints.size() - i);
      DatabaseView view = read(request, endpoints.get(i), share, failures);
      if (settles(view)) {
        return view;
      }
      best = rank(view) > rank(best) ? view : best;
    }
    return best;
  }

  @Override
  public DatabaseView watch(ReadRequest request) {
    if (observes(request.settings())) {
      try {
        Optional<Connection> kept = pools.borrow(request);
        if (kept.isPresent()) {
          try (Connection connection = kept.get()) {
            return look(connection, request, request.settings().endpoints().getFirst());
          }
        }
      } catch (Exception e) {
        // A kept connection may have died of age; only a fresh one tells what is.
        log(request, e);
        pools.discard(request);
      }
    }
    DatabaseView view = read(request);
    if (view instanceof Read) {
      pools.open(request);
    }
    return view;
  }

  @Override
  public void closeIdle() {
    pools.closeIdle();
  }

  @Override
  public void close() {
    pools.close();
    workers.shutdownNow();
  }

  /** How many databases have connections kept for them. */
  int kept() {
    return pools.size();
  }

  private DatabaseView read(
      ReadRequest request, Endpoint endpoint, Duration connectTimeout, Failures failures) {
    try (Connection connection = dial(request, endpoint, connectTimeout)) {
      return look(connection, request, endpoint);
    } catch (Exception | OutOfMemoryError e) {
      // A hostile server announces a value of gigabytes: the one failed allocation does no harm.
      log(request, e);
      return failures.view(e);
    }
  }

  private Connection dial(ReadRequest request, Endpoint endpoint, Duration timeout)
      throws Exception {
    Duration lifetime = timeout.plus(LOOK_TIMEOUT).plusSeconds(1);
    return within(
        timeout,
        () ->
            dialer.dial(
                request.settings(), endpoint, request.namespace(), timeout, lifetime, MOST_BYTES),
        JdbcDatabaseReader::closeLate);
  }

  private DatabaseView look(Connection connection, ReadRequest request, Endpoint endpoint)
      throws Exception {
    connection.setNetworkTimeout(workers, (int) LOOK_TIMEOUT.toMillis());
    Look look = new Look(connection, request, scrubber(request));
    try {
      return within(LOOK_TIMEOUT, () -> look.read(endpoint.host()), late -> {});
    } catch (TimeoutException e) {
      connection.abort(workers);
      throw e;
    } catch (Look.NoVersionTable e) {
      return failures(request).view(e);
    }
  }

  /**
   * Work on a thread of its own, waited for so long and no longer.
   *
   * @param late what to do with a result that nobody waits for any more
   */
  private <T> T within(Duration limit, Callable<T> work, Consumer<T> late) throws Exception {
    CompletableFuture<T> answer = new CompletableFuture<>();
    try {
      workers.execute(() -> complete(answer, work, late));
    } catch (RejectedExecutionException e) {
      throw new SQLException("the reader is closed", "08003", e);
    }
    try {
      return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | InterruptedException e) {
      if (!answer.completeExceptionally(e)) {
        // It came just now. Nobody waits any more, so it goes the way of what comes later.
        var _ = answer.thenAccept(late);
      }
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw e;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Exception cause -> throw cause;
        case Error cause -> throw cause;
        default -> throw e;
      }
    }
  }

  private static <T> void complete(
      CompletableFuture<T> answer, Callable<T> work, Consumer<T> late) {
    try {
      T value = work.call();
      if (!answer.complete(value)) {
        late.accept(value);
      }
    } catch (Throwable e) {
      answer.completeExceptionally(e);
    }
  }

  private static void closeLate(Connection connection) {
    try {
      connection.close();
    } catch (SQLException gone) {
      LOG.debug("A connection that came too late could not be closed");
    }
  }

  private static boolean settles(DatabaseView view) {
    return switch (view) {
      case Read read -> !read.inRecovery();
      case LoginRefused refused -> refused.reason() != Reason.WaitingForDatabase;
      case DatabaseView.Unreachable _ -> false;
    };
  }

  private static int rank(DatabaseView view) {
    return switch (view) {
      case Read _ -> 2;
      case LoginRefused _ -> 1;
      case DatabaseView.Unreachable _ -> 0;
    };
  }

  private static Scrubber scrubber(ReadRequest request) {
    return new Scrubber(request.settings().secrets());
  }

  private static Failures failures(ReadRequest request) {
    return new Failures(request.settings(), scrubber(request));
  }

  /**
   * The true cause, for the operator's owner; resources get one sentence for every kind of
   * unreachable.
   */
  private static void log(ReadRequest request, Throwable failure) {
    if (LOG.isDebugEnabled()) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      LOG.debug(
          "Could not look at a database of namespace {}: {}",
          request.namespace(),
          scrubber(request).clean(failure + ", by " + cause, LONGEST_LOG));
    }
  }
}

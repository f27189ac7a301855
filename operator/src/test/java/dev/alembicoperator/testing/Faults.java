package dev.alembicoperator.testing;

import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What goes wrong between the operator and the mock API server. Nothing does until it is asked for.
 *
 * <p>Only requests of {@link MockCluster#client()} are disturbed.
 */
public final class Faults {

  private final Runnable cutWatches;
  private final List<Fault> next = new ArrayList<>();
  private boolean away;
  private int writesUntilAway = Integer.MAX_VALUE;
  private Moment lastWrite = Moment.AFTER_APPLYING;

  Faults(Runnable cutWatches) {
    this.cutWatches = cutWatches;
  }

  /** When a request fails. */
  public enum Moment {
    /** Nothing happened. */
    BEFORE_APPLYING,
    /** It happened, but the client is not told. */
    AFTER_APPLYING
  }

  /**
   * Fails the next matching request, once; called twice, the next two.
   *
   * @param method GET, POST, PUT, PATCH or DELETE; every GET of a path is meant, its watches not
   * @param path a regular expression for the whole path, without the query
   * @param status the HTTP status to answer, for example 409 or 500
   */
  public synchronized void failNext(String method, String path, int status, Moment moment) {
    Pattern pattern = Pattern.compile(path);
    next.add(
        new Fault(
            request ->
                request.method().equals(method)
                    && !request.isWatch()
                    && pattern.matcher(request.path()).matches(),
            status,
            moment));
  }

  /** The API server cannot be reached any more: requests fail with 503, watches are cut. */
  public void goAway() {
    synchronized (this) {
      away = true;
    }
    cutWatches.run();
  }

  /** The API server can be reached again, and {@link #goAwayAtWrite} is forgotten. */
  public synchronized void comeBack() {
    away = false;
    writesUntilAway = Integer.MAX_VALUE;
  }

  /**
   * Goes away at the n-th write from now on, which itself fails. To the API server this is what the
   * death of the operator at this point looks like.
   *
   * @param n 1 for the next write
   * @param moment whether that write is still applied
   */
  public synchronized void goAwayAtWrite(int n, Moment moment) {
    writesUntilAway = n;
    lastWrite = moment;
  }

  /** Returns whether the API server is away, by whatever was asked for. */
  public synchronized boolean isAway() {
    return away;
  }

  /** Decides about one request. */
  Optional<Fault> meet(ApiRequest request) {
    Optional<Fault> fault = decide(request);
    if (fault.isPresent() && fault.get().cuts()) {
      cutWatches.run();
    }
    return fault;
  }

  private synchronized Optional<Fault> decide(ApiRequest request) {
    if (away) {
      return Optional.of(Fault.unavailable(Moment.BEFORE_APPLYING, false));
    }
    if (request.isWrite() && writesUntilAway != Integer.MAX_VALUE) {
      writesUntilAway--;
      if (writesUntilAway == 0) {
        away = true;
        return Optional.of(Fault.unavailable(lastWrite, true));
      }
    }
    for (Iterator<Fault> faults = next.iterator(); faults.hasNext(); ) {
      Fault fault = faults.next();
      if (fault.matches().test(request)) {
        faults.remove();
        return Optional.of(fault);
      }
    }
    return Optional.empty();
  }

  /** One request's bad luck. */
  record Fault(Predicate<ApiRequest> matches, int status, Moment moment, boolean cuts) {

    Fault(Predicate<ApiRequest> matches, int status, Moment moment) {
      this(matches, status, moment, false);
    }

    static Fault unavailable(Moment moment, boolean cuts) {
      return new Fault(request -> true, HttpURLConnection.HTTP_UNAVAILABLE, moment, cuts);
    }
  }
}

package dev.alembicoperator.testing.jobs;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the node's components write to the API server: again and again while it cannot be reached,
 * and not at all while frozen.
 */
final class ApiWriter {

  private static final Logger LOG = LoggerFactory.getLogger(ApiWriter.class);

  private static final Duration BETWEEN_TRIES = Duration.ofMillis(100);

  private boolean frozen;

  synchronized void freeze() {
    frozen = true;
  }

  synchronized void thaw() {
    frozen = false;
    notifyAll();
  }

  /** Writes something whose object may be gone by then; that is no failure. */
  void write(Runnable request) throws InterruptedException {
    var _ =
        ask(() -> {
          try {
            request.run();
          } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
              throw e;
            }
          }
          return true;
        });
  }

  /** Writes and returns the answer. Throws what will not get better by trying again. */
  <T> T ask(Supplier<T> request) throws InterruptedException {
    while (true) {
      awaitThaw();
      try {
        return request.get();
      } catch (KubernetesClientException e) {
        if (!isTransient(e)) {
          throw e;
        }
        LOG.debug("Trying again", e);
        Thread.sleep(BETWEEN_TRIES);
      }
    }
  }

  private synchronized void awaitThaw() throws InterruptedException {
    while (frozen) {
      wait();
    }
  }

  /** Code 0: no answer at all. */
  private static boolean isTransient(KubernetesClientException e) {
    return e.getCode() == 0
        || e.getCode() == HttpURLConnection.HTTP_CONFLICT
        || e.getCode() >= HttpURLConnection.HTTP_INTERNAL_ERROR;
  }
}

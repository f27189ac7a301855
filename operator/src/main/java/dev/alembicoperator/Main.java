package dev.alembicoperator;

import dev.alembicoperator.config.Options;
import dev.alembicoperator.config.Settings;
import dev.alembicoperator.database.HostPolicy;
import dev.alembicoperator.database.JdbcDatabaseReader;
import dev.alembicoperator.health.HealthServer;
import dev.alembicoperator.reconcile.AlembicOperator;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wiring only: settings, clients, components, start; and a clean end when the process is told to.
 */
public final class Main {

  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  private Main() {}

  /** The process. */
  public static void main(String[] arguments) {
    System.exit(Options.run(arguments, Main::run));
  }

  private static int run(Settings settings) {
    Clock clock = Clock.systemUTC();
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    // There from the start, while no resource has anything to tell.
    new UptimeMetrics().bindTo(metrics);
    new JvmMemoryMetrics().bindTo(metrics);
    new ProcessorMetrics().bindTo(metrics);
    CountDownLatch stop = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(stop, stopped), "stop"));
    try (KubernetesClient client = new KubernetesClientBuilder().build();
        AlembicOperator operator =
            new AlembicOperator(
                client,
                settings,
                new JdbcDatabaseReader(
                    new HostPolicy(settings.allowedHosts(), apiServer(client)), clock),
                metrics,
                clock);
        HealthServer health =
            new HealthServer(
                settings.httpPort(), operator::live, operator::ready, metrics::scrape)) {
      operator.start();
      LOG.info(
          "started in {} ms; watching {}; health and metrics on port {}",
          sinceProcessStart().toMillis(),
          settings.namespaces().isEmpty() ? "all namespaces" : settings.namespaces(),
          health.port());
      stop.await();
      LOG.info("stopping; Jobs go on and are found again at the next start");
      return 0;
    } catch (IOException e) {
      LOG.error("port {} cannot be had: {}", settings.httpPort(), e.getMessage());
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    } catch (Exception e) {
      LOG.error("the operator could not start, or did not stop cleanly", e);
      return 1;
    } finally {
      stopped.countDown();
    }
  }

  /** With all that the machine did before this class, which is most of it. */
  private static Duration sinceProcessStart() {
    return Duration.ofMillis(ManagementFactory.getRuntimeMXBean().getUptime());
  }

  /** The hook waits, since the process ends when its hooks have. */
  private static void stop(CountDownLatch stop, CountDownLatch stopped) {
    stop.countDown();
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * No Secret may make the operator connect to the API server, with the operator's own place in the
   * network.
   */
  private static Set<InetAddress> apiServer(KubernetesClient client) throws UnknownHostException {
    String host = URI.create(client.getConfiguration().getMasterUrl()).getHost();
    return host == null ? Set.of() : Set.of(InetAddress.getAllByName(host));
  }
}

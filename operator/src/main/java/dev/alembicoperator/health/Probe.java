package dev.alembicoperator.health;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/**
 * Asks a running operator whether it is ready and has metrics: what "helm test" runs, since the
 * image has no other program.
 */
public final class Probe {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private Probe() {}

  /**
   * Exits with 0 when both answers are good.
   *
   * @param arguments the operator's address, {@code http://host:port}
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    boolean ready = ask(arguments[0] + "/readyz").equals("ok\n");
    boolean metrics = ask(arguments[0] + "/metrics").contains("\n# TYPE ");
    System.out.println("ready: " + ready + ", metrics: " + metrics);
    System.exit(ready && metrics ? 0 : 1);
  }

  private static String ask(String url) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
      HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).build();
      return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }
  }
}

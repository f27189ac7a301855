package dev.alembicoperator.testing;

import io.fabric8.mockwebserver.http.MockResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The pods' logs, as a kubelet gives them out: {@code tailLines} from the end, and of those the
 * first {@code limitBytes} (kubernetes: pkg/kubelet/kuberuntime/logs/logs.go).
 *
 * @param source namespace and pod to what it wrote; empty where there is no such pod
 */
record PodLogs(BiFunction<String, String, Optional<String>> source) {

  private static final Pattern PATH =
      Pattern.compile("/api/v1/namespaces/([^/]+)/pods/([^/]+)/log(?:\\?(.*))?");

  static PodLogs none() {
    return new PodLogs((namespace, pod) -> Optional.empty());
  }

  /** The answer, if that is a request for a log. */
  Optional<MockResponse> answer(String target) {
    Matcher path = PATH.matcher(target);
    if (!path.matches()) {
      return Optional.empty();
    }
    String query = path.group(3) == null ? "" : path.group(3);
    return Optional.of(
        source
            .apply(path.group(1), path.group(2))
            .map(log -> new MockResponse().setResponseCode(200).setBody(part(log, query)))
            .orElseGet(() -> new MockResponse().setResponseCode(404)));
  }

  private static String part(String log, String query) {
    List<String> lines = log.lines().toList();
    int skipped = lines.size() - number("tailLines", query).orElse(lines.size());
    StringBuilder tail = new StringBuilder();
    lines.stream().skip(Math.max(0, skipped)).forEach(line -> tail.append(line).append('\n'));
    byte[] bytes = tail.toString().getBytes(StandardCharsets.UTF_8);
    int limit = Math.min(bytes.length, number("limitBytes", query).orElse(bytes.length));
    return new String(bytes, 0, limit, StandardCharsets.UTF_8);
  }

  private static OptionalInt number(String name, String query) {
    return Arrays.stream(query.split("&"))
        .filter(p -> p.startsWith(name + "="))
        .mapToInt(p -> Integer.parseInt(p.substring(name.length() + 1)))
        .findFirst();
  }
}

package dev.alembicoperator.testing;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.http.Dispatcher;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.fabric8.mockwebserver.http.Response;
import io.fabric8.mockwebserver.http.WebSocket;
import io.fabric8.mockwebserver.http.WebSocketListener;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Stands before the mock server's own dispatcher: writes down what the operator asks, and disturbs
 * it.
 */
final class DisturbedDispatcher extends Dispatcher {

  /** The user agent of clients that are neither recorded nor disturbed. */
  static final String UNDISTURBED = "undisturbed";

  private final Dispatcher server;
  private final Faults faults = new Faults(this::cutWatches);
  private final List<ApiRequest> requests = new CopyOnWriteArrayList<>();
  private final Set<WebSocket> watches = ConcurrentHashMap.newKeySet();
  private volatile PodLogs logs = PodLogs.none();

  DisturbedDispatcher(Dispatcher server) {
    this.server = server;
  }

  Faults faults() {
    return faults;
  }

  void serveLogs(PodLogs served) {
    logs = served;
  }

  List<ApiRequest> requests() {
    return requests;
  }

  @Override
  public MockResponse dispatch(RecordedRequest asked) {
    RecordedRequest recorded = answerable(asked);
    if (UNDISTURBED.equals(recorded.getHeader("User-Agent"))) {
      return answer(recorded);
    }
    ApiRequest request = request(recorded);
    MockResponse response =
        faults
            .meet(request)
            .map(fault -> {
              if (fault.moment() == Faults.Moment.AFTER_APPLYING) {
                answer(recorded);
              }
              return error(fault.status());
            })
            .orElseGet(() -> watched(answer(recorded)));
    requests.add(
        new ApiRequest(
            request.method(), request.path(), request.query(), request.body(), response.code()));
    return response;
  }

  private MockResponse answer(RecordedRequest recorded) {
    return logs.answer(recorded.getPath()).orElseGet(() -> server.dispatch(recorded));
  }

  @Override
  public void shutdown() {
    server.shutdown();
  }

  private void cutWatches() {
    // Gone makes informers list anew, as after an outage that outlasted the server's memory of
    // events.
    String gone =
        Serialization.asJson(new WatchError("ERROR", status(HttpURLConnection.HTTP_GONE)));
    for (WebSocket watch : watches) {
      watch.send(gone);
      watch.close(1000, "cut");
    }
  }

  private MockResponse watched(MockResponse response) {
    WebSocketListener listener = response.getWebSocketListener();
    return listener == null ? response : response.withWebSocketUpgrade(new Watched(listener));
  }

  private static ApiRequest request(RecordedRequest recorded) {
    String[] target = recorded.getPath().split("\\?", 2);
    // Not getUtf8Body(): that empties the buffer, and the server would find nothing in it.
    String body =
        recorded.getBody() == null
            ? null
            : new String(recorded.getBody().getBytes(), StandardCharsets.UTF_8);
    return new ApiRequest(
        recorded.getMethod(),
        target[0],
        target.length > 1 ? target[1] : "",
        body == null ? "" : body,
        0);
  }

  /**
   * The mock server selects by no field but a name and a namespace, and finds nothing by any other;
   * here it finds too much instead, and clients must look for themselves.
   */
  private static RecordedRequest answerable(RecordedRequest asked) {
    String path = asked.getPath().replaceFirst("fieldSelector=involvedObject[^&]*&?", "");
    return path.equals(asked.getPath())
        ? asked
        : new RecordedRequest(
            asked.getHttpVersion(), asked.method(), path, asked.getHeaders(), asked.getBody());
  }

  private static MockResponse error(int code) {
    return new MockResponse().setResponseCode(code).setBody(Serialization.asJson(status(code)));
  }

  private static Status status(int code) {
    return new StatusBuilder()
        .withStatus("Failure")
        .withCode(code)
        .withReason(code == HttpURLConnection.HTTP_CONFLICT ? "Conflict" : "Disturbed")
        .withMessage("disturbed by the test")
        .build();
  }

  private record WatchError(String type, Status object) {}

  /** Remembers the open watches. */
  private final class Watched extends WebSocketListener {

    private final WebSocketListener listener;

    Watched(WebSocketListener listener) {
      this.listener = listener;
    }

    @Override
    public void onBeforeAccept(WebSocket socket, Response response) {
      listener.onBeforeAccept(socket, response);
    }

    @Override
    public void onOpen(WebSocket socket, Response response) {
      watches.add(socket);
      listener.onOpen(socket, response);
    }

    @Override
    public void onMessage(WebSocket socket, String text) {
      listener.onMessage(socket, text);
    }

    @Override
    public void onClosing(WebSocket socket, int code, String reason) {
      listener.onClosing(socket, code, reason);
    }

    @Override
    public void onClosed(WebSocket socket, int code, String reason) {
      watches.remove(socket);
      listener.onClosed(socket, code, reason);
    }

    @Override
    public void onFailure(WebSocket socket, Throwable error, Response response) {
      watches.remove(socket);
      listener.onFailure(socket, error, response);
    }
  }
}

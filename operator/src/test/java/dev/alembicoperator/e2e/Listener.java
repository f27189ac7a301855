package dev.alembicoperator.e2e;

import dev.alembicoperator.e2e.Images.Image;
import io.fabric8.kubernetes.api.model.Pod;
import org.awaitility.Awaitility;

/**
 * A pod that is no database, listens where one would, and notes who calls. It goes with its
 * namespace.
 */
final class Listener {

  private static final String NAME = "listener";

  private final Shop shop;

  private Listener(Shop shop) {
    this.shop = shop;
  }

  /**
   * Starts it, and waits until it listens.
   *
   * @param image any that has Python
   */
  static Listener in(Shop shop, Image image) {
    shop.cluster()
        .apply(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: %s, namespace: %s}
            spec:
              securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
              automountServiceAccountToken: false
              terminationGracePeriodSeconds: 0
              containers:
              - name: listener
                image: %s
                command:
                - python3
                - -uc
                - |
                  import socket
                  server = socket.create_server(("", 5432))
                  print("listens")
                  while True:
                      connection, address = server.accept()
                      print("caller", address[0])
                      connection.close()
                securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
            """
                .formatted(NAME, shop.namespace(), image.tagged()));
    Listener listener = new Listener(shop);
    Awaitility.await("the listener")
        .atMost(Shop.PATIENCE)
        .until(() -> Operator.ready(listener.pod()) && listener.log().contains("listens"));
    return listener;
  }

  /** The URL of a database that would be there. */
  String url() {
    return "postgresql://user:known@%s/orders".formatted(pod().getStatus().getPodIP());
  }

  /** How often a pod of that address has called. */
  long calls(String address) {
    return log().lines().filter(("caller " + address)::equals).count();
  }

  private Pod pod() {
    return shop.client().pods().inNamespace(shop.namespace()).withName(NAME).get();
  }

  private String log() {
    return shop.client().pods().inNamespace(shop.namespace()).withName(NAME).getLog();
  }
}

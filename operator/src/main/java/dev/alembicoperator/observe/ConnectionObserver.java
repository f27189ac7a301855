package dev.alembicoperator.observe;

import dev.alembicoperator.api.v1alpha1.Database;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.KeySelector;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.api.v1alpha1.SecretSource;
import dev.alembicoperator.api.v1alpha1.TlsMode;
import dev.alembicoperator.api.v1alpha1.ValueSource;
import dev.alembicoperator.database.CloudNativePg;
import dev.alembicoperator.database.ConnectionSettings;
import dev.alembicoperator.database.ConnectionUrls;
import dev.alembicoperator.database.InvalidConnectionException;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;

/**
 * Reads the connection's settings out of the Secrets and ConfigMaps that the resource names, in its
 * own namespace, each object once, by get: no Secret is ever listed, watched or kept.
 */
public final class ConnectionObserver {

  private static final ResourceDefinitionContext CLUSTERS =
      new ResourceDefinitionContext.Builder()
          .withGroup(CloudNativePg.GROUP)
          .withVersion(CloudNativePg.VERSION)
          .withKind("Cluster")
          .withPlural("clusters")
          .withNamespaced(true)
          .build();

  private final KubernetesClient client;

  /** Reads through this client. */
  public ConnectionObserver(KubernetesClient client) {
    this.client = client;
  }

  /** The settings as they stand now. API errors pass through, to be retried. */
  public ConnectionView observe(DatabaseMigration resource) {
    Database database = resource.getSpec().database();
    if (database.inPod() != null || database.observe() == Database.Observe.Job) {
      return new ConnectionView.NotRead();
    }
    Reading reading = new Reading(resource.getMetadata().getNamespace());
    try {
      ConnectionSettings settings =
          database.urlFrom() != null
              ? fromUrl(database.urlFrom(), reading)
              : fromParts(CloudNativePg.parts(database), reading);
      if (database.cnpg() != null && settings.name().equals(CloudNativePg.EVERY_DATABASE)) {
        throw new InvalidConnectionException(
            "Secret \"%s\" is a superuser's and names no database; name one in spec.database.cnpg.database."
                .formatted(CloudNativePg.secretName(database.cnpg())));
      }
      return new ConnectionView.Known(
          withTls(settings, database.tls(), reading), reading.version());
    } catch (MissingException e) {
      return missing(e, database, reading.namespace);
    } catch (InvalidConnectionException e) {
      return new ConnectionView.Unreadable(e.getMessage(), reading.version());
    }
  }

  /** A Secret that CloudNativePG writes is missing as long as its cluster is. */
  private ConnectionView missing(MissingException e, Database database, String namespace) {
    if (e.reason != Reason.SecretNotFound
        || database.cnpg() == null
        || !CloudNativePg.secretName(database.cnpg()).equals(e.object)
        || clusterExists(database.cnpg().cluster().name(), namespace)) {
      return new ConnectionView.Missing(e.reason, e.getMessage());
    }
    return new ConnectionView.Missing(
        Reason.ClusterNotFound,
        "There is no CloudNativePG cluster \"%s\" in namespace \"%s\", so its Secret \"%s\" is not there either; create the cluster or correct spec.database.cnpg."
            .formatted(database.cnpg().cluster().name(), namespace, e.object));
  }

  /** Without the right to look, or without an answer, only the Secret is known to be missing. */
  private boolean clusterExists(String name, String namespace) {
    try {
      return client.genericKubernetesResources(CLUSTERS).inNamespace(namespace).withName(name).get()
          != null;
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
        return true;
      }
      throw e;
    }
  }

  private static ConnectionSettings fromUrl(SecretSource source, Reading reading)
      throws MissingException, InvalidConnectionException {
    try {
      return ConnectionUrls.parse(reading.secret(source));
    } catch (InvalidConnectionException e) {
      throw new InvalidConnectionException(
          "Key \"%s\" of Secret \"%s\" cannot be used: %s."
              .formatted(
                  source.secretKeyRef().key(), source.secretKeyRef().name(), e.getMessage()));
    }
  }

  private static ConnectionSettings fromParts(Database.Connection parts, Reading reading)
      throws MissingException, InvalidConnectionException {
    String port =
        parts.port() != null ? parts.port().toString() : reading.value(null, parts.portFrom());
    return new ConnectionSettings(
        parts.dialect() == null ? "postgresql" : parts.dialect(),
        Optional.empty(),
        line(reading.value(parts.host(), parts.hostFrom())).strip(),
        portNumber(port),
        line(reading.value(parts.name(), parts.nameFrom())),
        line(reading.value(parts.user(), parts.userFrom())),
        parts.passwordFrom() == null ? "" : line(reading.secret(parts.passwordFrom())),
        null,
        Optional.empty(),
        Map.of());
  }

  /** Without the line end that {@code echo secret | base64} leaves; the runner cuts it as well. */
  private static String line(String text) {
    return text.replaceAll("^[\\r\\n]+|[\\r\\n]+$", "");
  }

  private static OptionalInt portNumber(String text) throws InvalidConnectionException {
    if (text.isBlank()) {
      return OptionalInt.empty();
    }
    try {
      int port = Integer.parseInt(text.strip());
      if (port > 0 && port <= 65535) {
        return OptionalInt.of(port);
      }
    } catch (NumberFormatException e) {
      // Told below, without the text: it may be a password in the wrong key.
    }
    throw new InvalidConnectionException(
        "The port is not a number from 1 to 65535; correct the key that"
            + " spec.database.connection.portFrom names.");
  }

  private static ConnectionSettings withTls(
      ConnectionSettings settings, Database.Tls tls, Reading reading) throws MissingException {
    if (tls == null) {
      return settings;
    }
    Optional<String> ca =
        tls.caFrom() == null ? settings.caPem() : Optional.of(reading.value(null, tls.caFrom()));
    TlsMode mode = tls.mode();
    if (mode == null) {
      mode = ca.isPresent() ? TlsMode.VERIFY_FULL : settings.tls();
    }
    return settings.withTls(mode, ca);
  }

  /** One pass over the referenced objects. */
  private final class Reading {
    private final String namespace;
    private final Map<String, Map<String, String>> objects = new HashMap<>();
    private final TreeSet<String> versions = new TreeSet<>();

    Reading(String namespace) {
      this.namespace = namespace;
    }

    String version() {
      return String.join(",", versions);
    }

    String secret(SecretSource source) throws MissingException {
      return fromSecret(source.secretKeyRef());
    }

    /** The text if there is one, else what the source holds, else nothing. */
    String value(String text, ValueSource source) throws MissingException {
      if (text != null) {
        return text;
      }
      if (source == null) {
        return "";
      }
      return source.secretKeyRef() != null
          ? fromSecret(source.secretKeyRef())
          : fromConfigMap(source.configMapKeyRef());
    }

    private String fromSecret(KeySelector ref) throws MissingException {
      Map<String, String> data = objects.get("secret/" + ref.name());
      if (data == null) {
        Secret secret = client.secrets().inNamespace(namespace).withName(ref.name()).get();
        if (secret == null) {
          throw new MissingException(
              Reason.SecretNotFound,
              ref.name(),
              "Secret \"%s\" does not exist in namespace \"%s\"; create it or correct spec.database."
                  .formatted(ref.name(), namespace));
        }
        data = decoded(secret.getData());
        objects.put("secret/" + ref.name(), data);
        versions.add(ref.name() + "@" + secret.getMetadata().getResourceVersion());
      }
      return key(data, ref, "Secret", Reason.SecretKeyNotFound);
    }

    private String fromConfigMap(KeySelector ref) throws MissingException {
      Map<String, String> data = objects.get("configmap/" + ref.name());
      if (data == null) {
        ConfigMap map = client.configMaps().inNamespace(namespace).withName(ref.name()).get();
        if (map == null) {
          throw new MissingException(
              Reason.ConfigMapNotFound,
              ref.name(),
              "ConfigMap \"%s\" does not exist in namespace \"%s\"; create it or correct spec.database."
                  .formatted(ref.name(), namespace));
        }
        data = map.getData() == null ? Map.of() : map.getData();
        objects.put("configmap/" + ref.name(), data);
        versions.add("configmap:" + ref.name() + "@" + map.getMetadata().getResourceVersion());
      }
      return key(data, ref, "ConfigMap", Reason.ConfigMapNotFound);
    }

    private String key(Map<String, String> data, KeySelector ref, String kind, Reason reason)
        throws MissingException {
      String value = data.get(ref.key());
      if (value == null) {
        throw new MissingException(
            reason,
            ref.name(),
            "%s \"%s\" has no key \"%s\"; it has %s. Add the key or correct spec.database."
                .formatted(kind, ref.name(), ref.key(), keys(data)));
      }
      return value;
    }

    private static String keys(Map<String, String> data) {
      return data.isEmpty()
          ? "none"
          : String.join(", ", new TreeSet<>(data.keySet()).stream().limit(10).toList());
    }

    private static Map<String, String> decoded(Map<String, String> data) {
      Map<String, String> out = new HashMap<>();
      if (data != null) {
        data.forEach((k, v) ->
            out.put(k, new String(Base64.getDecoder().decode(v), StandardCharsets.UTF_8)));
      }
      return out;
    }
  }

  /** An object or a key that is not there. */
  private static final class MissingException extends Exception {
    private static final long serialVersionUID = 1L;
    private final Reason reason;
    private final String object;

    MissingException(Reason reason, String object, String message) {
      super(message);
      this.reason = reason;
      this.object = object;
    }
  }
}

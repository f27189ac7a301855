package dev.alembicoperator.act;

import dev.alembicoperator.api.v1alpha1.Database;
import dev.alembicoperator.api.v1alpha1.KeySelector;
import dev.alembicoperator.api.v1alpha1.SecretSource;
import dev.alembicoperator.api.v1alpha1.ValueSource;
import dev.alembicoperator.database.CloudNativePg;
import dev.alembicoperator.runner.RunRequest;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import java.util.ArrayList;
import java.util.List;

/**
 * The container's environment. A credential is only ever a reference to its Secret: the kubelet,
 * not the operator, puts the value into the pod, and the Job's text holds none.
 */
final class PodEnvironment {

  private static final String PREFIX = "ALEMBIC_OPERATOR_";

  private PodEnvironment() {}

  static List<EnvVar> of(RunRequest request) {
    List<EnvVar> env = new ArrayList<>();
    // First, and so only defaults: of two variables of one name Kubernetes takes the later.
    env.add(plain("HOME", "/tmp"));
    env.add(plain("PYTHONDONTWRITEBYTECODE", "1"));
    if (request.spec().pod() != null) {
      env.addAll(request.spec().pod().env());
    }
    // Last, and so the winners.
    Database database = request.spec().database();
    if (database.urlFrom() != null) {
      env.add(secret("URL", database.urlFrom()));
    } else if (CloudNativePg.parts(database) != null) {
      parts(env, CloudNativePg.parts(database));
    }
    return env;
  }

  private static void parts(List<EnvVar> env, Database.Connection c) {
    // An envFrom of the user's must not be able to bring a URL that would win over the parts.
    env.add(plain(PREFIX + "URL", ""));
    add(env, "DIALECT", c.dialect(), null);
    add(env, "HOST", c.host(), c.hostFrom());
    add(env, "PORT", c.port() == null ? null : c.port().toString(), c.portFrom());
    add(env, "NAME", c.name(), c.nameFrom());
    add(env, "USER", c.user(), c.userFrom());
    if (c.passwordFrom() != null) {
      env.add(secret("PASSWORD", c.passwordFrom()));
    }
  }

  private static void add(List<EnvVar> env, String part, String text, ValueSource source) {
    if (text != null) {
      env.add(plain(PREFIX + part, literal(text)));
    } else if (source != null && source.secretKeyRef() != null) {
      env.add(secret(part, new SecretSource(source.secretKeyRef())));
    } else if (source != null && source.configMapKeyRef() != null) {
      KeySelector ref = source.configMapKeyRef();
      env.add(
          new EnvVarBuilder()
              .withName(PREFIX + part)
              .withNewValueFrom()
              .withNewConfigMapKeyRef(ref.key(), ref.name(), null)
              .endValueFrom()
              .build());
    }
  }

  /**
   * The text as it shall arrive: in commands and values Kubernetes expands "$(X)", and "$$" stands
   * for a dollar sign.
   */
  static String literal(String text) {
    return text.replace("$", "$$");
  }

  private static EnvVar plain(String name, String value) {
    return new EnvVarBuilder().withName(name).withValue(value).build();
  }

  private static EnvVar secret(String part, SecretSource source) {
    KeySelector ref = source.secretKeyRef();
    return new EnvVarBuilder()
        .withName(PREFIX + part)
        .withNewValueFrom()
        .withNewSecretKeyRef(ref.key(), ref.name(), null)
        .endValueFrom()
        .build();
  }
}

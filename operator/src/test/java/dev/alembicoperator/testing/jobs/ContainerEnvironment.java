package dev.alembicoperator.testing.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.alembicoperator.testing.jobs.ConfigurationSource.Kind;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The environment of a container: {@code envFrom}, then {@code env} in the order of its
 * declaration, each entry seeing those before it (makeEnvironmentVariables in
 * pkg/kubelet/kubelet_pods.go). Service variables are left out.
 */
final class ContainerEnvironment {

  private final Pod pod;
  private final ConfigurationSource configuration;
  private final ContainerPaths paths;
  private final Map<String, String> variables = new LinkedHashMap<>();

  private ContainerEnvironment(Pod pod, ConfigurationSource configuration, ContainerPaths paths) {
    this.pod = pod;
    this.configuration = configuration;
    this.paths = paths;
  }

  /**
   * Returns the variables that the container declares; throws if something they refer to is
   * missing.
   */
  static Map<String, String> resolve(
      Pod pod, Container container, ConfigurationSource configuration, ContainerPaths paths)
      throws ConfigurationMissing {
    var environment = new ContainerEnvironment(pod, configuration, paths);
    for (EnvFromSource source : container.getEnvFrom()) {
      environment.addAll(source);
    }
    for (EnvVar variable : container.getEnv()) {
      environment.add(variable);
    }
    return environment.variables;
  }

  /**
   * Returns the container's command and arguments, expanded by its environment and with real paths.
   */
  static List<String> expand(
      List<String> arguments, Map<String, String> variables, ContainerPaths paths) {
    return arguments.stream()
        .map(argument -> VariableReferences.expand(paths.rewrite(argument), variables))
        .toList();
  }

  private void addAll(EnvFromSource source) throws ConfigurationMissing {
    String prefix = source.getPrefix() == null ? "" : source.getPrefix();
    Map<String, byte[]> data;
    if (source.getSecretRef() != null) {
      var reference = source.getSecretRef();
      data = all(Kind.SECRET, reference.getName(), isTrue(reference.getOptional()));
    } else {
      var reference = source.getConfigMapRef();
      data = all(Kind.CONFIG_MAP, reference.getName(), isTrue(reference.getOptional()));
    }
    data.forEach((key, value) -> variables.put(prefix + key, new String(value, UTF_8)));
  }

  private void add(EnvVar variable) throws ConfigurationMissing {
    Optional<String> value =
        variable.getValueFrom() == null
            ? Optional.of(literal(variable.getValue()))
            : from(variable.getValueFrom());
    if (value.isPresent()) {
      variables.put(variable.getName(), value.get());
    }
  }

  private String literal(String value) {
    return value == null ? "" : VariableReferences.expand(paths.rewrite(value), variables);
  }

  private Optional<String> from(EnvVarSource source) throws ConfigurationMissing {
    if (source.getSecretKeyRef() != null) {
      var reference = source.getSecretKeyRef();
      return key(
          Kind.SECRET, reference.getName(), reference.getKey(), isTrue(reference.getOptional()));
    }
    if (source.getConfigMapKeyRef() != null) {
      var reference = source.getConfigMapKeyRef();
      return key(
          Kind.CONFIG_MAP,
          reference.getName(),
          reference.getKey(),
          isTrue(reference.getOptional()));
    }
    if (source.getFieldRef() != null) {
      return Optional.of(field(source.getFieldRef().getFieldPath()));
    }
    throw new ConfigurationMissing("local Jobs know no such source of a variable: " + source);
  }

  private String field(String path) throws ConfigurationMissing {
    return switch (path) {
      case "metadata.name" -> pod.getMetadata().getName();
      case "metadata.namespace" -> pod.getMetadata().getNamespace();
      case "metadata.uid" -> pod.getMetadata().getUid();
      case "spec.nodeName" -> pod.getSpec().getNodeName();
      case "status.podIP", "status.hostIP" -> PodStatuses.ADDRESS;
      default -> throw new ConfigurationMissing("unsupported fieldPath: " + path);
    };
  }

  private Map<String, byte[]> all(Kind kind, String name, boolean optional)
      throws ConfigurationMissing {
    Optional<Map<String, byte[]>> data = configuration.find(kind, name);
    if (data.isEmpty() && !optional) {
      throw kind.notFound(name);
    }
    return data.orElse(Map.of());
  }

  private Optional<String> key(Kind kind, String name, String key, boolean optional)
      throws ConfigurationMissing {
    byte[] value = all(kind, name, optional).get(key);
    if (value == null && !optional) {
      throw kind.keyNotFound(configuration.namespace(), name, key);
    }
    return Optional.ofNullable(value).map(bytes -> new String(bytes, UTF_8));
  }

  private static boolean isTrue(Boolean value) {
    return Boolean.TRUE.equals(value);
  }
}

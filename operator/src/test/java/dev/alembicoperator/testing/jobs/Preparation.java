package dev.alembicoperator.testing.jobs;

import dev.alembicoperator.testing.jobs.LocalImages.Pull;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a container needs before it can start, looked for in the kubelet's order. */
final class Preparation {

  private static final String SYSTEM_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final LocalNode node;
  private final Pod pod;
  private final Container container;
  private final PodFolder folder;
  private final ConfigurationSource configuration;
  private boolean pullFailed;

  Preparation(LocalNode node, Pod pod, PodFolder folder) {
    this.node = node;
    this.pod = pod;
    this.container = pod.getSpec().getContainers().getFirst();
    this.folder = folder;
    this.configuration = new ConfigurationSource(node.client(), pod.getMetadata().getNamespace());
  }

  /** Whether the container can start, and if not, what its status says about it. */
  sealed interface Step {

    record Waiting(String reason, String message) implements Step {}

    record Ready(
        LocalImage image,
        List<String> command,
        Map<String, String> environment,
        Path workingDirectory)
        implements Step {}
  }

  /** Looks once. */
  Step tryOnce() throws IOException {
    try {
      folder.mount(pod, configuration);
    } catch (ConfigurationMissing e) {
      // A volume that cannot be mounted is told by an event only.
      return creating();
    }
    String image = container.getImage();
    return switch (node.images().pull(image)) {
      case Pull.Pulling pulling -> creating();
      case Pull.Invalid invalid ->
          new Step.Waiting(
              "InvalidImageName",
              "Failed to apply default image tag \"%1$s\": couldn't parse image name \"%1$s\": invalid reference format"
                  .formatted(image));
      case Pull.NotFound notFound -> notFound(image);
      case Pull.Pulled pulled -> configure(pulled.image());
    };
  }

  static Step.Waiting creating() {
    return new Step.Waiting("ContainerCreating", null);
  }

  private Step notFound(String image) {
    String error =
        "rpc error: code = NotFound desc = failed to pull and unpack image \"%1$s\": failed to resolve reference \"%1$s\": %1$s: not found"
            .formatted(image);
    if (pullFailed) {
      return new Step.Waiting(
          "ImagePullBackOff",
          "Back-off pulling image \"%s\": ErrImagePull: %s".formatted(image, error));
    }
    pullFailed = true;
    return new Step.Waiting("ErrImagePull", error);
  }

  private Step configure(LocalImage image) throws IOException {
    ContainerPaths paths = folder.paths(pod, container, image);
    try {
      Map<String, String> declared =
          ContainerEnvironment.resolve(pod, container, configuration, paths);
      List<String> command =
          Stream.concat(container.getCommand().stream(), container.getArgs().stream())
              .map(argument -> VariableReferences.expand(paths.rewrite(argument), declared))
              .toList();
      Map<String, String> environment = new TreeMap<>(declared);
      environment.putIfAbsent("PATH", path(image));
      environment.putIfAbsent("HOME", folder.home().toString());
      return new Step.Ready(
          image, command, environment, folder.workingDirectory(container, image, paths));
    } catch (ConfigurationMissing e) {
      return new Step.Waiting("CreateContainerConfigError", e.getMessage());
    }
  }

  private static String path(LocalImage image) {
    return image.venv().map(venv -> venv.resolve("bin") + ":").orElse("") + SYSTEM_PATH;
  }
}

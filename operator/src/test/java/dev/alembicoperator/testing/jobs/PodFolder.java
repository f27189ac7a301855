package dev.alembicoperator.testing.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.alembicoperator.testing.jobs.ConfigurationSource.Kind;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a pod has on disk: its volumes, its termination message, its log and its home. Gone with
 * {@link #delete()}, except for persistent volume claims, which live as long as the node.
 */
final class PodFolder {

  private static final String APP = "/app";

  /** MaxContainerTerminationMessageLength in pkg/kubelet/container/runtime.go, in bytes. */
  private static final int MESSAGE_LIMIT = 4096;

  private final Path root;
  private final Path claims;

  private PodFolder(Path root, Path claims) {
    this.root = root;
    this.claims = claims;
  }

  /** Makes the folder of one pod below the node's. */
  static PodFolder create(Path node, Pod pod) throws IOException {
    String namespace = pod.getMetadata().getNamespace();
    Path root =
        Files.createDirectories(node.resolve(namespace).resolve(pod.getMetadata().getName()));
    Files.createDirectories(root.resolve("home"));
    Files.createFile(root.resolve("termination-log"));
    return new PodFolder(root, node.resolve("claims").resolve(namespace));
  }

  /**
   * Makes or refreshes the volumes. Throws while a ConfigMap or Secret, or a key of one, is
   * missing.
   */
  void mount(Pod pod, ConfigurationSource configuration) throws IOException, ConfigurationMissing {
    for (Volume volume : pod.getSpec().getVolumes()) {
      Path folder = Files.createDirectories(folder(volume));
      if (volume.getConfigMap() != null) {
        var source = volume.getConfigMap();
        boolean optional = Boolean.TRUE.equals(source.getOptional());
        write(
            Kind.CONFIG_MAP, source.getName(), source.getItems(), optional, configuration, folder);
      } else if (volume.getSecret() != null) {
        var source = volume.getSecret();
        boolean optional = Boolean.TRUE.equals(source.getOptional());
        write(
            Kind.SECRET,
            source.getSecretName(),
            source.getItems(),
            optional,
            configuration,
            folder);
      } else if (volume.getEmptyDir() == null && volume.getPersistentVolumeClaim() == null) {
        throw new ConfigurationMissing("local Jobs know no such volume: " + volume.getName());
      }
    }
  }

  /**
   * Returns where the container's paths are: its volumes, its termination message and {@code /app}.
   */
  ContainerPaths paths(Pod pod, Container container, LocalImage image) {
    Map<String, Path> mounts = new HashMap<>();
    mounts.put(APP, image.app());
    mounts.put(terminationMessagePath(container), root.resolve("termination-log"));
    for (VolumeMount mount : container.getVolumeMounts()) {
      Path folder = folder(volume(pod, mount.getName()));
      String path = mount.getMountPath().replaceAll("/+$", "");
      mounts.put(path, mount.getSubPath() == null ? folder : folder.resolve(mount.getSubPath()));
    }
    return new ContainerPaths(mounts);
  }

  /**
   * Returns the folder to start in: the image's own, or the container's {@code workingDir} where
   * the container sees something there; a folder that it does not see is made, empty, as runc does.
   */
  Path workingDirectory(Container container, LocalImage image, ContainerPaths paths)
      throws IOException {
    String asked = container.getWorkingDir();
    if (asked == null || asked.isEmpty()) {
      return image.app();
    }
    String real = paths.rewrite(asked);
    return real.equals(asked)
        ? Files.createDirectories(root.resolve("root").resolve(asked.replaceAll("^/+", "")))
        : Path.of(real);
  }

  Path home() {
    return root.resolve("home");
  }

  Path log() {
    return root.resolve("log");
  }

  /**
   * Reads the container's last words: at most the <em>last</em> 4096 bytes of the file (ReadAtMost
   * in pkg/util/tail/tail.go).
   */
  Optional<String> terminationMessage() throws IOException {
    try (var file = new RandomAccessFile(root.resolve("termination-log").toFile(), "r")) {
      long length = file.length();
      byte[] bytes = new byte[(int) Math.min(length, MESSAGE_LIMIT)];
      file.seek(length - bytes.length);
      file.readFully(bytes);
      String message = new String(bytes, UTF_8);
      return message.isEmpty() ? Optional.empty() : Optional.of(message);
    }
  }

  void delete() throws IOException {
    Folders.delete(root);
  }

  private Path folder(Volume volume) {
    return volume.getPersistentVolumeClaim() == null
        ? root.resolve("volumes").resolve(volume.getName())
        : claims.resolve(volume.getPersistentVolumeClaim().getClaimName());
  }

  private static Volume volume(Pod pod, String name) {
    return pod.getSpec().getVolumes().stream()
        .filter(volume -> volume.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("The pod has no volume " + name));
  }

  private static String terminationMessagePath(Container container) {
    return Optional.ofNullable(container.getTerminationMessagePath())
        .orElse("/dev/termination-log");
  }

  private static void write(
      Kind kind,
      String name,
      List<KeyToPath> items,
      boolean optional,
      ConfigurationSource configuration,
      Path folder)
      throws IOException, ConfigurationMissing {
    Optional<Map<String, byte[]>> data = configuration.find(kind, name);
    if (data.isEmpty() && !optional) {
      throw kind.notFound(name);
    }
    for (var file :
        files(kind, name, items, optional, configuration, data.orElse(Map.of())).entrySet()) {
      Path path = folder.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.write(path, file.getValue());
    }
  }

  private static Map<String, byte[]> files(
      Kind kind,
      String name,
      List<KeyToPath> items,
      boolean optional,
      ConfigurationSource configuration,
      Map<String, byte[]> data)
      throws ConfigurationMissing {
    if (items.isEmpty()) {
      return data;
    }
    Map<String, byte[]> files = new HashMap<>();
    for (KeyToPath item : items) {
      if (data.containsKey(item.getKey())) {
        files.put(item.getPath(), data.get(item.getKey()));
      } else if (!optional) {
        throw kind.keyNotFound(configuration.namespace(), name, item.getKey());
      }
    }
    return files;
  }
}

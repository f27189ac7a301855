package dev.alembicoperator.act;

import dev.alembicoperator.api.v1alpha1.Database;
import dev.alembicoperator.api.v1alpha1.KeySelector;
import dev.alembicoperator.api.v1alpha1.Pod.PodVolume;
import dev.alembicoperator.api.v1alpha1.ValueSource;
import dev.alembicoperator.runner.RunRequest;
import dev.alembicoperator.runner.RunnerArguments;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Our volumes (the runner, the certificate authority, a writable /tmp) and the user's. */
final class PodVolumes {

  private static final String RUNNER = "alembic-operator-runner";
  private static final String AUTHORITY = "alembic-operator-tls";
  private static final String TMP = "alembic-operator-tmp";
  private static final int READABLE = 0444;

  private PodVolumes() {}

  static List<Volume> volumes(RunRequest request, String runnerConfigMap) {
    List<Volume> volumes = new ArrayList<>();
    volumes.add(
        new VolumeBuilder()
            .withName(RUNNER)
            .withNewConfigMap()
            .withName(runnerConfigMap)
            .withDefaultMode(READABLE)
            .endConfigMap()
            .build());
    if (!coversTmp(request)) {
      volumes.add(new VolumeBuilder().withName(TMP).withNewEmptyDir().endEmptyDir().build());
    }
    authority(request).map(PodVolumes::authorityVolume).ifPresent(volumes::add);
    if (request.spec().pod() != null) {
      request.spec().pod().volumes().stream().map(PodVolumes::volume).forEach(volumes::add);
    }
    return volumes;
  }

  static List<VolumeMount> mounts(RunRequest request) {
    List<VolumeMount> mounts = new ArrayList<>();
    mounts.add(mount(RUNNER, RunnerArguments.MOUNT_PATH, true));
    if (!coversTmp(request)) {
      mounts.add(mount(TMP, "/tmp", false));
    }
    if (authority(request).isPresent()) {
      mounts.add(mount(AUTHORITY, RunnerArguments.CA_MOUNT_PATH, true));
    }
    if (request.spec().pod() != null) {
      mounts.addAll(request.spec().pod().volumeMounts());
    }
    return mounts;
  }

  /** A user's own mount at /tmp stands in for ours. */
  private static boolean coversTmp(RunRequest request) {
    return request.spec().pod() != null
        && request.spec().pod().volumeMounts().stream()
            .anyMatch(m -> "/tmp".equals(m.getMountPath()) || "/tmp/".equals(m.getMountPath()));
  }

  private static Optional<ValueSource> authority(RunRequest request) {
    return Optional.ofNullable(request.spec().database().tls()).map(Database.Tls::caFrom);
  }

  private static Volume authorityVolume(ValueSource source) {
    VolumeBuilder volume = new VolumeBuilder().withName(AUTHORITY);
    if (source.secretKeyRef() != null) {
      KeySelector ref = source.secretKeyRef();
      volume
          .withNewSecret()
          .withSecretName(ref.name())
          .addNewItem(ref.key(), READABLE, "ca.crt")
          .endSecret();
    } else {
      KeySelector ref = source.configMapKeyRef();
      volume
          .withNewConfigMap()
          .withName(ref.name())
          .addNewItem(ref.key(), READABLE, "ca.crt")
          .endConfigMap();
    }
    return volume.build();
  }

  private static Volume volume(PodVolume v) {
    return new VolumeBuilder()
        .withName(v.name())
        .withConfigMap(v.configMap())
        .withSecret(v.secret())
        .withEmptyDir(v.emptyDir())
        .withPersistentVolumeClaim(v.persistentVolumeClaim())
        .withCsi(v.csi())
        .build();
  }

  private static VolumeMount mount(String name, String path, boolean readOnly) {
    return new VolumeMountBuilder()
        .withName(name)
        .withMountPath(path)
        .withReadOnly(readOnly ? Boolean.TRUE : null)
        .build();
  }
}

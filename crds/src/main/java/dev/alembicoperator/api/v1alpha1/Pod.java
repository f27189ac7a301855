package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.CSIVolumeSource;
import io.fabric8.kubernetes.api.model.ConfigMapVolumeSource;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimVolumeSource;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.SecretVolumeSource;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Map;

/**
 * The part of the migration's pod that is the user's to choose; it cannot leave restricted Pod
 * Security.
 */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Pod(
    List<EnvVar> env,
    List<EnvFromSource> envFrom,
    List<PodVolume> volumes,
    List<VolumeMount> volumeMounts,
    ResourceRequirements resources,
    String serviceAccountName,
    Map<String, String> nodeSelector,
    List<Toleration> tolerations,
    Affinity affinity,
    String priorityClassName,
    Long runAsUser,
    Long runAsGroup,
    Long fsGroup,
    Boolean readOnlyRootFilesystem,
    Map<String, String> labels,
    Map<String, String> annotations) {

  /** Absent lists and maps are empty ones. */
  public Pod {
    env = Lists.orEmpty(env);
    envFrom = Lists.orEmpty(envFrom);
    volumes = Lists.orEmpty(volumes);
    volumeMounts = Lists.orEmpty(volumeMounts);
    nodeSelector = Lists.orEmpty(nodeSelector);
    tolerations = Lists.orEmpty(tolerations);
    labels = Lists.orEmpty(labels);
    annotations = Lists.orEmpty(annotations);
  }

  /** A volume of one of the kinds that cannot reach the node. Exactly one source. */
  @RecordBuilder
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record PodVolume(
      String name,
      ConfigMapVolumeSource configMap,
      SecretVolumeSource secret,
      EmptyDirVolumeSource emptyDir,
      PersistentVolumeClaimVolumeSource persistentVolumeClaim,
      CSIVolumeSource csi) {}
}

package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
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
 *
 * <p>The lists are of Kubernetes' own types, for the operator hands them on. The schema offers only
 * those of their fields that cannot leave restricted Pod Security.
 *
 * @param env environment variables of the migration's container
 * @param envFrom Secrets and ConfigMaps whose keys become environment variables
 * @param volumes volumes of the pod, of kinds that cannot reach the node
 * @param volumeMounts where the volumes appear in the migration's container
 * @param resources what the container requests of the node, and its limits
 * @param serviceAccountName the service account of the pod; the operator's settings say which ones
 *     are allowed. Its token is not mounted. When absent: default
 * @param nodeSelector labels that the pod's node must have
 * @param tolerations taints of nodes that the pod tolerates
 * @param affinity which nodes, and the neighbourhood of which pods, the pod prefers or needs
 * @param priorityClassName the priority class of the pod
 * @param runAsUser the user id with which the container runs; an image whose USER is a name, or
 *     that has none, needs it. When absent: the image's own
 * @param runAsGroup the group id with which the container runs. When absent: the image's own
 * @param fsGroup the group id that owns the pod's volumes
 * @param readOnlyRootFilesystem make the image's file system read-only; /tmp stays writable. When
 *     absent: false
 * @param labels labels of the pod, besides the operator's own
 * @param annotations annotations of the pod, besides the operator's own
 */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
    value =
        "!has(self.volumeMounts) || self.volumeMounts.all(m, has(self.volumes) &&"
            + " self.volumes.exists(v, v.name == m.name))",
    message = "every one of volumeMounts must name one of volumes")
public record Pod(
    @Size(max = 128) List<EnvVar> env,
    @Size(max = 32) List<EnvFromSource> envFrom,
    @Size(max = 16) List<PodVolume> volumes,
    @Size(max = 32) List<VolumeMount> volumeMounts,
    ResourceRequirements resources,
    @Size(min = 1, max = 253) @Pattern(Texts.OBJECT_NAME) String serviceAccountName,
    @Size(max = 32) Map<String, @Size(max = 63) String> nodeSelector,
    @Size(max = 32) List<Toleration> tolerations,
    Affinity affinity,
    @Size(min = 1, max = 253) @Pattern(Texts.OBJECT_NAME) String priorityClassName,
    @Min(1) @Max(MAX_ID) Long runAsUser,
    @Min(0) @Max(MAX_ID) Long runAsGroup,
    @Min(0) @Max(MAX_ID) Long fsGroup,
    Boolean readOnlyRootFilesystem,
    @Size(max = 64)
        @ValidationRule(
            value = "self.all(k, !k.startsWith('alembic-operator.dev/'))",
            message =
                "labels under alembic-operator.dev/ are the operator's own: take another prefix")
        Map<String, @Size(max = 63) String> labels,
    @Size(max = 64)
        @ValidationRule(
            value = "self.all(k, !k.startsWith('alembic-operator.dev/'))",
            message =
                "annotations under alembic-operator.dev/ are the operator's own: take another"
                    + " prefix")
        Map<String, @Size(max = 16384) String> annotations) {

  /** The largest user or group id that Kubernetes accepts. */
  private static final double MAX_ID = Integer.MAX_VALUE;

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

  /**
   * A volume of one of the kinds that cannot reach the node. Exactly one source.
   *
   * @param name the volume's name, by which volumeMounts refer to it
   * @param configMap files from a ConfigMap
   * @param secret files from a Secret
   * @param emptyDir an empty folder that lives as long as the pod
   * @param persistentVolumeClaim a persistent volume
   * @param csi a volume that a CSI driver makes for the pod
   */
  @RecordBuilder
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @ValidationRule(
      value =
          "(has(self.configMap) ? 1 : 0) + (has(self.secret) ? 1 : 0) + (has(self.emptyDir) ? 1 :"
              + " 0) + (has(self.persistentVolumeClaim) ? 1 : 0) + (has(self.csi) ? 1 : 0) == 1",
      message = "set exactly one of configMap, secret, emptyDir, persistentVolumeClaim and csi")
  public record PodVolume(
      @Required
          @Size(min = 1, max = 63)
          @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
          @ValidationRule(
              value = "!self.startsWith('alembic-operator')",
              message =
                  "names that begin with alembic-operator are the operator's own: take another")
          String name,
      ConfigMapVolumeSource configMap,
      SecretVolumeSource secret,
      EmptyDirVolumeSource emptyDir,
      PersistentVolumeClaimVolumeSource persistentVolumeClaim,
      CSIVolumeSource csi) {}
}

package dev.alembicoperator.crd;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.CSIVolumeSource;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConfigMapVolumeSource;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimVolumeSource;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.SecretVolumeSource;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.Map;

/** Which of our types stands for which of fabric8's in the schema; see {@link PodTypes}. */
final class KubernetesTypes {

  /** From fabric8's class to the record that holds what the schema offers of it. */
  static final Map<Class<?>, Class<?>> IN_SCHEMA =
      Map.ofEntries(
          Map.entry(Affinity.class, AffinityTypes.Affinity.class),
          Map.entry(Condition.class, ConditionType.class),
          Map.entry(ConfigMapVolumeSource.class, PodTypes.ConfigMapVolume.class),
          Map.entry(CSIVolumeSource.class, PodTypes.CsiVolume.class),
          Map.entry(EmptyDirVolumeSource.class, PodTypes.EmptyDirVolume.class),
          Map.entry(EnvFromSource.class, PodTypes.EnvFromSource.class),
          Map.entry(EnvVar.class, PodTypes.EnvVar.class),
          Map.entry(LocalObjectReference.class, PodTypes.Reference.class),
          Map.entry(PersistentVolumeClaimVolumeSource.class, PodTypes.ClaimVolume.class),
          Map.entry(ResourceRequirements.class, PodTypes.Resources.class),
          Map.entry(SecretVolumeSource.class, PodTypes.SecretVolume.class),
          Map.entry(Toleration.class, PodTypes.Toleration.class),
          Map.entry(VolumeMount.class, PodTypes.VolumeMount.class));

  private KubernetesTypes() {}
}

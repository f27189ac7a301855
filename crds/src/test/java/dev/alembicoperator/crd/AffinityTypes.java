package dev.alembicoperator.crd;

import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import java.util.Map;

/**
 * What the schema offers of Kubernetes' affinity; see {@link PodTypes}. Its depths carry neither
 * descriptions nor bounds: they occur up to four times and would be a quarter of the whole
 * definition, {@code kubectl explain pod.spec.affinity} tells the same, and no rule walks them.
 * Selection of namespaces by label is left out: a migration has no neighbours elsewhere.
 */
final class AffinityTypes {

  private AffinityTypes() {}

  /**
   * Which nodes and which neighbours a pod wants.
   *
   * @param nodeAffinity which nodes
   * @param podAffinity near which pods
   * @param podAntiAffinity far from which pods
   */
  record Affinity(
      NodeAffinity nodeAffinity, PodAffinity podAffinity, PodAffinity podAntiAffinity) {}

  /** Which nodes. */
  record NodeAffinity(
      NodeSelector requiredDuringSchedulingIgnoredDuringExecution,
      List<PreferredNodes> preferredDuringSchedulingIgnoredDuringExecution) {}

  /** Nodes that meet one of the terms. */
  record NodeSelector(@Required List<NodeTerm> nodeSelectorTerms) {}

  /** Nodes and how much they are wanted. */
  record PreferredNodes(
      @Required @Min(1) @Max(100) Integer weight, @Required NodeTerm preference) {}

  /** What a node must meet. */
  record NodeTerm(List<NodeRequirement> matchExpressions) {}

  /** A requirement on one label of a node. */
  record NodeRequirement(
      @Required String key, @Required NodeOperator operator, List<String> values) {}

  /** How a node's label is compared. */
  enum NodeOperator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    Gt,
    Lt
  }

  /** Near or far from which pods. */
  record PodAffinity(
      List<PodTerm> requiredDuringSchedulingIgnoredDuringExecution,
      List<PreferredPods> preferredDuringSchedulingIgnoredDuringExecution) {}

  /** Pods and how much their neighbourhood is wanted. */
  record PreferredPods(
      @Required @Min(1) @Max(100) Integer weight, @Required PodTerm podAffinityTerm) {}

  /** Which pods, and what counts as near. */
  record PodTerm(
      LabelSelector labelSelector, List<String> namespaces, @Required String topologyKey) {}

  /** A selection by labels. */
  record LabelSelector(Map<String, String> matchLabels, List<LabelRequirement> matchExpressions) {}

  /** A requirement on one label. */
  record LabelRequirement(
      @Required String key, @Required LabelOperator operator, List<String> values) {}

  /** How a label is compared. */
  enum LabelOperator {
    In,
    NotIn,
    Exists,
    DoesNotExist
  }
}

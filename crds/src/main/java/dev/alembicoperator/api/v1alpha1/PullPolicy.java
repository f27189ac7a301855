package dev.alembicoperator.api.v1alpha1;

/** The values that Kubernetes knows of {@code imagePullPolicy}; only the schema needs the type. */
enum PullPolicy {
  Always,
  IfNotPresent,
  Never
}

package dev.alembicoperator.api.v1alpha1;

/** How an attempt ended. */
public enum Outcome {
  Succeeded,
  Failed,
  PartiallyApplied,
  Cancelled,
  Lost
}

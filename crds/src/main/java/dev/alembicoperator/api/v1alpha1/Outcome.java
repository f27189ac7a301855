package dev.alembicoperator.api.v1alpha1;

/** How an attempt ended. */
public enum Outcome {
  /** The database is where the attempt was to bring it. */
  Succeeded,
  /** It is not, and it is as it was, or at a revision on the way. */
  Failed,
  /** A revision stopped half-way and could not be rolled back. */
  PartiallyApplied,
  /** The attempt was told to stop. */
  Cancelled,
  /** The Job vanished before it had told how it ended. */
  Lost
}

package dev.alembicoperator.api.v1alpha1;

/** Whether a database may be taken to an older revision. */
public enum DowngradePolicy {
  /** Downgrades are refused. */
  Never,
  /** A target that is behind the database is gone to. */
  ToTarget,
  /** The head of an older image is gone to as well. */
  ToImage
}

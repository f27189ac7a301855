package dev.alembicoperator.act;

/**
 * The operator's settings for the pods that it makes.
 *
 * @param podSecurity the level of Pod Security that they are made for
 */
public record JobSettings(PodSecurity podSecurity) {

  /** Kubernetes, "Pod Security Standards". */
  public enum PodSecurity {
    restricted,
    /** For clusters whose owner allows images that run as root. */
    baseline
  }

  /** Restricted. */
  public static JobSettings defaults() {
    return new JobSettings(PodSecurity.restricted);
  }
}

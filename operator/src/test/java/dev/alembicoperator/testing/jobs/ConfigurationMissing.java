package dev.alembicoperator.testing.jobs;

/** A pod cannot start yet, with the sentence that the kubelet would put into its status. */
final class ConfigurationMissing extends Exception {

  private static final long serialVersionUID = 1;

  ConfigurationMissing(String message) {
    super(message);
  }
}

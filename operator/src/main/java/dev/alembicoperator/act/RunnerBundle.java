package dev.alembicoperator.act;

import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;

/**
 * The runner as it is carried into a namespace: two files in an immutable ConfigMap whose name is
 * their content's, so that a new operator never changes the ground under an old run.
 */
public final class RunnerBundle {

  /** Marks our ConfigMaps, so that old versions can be found and collected. */
  public static final String COMPONENT = "runner";

  private static final String PROGRAM = "runner.pyz";
  private static final String LAUNCHER = "launch.sh";
  private static final int NAME_DIGITS = 12;

  private final Map<String, String> files;
  private final String name;

  private RunnerBundle(byte[] program, byte[] launcher) {
    Base64.Encoder base64 = Base64.getEncoder();
    files =
        Map.of(PROGRAM, base64.encodeToString(program), LAUNCHER, base64.encodeToString(launcher));
    name = "alembic-operator-runner-" + digest(program, launcher).substring(0, NAME_DIGITS);
  }

  /** The bundle that this operator was built with. */
  public static RunnerBundle load() {
    return new RunnerBundle(resource("runner.zip"), resource(LAUNCHER));
  }

  /** The ConfigMap's name, the same in every namespace. */
  public String name() {
    return name;
  }

  /** The ConfigMap for a namespace. */
  public ConfigMap configMap(String namespace) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(namespace)
        .addToLabels(JobFactory.MANAGED_BY, JobFactory.OPERATOR)
        .addToLabels(JobFactory.COMPONENT, COMPONENT)
        .addToLabels("app.kubernetes.io/part-of", JobFactory.OPERATOR)
        .addToAnnotations(
            DatabaseMigration.GROUP + "/description",
            "The program that drives Alembic inside the image of a migration. Made by the operator;"
                + " made again when deleted.")
        .endMetadata()
        .withImmutable(true)
        .withBinaryData(files)
        .build();
  }

  /** Whether the object holds exactly what this operator was built with. */
  public boolean sameBytes(ConfigMap found) {
    boolean noText = found.getData() == null || found.getData().isEmpty();
    return noText && files.equals(found.getBinaryData());
  }

  private static byte[] resource(String name) {
    try (InputStream in = RunnerBundle.class.getResourceAsStream("/" + name)) {
      if (in == null) {
        throw new IllegalStateException(
            "the resource " + name + " is not in the class path; build the operator with Maven");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String digest(byte[]... parts) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        sha.update(part);
      }
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}

package dev.alembicoperator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The operator's own image, as it lies in the registry. */
@EndToEnd
class OperatorImageIT {

  /** A cache that does not fit is ignored, so nobody would notice but by the time of a start. */
  @Test
  void itsCacheOfClassesFits(Cluster cluster, Operator operator) {
    operator.ensureInstalled();

    String out =
        cluster
            .run(
                "kubectl",
                "exec",
                "deployment/" + Operator.RELEASE,
                "--namespace",
                Operator.NAMESPACE,
                "--",
                "/opt/java/bin/java",
                "@/opt/alembic-operator/java.options",
                "-XX:AOTCache=/opt/alembic-operator/alembic-operator.aot",
                "-XX:AOTMode=on",
                "-jar",
                "/opt/alembic-operator/alembic-operator.jar",
                "--version")
            .orFail();

    assertThat(out).contains("alembic-operator");
  }
}

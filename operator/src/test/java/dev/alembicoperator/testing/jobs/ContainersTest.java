package dev.alembicoperator.testing.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a program sees from inside of its container. */
class ContainersTest extends LocalJobsTestCase {

  @Test
  void variablesFromEverywhere() {
    createSecret("db", Map.of("url", "sqlite:////tmp/x?p=$(A)%40", "password", "p w"));
    createConfigMap("more", Map.of("FROM_MAP", "map", "OVERRIDDEN", "map"));
    create(
        shell(
            "env",
            "env | sort",
            container ->
                container
                    .addNewEnvFrom()
                    .withNewConfigMapRef("more", false)
                    .endEnvFrom()
                    .addNewEnvFrom()
                    .withPrefix("DB_")
                    .withNewSecretRef("db", false)
                    .endEnvFrom()
                    .addNewEnvFrom()
                    .withNewSecretRef("absent", true)
                    .endEnvFrom()
                    .addToEnv(
                        value("A", "a"),
                        value("OVERRIDDEN", "env-$(A)"),
                        value("EXPANDED", "$(A)/$(FROM_MAP)/$(LATER)/$$(A)"),
                        value("LATER", "later"),
                        value("EMPTY", ""))
                    .addNewEnv()
                    .withName("POD")
                    .withNewValueFrom()
                    .withNewFieldRef(null, "metadata.name")
                    .endValueFrom()
                    .endEnv()));

    awaitTerminated("env");
    assertThat(jobs.pod("env").logs().lines())
        .filteredOn(line -> !line.startsWith("HOME=") && !line.startsWith("PATH="))
        // PWD is the shell's own.
        .containsExactlyInAnyOrder(
            "A=a",
            "DB_password=p w",
            "DB_url=sqlite:////tmp/x?p=$(A)%40",
            "EMPTY=",
            "EXPANDED=a/map/$(LATER)/$(A)",
            "FROM_MAP=map",
            "LATER=later",
            "OVERRIDDEN=env-a",
            "POD=" + pod("env").getMetadata().getName(),
            "PWD=" + app);
  }

  @Test
  void argumentsAreExpandedAndReachTheProgramAsTheyAre() {
    create(
        shell(
            "args",
            "",
            container ->
                container
                    .withCommand("python3", "-c", "import sys; print(sys.argv[1:])")
                    .withArgs("a b", "$(A)", "$(UNKNOWN)", "'*'", "")
                    .addToEnv(value("A", "x y"))));

    awaitTerminated("args");
    assertThat(jobs.pod("args").logs()).isEqualTo("['a b', 'x y', '$(UNKNOWN)', \"'*'\", '']\n");
  }

  @Test
  void mountsOfEveryKind() {
    client
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("files")
                .endMetadata()
                .addToData("a", "text")
                .addToData("b", "unseen")
                .addToBinaryData("z", Base64.getEncoder().encodeToString(new byte[] {0, -1}))
                .build())
        .create();
    createSecret("certs", Map.of("ca.crt", "ca"));
    Volume files =
        new VolumeBuilder()
            .withName("files")
            .withNewConfigMap()
            .withName("files")
            .addNewItem("a", null, "deep/a.txt")
            .addNewItem("z", null, "z.bin")
            .endConfigMap()
            .build();
    Volume certs =
        new VolumeBuilder()
            .withName("certs")
            .withNewSecret()
            .withSecretName("certs")
            .endSecret()
            .build();
    Volume tmp = new VolumeBuilder().withName("tmp").withNewEmptyDir().endEmptyDir().build();
    create(
        withPod(
            shell(
                "mounts",
                "cat /files/deep/a.txt; ls /files; od -An -tx1 /files/z.bin; cat \"$CA\"; echo;"
                    + " echo $HOME >$HOME/x; ls $HOME",
                container ->
                    mounted(container, "files", "/files", "certs", "/certs", "tmp", "/tmp")
                        .addToEnv(value("CA", "/certs/ca.crt"), value("HOME", "/tmp"))),
            pod -> pod.addToVolumes(files, certs, tmp)));

    assertThat(awaitTerminated("mounts").getExitCode()).isZero();
    assertThat(jobs.pod("mounts").logs()).isEqualTo("textdeep\nz.bin\n 00 ff\nca\nx\n");
  }

  @Test
  void aClaimOutlivesItsPods() {
    Volume data =
        new VolumeBuilder()
            .withName("data")
            .withNewPersistentVolumeClaim()
            .withClaimName("orders")
            .endPersistentVolumeClaim()
            .build();
    for (String name : List.of("first", "second")) {
      create(
          withPod(
              shell(
                  name,
                  "echo line >> /data/file; wc -l < /data/file",
                  container -> mounted(container, "data", "/data")),
              pod -> pod.addToVolumes(data)));
      awaitTerminated(name);
    }

    assertThat(jobs.pod("first").logs().strip()).isEqualTo("1");
    assertThat(jobs.pod("second").logs().strip()).isEqualTo("2");
  }

  @Test
  void theImageIsTheWorkingDirectoryAndLeadsThePath(@TempDir Path venv) throws IOException {
    Path bin = Files.createDirectories(venv.resolve("bin"));
    Path alembic = Files.writeString(bin.resolve("alembic"), "#!/bin/sh\npwd; ls\n");
    assertThat(alembic.toFile().setExecutable(true)).isTrue();
    Files.writeString(app.resolve("alembic.ini"), "");
    Files.createDirectories(app.resolve("db/versions"));
    images.add(IMAGE, app, venv);
    create(shell("image", "", container -> container.withCommand("alembic")));
    create(
        shell(
            "below", "", container -> container.withCommand("alembic").withWorkingDir("/app/db")));
    create(
        shell(
            "else", "", container -> container.withCommand("alembic").withWorkingDir("/srv/none")));

    awaitTerminated("image");
    awaitTerminated("below");
    awaitTerminated("else");
    assertThat(jobs.pod("image").logs()).isEqualTo(app + "\nalembic.ini\ndb\n");
    assertThat(jobs.pod("below").logs()).isEqualTo(app + "/db\nversions\n");
    assertThat(jobs.pod("else").logs()).endsWith("/srv/none\n");
  }

  @Test
  void theTerminationMessageMayBeElsewhere() {
    create(
        shell(
            "path",
            "printf '%s' \"$0\" > /var/run/report",
            container -> container.withTerminationMessagePath("/var/run/report")));

    assertThat(awaitTerminated("path").getMessage()).isEqualTo("/bin/sh");
  }

  private static EnvVar value(String name, String value) {
    return new EnvVarBuilder().withName(name).withValue(value).build();
  }

  private static ContainerBuilder mounted(ContainerBuilder container, String... namesAndPaths) {
    for (int i = 0; i < namesAndPaths.length; i += 2) {
      container
          .addNewVolumeMount()
          .withName(namesAndPaths[i])
          .withMountPath(namesAndPaths[i + 1])
          .endVolumeMount();
    }
    return container;
  }
}

package dev.alembicoperator.testing.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.alembicoperator.testing.jobs.LocalImages.Pull;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalImagesTest {

  @TempDir private Path app;
  private final LocalImages images = new LocalImages();

  @Test
  void theDigestIsThatOfTheContent() throws IOException {
    Path revision = app.resolve("0001.py");
    Files.writeString(revision, "one");
    LocalImage one = images.add("registry.example:5000/team/orders:1", app);
    LocalImage again = images.add("registry.example:5000/team/orders:latest", app);
    Files.writeString(revision, "two");
    LocalImage two = images.add("registry.example:5000/team/orders:2", app);

    assertThat(one.imageId()).matches("registry\\.example:5000/team/orders@sha256:[0-9a-f]{64}");
    assertThat(again.digest()).isEqualTo(one.digest());
    assertThat(two.digest()).isNotEqualTo(one.digest());
  }

  @Test
  void whatPythonWritesBesideTheSourcesIsNoContent() throws IOException {
    LocalImage before = images.add("orders:1", app);
    Files.createDirectory(app.resolve("__pycache__"));
    Files.writeString(app.resolve("__pycache__/env.cpython-311.pyc"), "code");

    assertThat(images.add("orders:1", app).digest()).isEqualTo(before.digest());
  }

  @Test
  void aTagMovesAndItsOldContentStays() throws IOException {
    LocalImage old = images.add("orders:1", app);
    Files.writeString(app.resolve("new"), "");
    LocalImage current = images.add("orders:1", app);

    assertThat(images.pull("orders:1")).isEqualTo(new Pull.Pulled(current));
    assertThat(images.pull(old.imageId())).isEqualTo(new Pull.Pulled(old));
    assertThat(images.pull("orders:1@" + old.digest())).isEqualTo(new Pull.Pulled(old));
  }

  @Test
  void referencesThatAreNone() {
    assertThat(images.pull("Orders:1")).isEqualTo(new Pull.Invalid());
    assertThat(images.pull("orders:")).isEqualTo(new Pull.Invalid());
    assertThatThrownBy(() -> images.add("", app)).isInstanceOf(IllegalArgumentException.class);
  }
}

package dev.alembicoperator.testing.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContainerPathsTest {

  private final ContainerPaths paths =
      new ContainerPaths(
          Map.of(
              "/tmp", Path.of("/real/tmp"),
              "/config", Path.of("/real/config"),
              "/config/deep", Path.of("/real/deep"),
              "/dev/termination-log", Path.of("/real/message")));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /config                           | /real/config
          /config/launch.sh                 | /real/config/launch.sh
          /config/deep/x                    | /real/deep/x
          --report=/dev/termination-log     | --report=/real/message
          PATH:/config:/tmp                 | PATH:/real/config:/real/tmp
          cat /config/a>/tmp/b; ls "/tmp"   | cat /real/config/a>/real/tmp/b; ls "/real/tmp"
          sqlite:////tmp/x.db               | sqlite:////real/tmp/x.db
          sqlite+aiosqlite:////tmp/x.db     | sqlite+aiosqlite:////real/tmp/x.db
          postgresql://u@host/tmp           | postgresql://u@host/tmp
          /configuration/x                  | /configuration/x
          /var/tmp/x                        | /var/tmp/x
          tmp                               | tmp
          """)
  void rewritesWhatAProgramReadsAsAPath(String text, String expected) {
    assertThat(paths.rewrite(text)).isEqualTo(expected);
  }
}

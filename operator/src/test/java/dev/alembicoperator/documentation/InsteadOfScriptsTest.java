package dev.alembicoperator.documentation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each row of the table in {@code operator/README.md} names a test that is there. */
class InsteadOfScriptsTest {

  private static final Path TESTS =
      Repository.root().resolve("operator/src/test/java/dev/alembicoperator/lifecycle");

  private static final Pattern ROW =
      Pattern.compile("^\\| .+ \\| .+ \\| `([A-Za-z]+)(?:#([A-Za-z]+))?` \\|$");

  static List<String> rows() throws IOException {
    String readme = Files.readString(Repository.root().resolve("operator/README.md"));
    String section = readme.substring(readme.indexOf("## Instead of scripts"));
    return section
        .substring(0, section.indexOf("\n## ", 1))
        .lines()
        .filter(line -> line.startsWith("| "))
        .skip(2)
        .toList();
  }

  @Test
  void theTableIsThere() throws IOException {
    assertThat(rows()).hasSizeGreaterThan(20);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void isShownByATest(String row) throws IOException {
    Matcher cells = ROW.matcher(row);
    assertThat(cells.matches()).as(row).isTrue();
    Path test = TESTS.resolve(cells.group(1) + ".java");
    assertThat(test).exists();
    if (cells.group(2) != null) {
      assertThat(Files.readString(test)).containsPattern("void " + cells.group(2) + "\\(");
    }
  }
}

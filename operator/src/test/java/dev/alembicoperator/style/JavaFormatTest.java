package dev.alembicoperator.style;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.Formatter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Every Java file is as google-java-format writes it. A test and not a Maven plugin, because the
 * formatter needs the parser of the JDK that compiles the operator, and Maven may run on an older
 * one.
 */
class JavaFormatTest {

  /** The repository's root, from the module's folder in which tests run. */
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final boolean WRITE = Boolean.getBoolean("format.write");

  @Test
  @DisplayName(
      "every Java file is formatted (mend: mvn -pl operator -am test -Dtest=JavaFormatTest"
          + " -Dformat.write=true)")
  void everyFileIsFormatted() throws Exception {
    List<String> wrong = new ArrayList<>();
    Formatter formatter = new Formatter();
    for (Path file : sources()) {
      String source = Files.readString(file);
      String formatted = formatter.formatSourceAndFixImports(source);
      if (!formatted.equals(source)) {
        wrong.add(ROOT.relativize(file).toString());
        if (WRITE) {
          Files.writeString(file, formatted);
        }
      }
    }
    assertThat(WRITE ? List.of() : wrong).isEmpty();
  }

  private static List<Path> sources() throws IOException {
    List<Path> found = new ArrayList<>();
    for (String module : List.of("crds", "operator")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src"))) {
        files.filter(f -> f.toString().endsWith(".java")).forEach(found::add);
      }
    }
    assertThat(found).as("files found").hasSizeGreaterThan(20);
    return found;
  }
}

package dev.alembicoperator.crd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Keeps the committed files equal to what the types say. With {@code -Dgenerate} they are written
 * instead of compared.
 */
class GeneratedFilesTest {

  private static final SourceDocs DOCS =
      SourceDocs.of(Path.of("src/main/java"), Path.of("src/test/java"));
  private static final CrdGenerator CRD = new CrdGenerator(DOCS);

  /**
   * The annotation of a plain {@code kubectl apply} has room for 256 kB (kubernetes:
   * apimachinery/pkg/api/validation/objectmeta.go, TotalAnnotationSizeLimitB). It holds JSON; half
   * of the file is indentation.
   */
  private static final int LIMIT = 100_000;

  @Test
  void definitionIsThatOfTheTypes() throws IOException {
    isUpToDate(ProjectFiles.CRD, CRD.file());
  }

  @Test
  void definitionInTheChartIsTheSame() throws IOException {
    isUpToDate(ProjectFiles.CRD_OF_CHART, CRD.file());
  }

  @Test
  void definitionIsSmall() {
    assertThat(Serialization.asJson(CRD.definition()).getBytes(UTF_8).length).isLessThan(LIMIT);
  }

  @Test
  void referenceIsThatOfTheTypes() throws IOException {
    var properties =
        CRD.definition()
            .getSpec()
            .getVersions()
            .get(0)
            .getSchema()
            .getOpenAPIV3Schema()
            .getProperties();
    String fields =
        "### spec\n\n"
            + FieldReference.of("spec", properties.get("spec"))
            + "\n### status\n\n"
            + FieldReference.of("status", properties.get("status"));
    String readme = Files.readString(ProjectFiles.README);

    isUpToDate(
        ProjectFiles.README,
        section(section(readme, "fields", fields), "reasons", ReasonReference.table()));
  }

  /** The text with what stands between a section's marks replaced. */
  private static String section(String text, String name, String content) {
    String begin = "<!-- generated: " + name + " -->\n";
    String end = "<!-- end of generated -->\n";
    int from = text.indexOf(begin) + begin.length();
    int to = text.indexOf(end, from);
    assertThat(text).contains(begin);
    return text.substring(0, from) + "\n" + content + "\n" + text.substring(to);
  }

  private static void isUpToDate(Path file, String wanted) throws IOException {
    if (System.getProperty("generate") != null) {
      Files.writeString(file, wanted);
    }
    assertThat(file)
        .as("stale; refresh it with: mvn -pl crds test -Dtest=GeneratedFilesTest -Dgenerate")
        .content()
        .isEqualTo(wanted);
  }
}

package dev.alembicoperator.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The table of "kubectl get", with the columns that the definition names. */
final class StatusTable {

  private static final String GAP = "   ";

  /** Rows are printed as they come, so their widths are chosen before their texts are known. */
  private static final int WIDTH = 7;

  private static final int WIDTH_OF_REASONS = 15;

  private final KubernetesSerialization serialization = new KubernetesSerialization();
  private final List<PrinterColumn> columns;
  private final InstantSource clock;

  private StatusTable(List<PrinterColumn> columns, InstantSource clock) {
    this.columns = columns;
    this.clock = clock;
  }

  /** The columns of the definition's only version that are shown without "-o wide". */
  static StatusTable of(CustomResourceDefinition definition, InstantSource clock) {
    List<PrinterColumn> columns = new ArrayList<>();
    columns.add(new PrinterColumn("Name", "string", ".metadata.name"));
    definition.getSpec().getVersions().getFirst().getAdditionalPrinterColumns().stream()
        .filter(c -> c.getPriority() == null || c.getPriority() == 0)
        .map(StatusTable::column)
        .forEach(columns::add);
    return new StatusTable(columns, clock);
  }

  private static PrinterColumn column(CustomResourceColumnDefinition c) {
    return new PrinterColumn(c.getName(), c.getType(), c.getJsonPath());
  }

  /** Returns the headings. */
  String header() {
    return row(columns.stream().map(c -> c.name().toUpperCase(Locale.ROOT)).toList());
  }

  /** Returns the row of a resource. */
  String row(DatabaseMigration resource) {
    JsonNode json = serialization.convertValue(resource, JsonNode.class);
    return row(columns.stream().map(c -> c.cell(json, clock.instant())).toList());
  }

  /** Returns what must differ for a row to be worth showing: everything but the age. */
  String content(DatabaseMigration resource) {
    JsonNode json = serialization.convertValue(resource, JsonNode.class);
    return String.join(
        GAP,
        columns.stream()
            .filter(c -> !c.type().equals("date"))
            .map(c -> c.cell(json, clock.instant()))
            .toList());
  }

  private String row(List<String> cells) {
    StringBuilder row = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      boolean reason = columns.get(i).jsonPath().endsWith(".reason");
      int width = reason ? WIDTH_OF_REASONS : WIDTH;
      row.append(cells.get(i)).repeat(" ", Math.max(0, width - cells.get(i).length())).append(GAP);
    }
    return row.toString().stripTrailing();
  }
}

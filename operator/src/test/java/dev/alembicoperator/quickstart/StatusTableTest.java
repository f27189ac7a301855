package dev.alembicoperator.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.testing.CustomResourceDefinitions;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

/** The table shows what the committed definition says. */
class StatusTableTest {

  private static final Instant NOW = Instant.parse("2026-03-01T12:00:30Z");

  private final KubernetesSerialization serialization = new KubernetesSerialization();
  private final StatusTable table =
      StatusTable.of(CustomResourceDefinitions.load(), InstantSource.fixed(NOW));

  @Test
  void showsTheColumnsOfTheDefinition() {
    assertThat(table.header().split("\\s+", -1))
        .containsExactly("NAME", "READY", "CURRENT", "TARGET", "PENDING", "STATUS", "AGE");
  }

  @Test
  void findsTheValuesOfEachColumn() {
    DatabaseMigration resource =
        serialization.unmarshal(
            """
            apiVersion: alembic-operator.dev/v1alpha1
            kind: DatabaseMigration
            metadata: {name: orders, creationTimestamp: "2026-03-01T12:00:00Z"}
            spec: {image: "registry.example/orders:1.0"}
            status:
              currentRevision: "0003"
              targetRevision: "0005"
              plan: {count: 2}
              conditions:
              - {type: Reconciling, status: "True", reason: Running}
              - {type: Ready, status: "False", reason: Preparing}
            """,
            DatabaseMigration.class);

    assertThat(table.row(resource).split("\\s+", -1))
        .containsExactly("orders", "False", "0003", "0005", "2", "Preparing", "30s");
  }

  @Test
  void leavesOutWhatIsNotThereYet() {
    DatabaseMigration resource =
        serialization.unmarshal(
            """
            apiVersion: alembic-operator.dev/v1alpha1
            kind: DatabaseMigration
            metadata: {name: orders, creationTimestamp: "2026-03-01T11:55:30Z"}
            """,
            DatabaseMigration.class);

    assertThat(table.row(resource).split("\\s+", -1)).containsExactly("orders", "5m");
  }

  @Test
  void refusesPathsThatItCannotRead() {
    PrinterColumn column = new PrinterColumn("Odd", "string", ".status.conditions[0].reason");

    assertThatThrownBy(
            () -> column.cell(serialization.unmarshal("status: {}", JsonNode.class), NOW))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Odd");
  }
}

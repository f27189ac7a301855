package dev.alembicoperator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.api.v1alpha1.Database;
import dev.alembicoperator.api.v1alpha1.DatabaseBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseInfoBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseMigration;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpecBuilder;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationStatusBuilder;
import dev.alembicoperator.api.v1alpha1.Reason;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Two resources with one database: the older one wins. */
class SharedDatabaseTest {

  /** The situation's own resource is made at 07:00. */
  private static final String BEFORE = "2026-03-01T06:00:00Z";

  private static final String SAME_TIME = "2026-03-01T07:00:00Z";
  private static final String AFTER = "2026-03-01T07:30:00Z";

  private static DatabaseMigration other(
      String created, UnaryOperator<DatabaseMigrationSpecBuilder> edit) {
    DatabaseMigration other = new DatabaseMigration();
    other.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("elsewhere")
            .withName("twin")
            .withUid("0000")
            .withCreationTimestamp(created)
            .build());
    other.setSpec(
        edit.apply(
                DatabaseMigrationSpecBuilder.builder()
                    .image("registry.example/orders:9")
                    .database(DatabaseBuilder.builder().build()))
            .build());
    return other;
  }

  private static DatabaseMigration older() {
    return other(BEFORE, b -> b);
  }

  private static void assertRefused(Situation s) {
    assertThat(s.decide())
        .isInstanceOfSatisfying(
            Decision.Refuse.class,
            refuse -> assertThat(refuse.reason()).isEqualTo(Reason.DatabaseShared));
  }

  private static void assertRuns(Situation s) {
    assertThat(s.decide()).isInstanceOf(Decision.Run.class);
  }

  @Test
  void theYoungerIsRefusedAndToldWhoTheOtherIs() {
    Situation s = Situation.firstApply().sharing(older());

    s.pass();

    assertThat(s.summary()).isEqualTo("False DatabaseShared Stalled");
    assertThat(s.condition("Ready").orElseThrow().getMessage())
        .contains("\"twin\" in namespace \"elsewhere\"")
        .contains("another image (\"registry.example/orders:9\")");
    assertThat(s.attempt()).isNull();
  }

  @Test
  void itIsToldAlsoWhenNothingIsToBeDone() {
    assertRefused(Situation.migrated().sharing(older()));
  }

  @Test
  void retryDoesNotHelp() {
    assertRefused(Situation.migrated().sharing(older()).retry("now"));
  }

  @Test
  void theOlderGoesOn() {
    assertRuns(Situation.firstApply().sharing(other(AFTER, b -> b)));
  }

  @Test
  void ofTwoOfOneSecondTheUidDecides() {
    assertRefused(Situation.firstApply().sharing(other(SAME_TIME, b -> b)));
    DatabaseMigration later = other(SAME_TIME, b -> b);
    later.getMetadata().setUid("ffff");
    assertRuns(Situation.firstApply().sharing(later));
  }

  @Test
  void thoseThatAgreeShare() {
    assertRuns(
        Situation.firstApply().sharing(other(BEFORE, b -> b.image("registry.example/orders:1"))));
    assertRuns(
        Situation.firstApply()
            .sharing(other(BEFORE, b -> b.image("registry.example/orders:1").target("head"))));
  }

  @Test
  void anotherTargetIsNoAgreement() {
    Situation s =
        Situation.firstApply()
            .sharing(other(BEFORE, b -> b.image("registry.example/orders:1").target("0001")));

    assertRefused(s);
    assertThat(((Decision.Refuse) s.decide()).message()).contains("another target (\"0001\")");
  }

  @Test
  void whoIsSuspendedOrGoesDoesNotCount() {
    assertRuns(Situation.firstApply().sharing(other(BEFORE, b -> b.suspend(true))));
    DatabaseMigration going = older();
    going.getMetadata().setDeletionTimestamp(AFTER);
    assertRuns(Situation.firstApply().sharing(going));
    assertThat(Situation.migrated().suspend(true).sharing(older()).decide())
        .isInstanceOf(Decision.Nothing.class);
  }

  @Test
  void eachWithAVersionTableOfItsOwnIsFine() {
    Database.VersionTable own = new Database.VersionTable(null, "alembic_version_twin");
    assertRuns(
        Situation.firstApply()
            .sharing(
                other(
                    BEFORE, b -> b.database(DatabaseBuilder.builder().versionTable(own).build()))));
    DatabaseMigration reported = older();
    reported.setStatus(
        DatabaseMigrationStatusBuilder.builder()
            .database(DatabaseInfoBuilder.builder().versionTable("twin.alembic_version").build())
            .build());
    Situation migrated = Situation.migrated();
    assertThat(migrated.status().database().versionTable()).isEqualTo("public.alembic_version");
    assertThat(migrated.sharing(reported).decide()).isInstanceOf(Decision.Nothing.class);
    assertRefused(Situation.firstApply().sharing(reported));
  }

  @Test
  void anOpenAttemptIsFollowedToItsEnd() {
    Situation s = Situation.upgrading().sharing(older());

    assertThat(s.decide()).isInstanceOf(Decision.Wait.class);
  }
}

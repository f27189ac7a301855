package dev.alembicoperator.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.alembicoperator.api.v1alpha1.AlembicBuilder;
import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpec;
import dev.alembicoperator.api.v1alpha1.DatabaseMigrationSpecBuilder;
import dev.alembicoperator.api.v1alpha1.Pod;
import dev.alembicoperator.api.v1alpha1.PodBuilder;
import dev.alembicoperator.observe.Observation;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Which parts of a spec make two wishes the same. Hashes of references and settings; no Secret's
 * content is in a spec.
 */
public final class SpecFingerprint {

  private static final ObjectMapper CANONICAL =
      JsonMapper.builder()
          .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .build();

  private SpecFingerprint() {}

  /**
   * What the database is to become: target, database, Alembic's settings and what the image is
   * told. Not the image, which is compared by {@link #sameImage}; not limits or resources, which
   * say how, not what.
   */
  public static String goal(DatabaseMigrationSpec spec) {
    List<Object> parts = new ArrayList<>();
    parts.add(spec.target() == null ? "head" : spec.target());
    parts.add(spec.database());
    // An absent section and an empty one are the same wish.
    parts.add(spec.alembic() == null ? AlembicBuilder.builder().build() : spec.alembic());
    Pod pod = spec.pod() == null ? PodBuilder.builder().build() : spec.pod();
    parts.add(List.of(pod.env(), pod.envFrom(), pod.volumes(), pod.volumeMounts()));
    return hash(parts);
  }

  /**
   * What a run would do: all of the spec but the switches that do not reach it. A changed memory
   * limit, policy or baseline gives a run that failed another chance; suspending and resuming, or
   * looking more often, does not.
   */
  public static String run(DatabaseMigrationSpec spec) {
    return hash(
        DatabaseMigrationSpecBuilder.builder(spec)
            .suspend(null)
            .drift(null)
            .historyLimit(null)
            .jobsHistoryLimit(null)
            .build());
  }

  /** Whether the last attempt was for the very run that this spec asks for. */
  public static boolean sameRun(Observation o) {
    Attempt last = o.status().attempt();
    return last != null
        && last.requested() != null
        && run(o.spec()).equals(last.requested().specHash());
  }

  /** Whether both references surely mean the same image: the same text, or the same digest. */
  static boolean sameImage(String one, String other) {
    if (one == null || other == null) {
      return false;
    }
    int a = one.indexOf("@sha256:");
    int b = other.indexOf("@sha256:");
    return one.equals(other) || (a >= 0 && b >= 0 && one.substring(a).equals(other.substring(b)));
  }

  private static String hash(Object value) {
    try {
      byte[] json = CANONICAL.writeValueAsString(value).getBytes(StandardCharsets.UTF_8);
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(json);
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (JsonProcessingException | NoSuchAlgorithmException e) {
      throw new IllegalStateException("a spec is always JSON and every JDK has SHA-256", e);
    }
  }
}

package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Plan;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** How messages name things. */
public final class Texts {

  private static final int MANY = 5;
  private static final int MANY_STEPS = 10;

  private Texts() {}

  /** Version rows for people: {@code base} for none, as Alembic says it. */
  public static String revisions(List<String> rows) {
    if (rows.isEmpty()) {
      return "base";
    }
    String shown =
        rows.stream().limit(MANY).map(r -> "\"" + r + "\"").collect(Collectors.joining(", "));
    return rows.size() > MANY ? shown + " and " + (rows.size() - MANY) + " more" : shown;
  }

  /** The steps of a plan for people, in their order, and how many they are. */
  public static String steps(Plan plan) {
    int count = plan.count() == null ? plan.revisions().size() : plan.count();
    String shown =
        plan.revisions().stream()
            .limit(MANY_STEPS)
            .map(step -> "\"" + step.revision() + "\"")
            .collect(Collectors.joining(", "));
    int more = count - Math.min(plan.revisions().size(), MANY_STEPS);
    return "%s%s (%d %s), from %s to %s"
        .formatted(
            shown,
            more > 0 ? " and " + more + " more" : "",
            count,
            count == 1 ? "revision" : "revisions",
            revisions(plan.from()),
            revisions(plan.to()));
  }

  /** What is told of an attempt until its container starts. */
  static String preparing(long number, Optional<String> downgrade, Plan plan) {
    return downgrade.isPresent() && plan != null
        ? "Attempt %d: preparing the pod, which will undo %s.".formatted(number, steps(plan))
        : "Attempt %d: preparing the pod.".formatted(number);
  }

  /** With a full stop, so that another sentence may follow. */
  static String sentence(String text) {
    String words = text.strip();
    return words.isEmpty() || ".!?…".indexOf(words.charAt(words.length() - 1)) >= 0
        ? words
        : words + ".";
  }

  /** A time to the second, in UTC. */
  public static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}

package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.plan.PlanSettings;
import dev.alembicoperator.testing.ApiRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.IntSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a migration costs the API server. Numbers, so that nobody makes it dearer unawares. */
class ApiCallsTest {

  /** One look at the Secret; so many passes of the loop there were. */
  private static final String LOOK = "GET .*/secrets/orders-db";

  private World world;

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void aMigrationCostsFewRequestsAndNoMoreWithALongHistory() {
    world = World.with(new PlanSettings(Duration.ofMinutes(5), Duration.ofMinutes(2), Set.of()));
    world.database("orders");
    List<Integer> all = new ArrayList<>();
    for (int release = 1; release <= 3; release++) {
      int before = requests().size();
      String image = "example/app:" + release;
      world.image(image, world.project().revisions(1, release)).apply("orders", image);
      world.awaitReady("orders");
      quiet();
      List<ApiRequest> made = requests().subList(before, requests().size());
      all.add(made.size());

      // Intent, uid, running, verdict; and one of progress when the pod is slow.
      assertThat(count(made, "PATCH .*/status")).as("status writes of %s", made).isBetween(3L, 6L);
      // Preparing, Running, UpToDate.
      assertThat(count(made, "POST .*/events")).as("events of %s", made).isBetween(2L, 3L);
      assertThat(count(made, "POST .*/jobs")).as("Jobs of %s", made).isOne();
      assertThat(count(made, "POST .*/configmaps")).as("runners").isEqualTo(release == 1 ? 1 : 0);
      assertThat(count(made, LOOK)).as("passes of %s", made).isLessThanOrEqualTo(9);
      assertThat(made).as("requests of release %d", release).hasSizeLessThanOrEqualTo(22);
    }
    assertThat(world.status("orders").history()).hasSize(3);
    assertThat(all.getLast())
        .as("requests of each release: %s", all)
        .isLessThan(all.getFirst() + 5);
  }

  @Test
  void anIdleResourceIsLookedAtAndNothingIsWritten() {
    world = World.with(new PlanSettings(Duration.ofSeconds(1), Duration.ofMinutes(2), Set.of()));
    world.database("orders");
    world.image("example/app:1", world.project().revisions(1, 1)).apply("orders", "example/app:1");
    world.awaitReady("orders");
    quiet();

    int before = requests().size();
    Awaitility.await("three looks")
        .atMost(Duration.ofSeconds(40))
        .until(() -> count(requests().subList(before, requests().size()), LOOK) >= 3);

    List<ApiRequest> made = requests().subList(before, requests().size());
    assertThat(made).noneMatch(ApiRequest::isWrite);
    assertThat(made).as("only the Secret is asked for").allMatch(r -> matches(r, LOOK));
  }

  /** The Job's Complete condition and the pod's last state come after the verdict. */
  private void quiet() {
    Awaitility.await("quiet")
        .atMost(Duration.ofSeconds(40))
        .during(Duration.ofSeconds(1))
        .until(new SameAsBefore(this::writes));
  }

  private int writes() {
    return world.cluster().writes().size();
  }

  private List<ApiRequest> requests() {
    return world.cluster().requests().stream().filter(r -> !r.isWatch()).toList();
  }

  private static long count(List<ApiRequest> requests, String pattern) {
    return requests.stream().filter(r -> matches(r, pattern)).count();
  }

  private static boolean matches(ApiRequest request, String pattern) {
    return (request.method() + " " + request.path()).matches(pattern);
  }

  /** Whether a number is what it was at the last call. */
  private static final class SameAsBefore implements Callable<Boolean> {
    private final IntSupplier number;
    private int last = -1;

    SameAsBefore(IntSupplier number) {
      this.number = number;
    }

    @Override
    public Boolean call() {
      int now = number.getAsInt();
      boolean same = now == last;
      last = now;
      return same;
    }
  }
}

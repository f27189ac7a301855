package dev.alembicoperator.plan;

import dev.alembicoperator.observe.Observation;
import java.util.List;
import java.util.Optional;

/**
 * Observation in, Decision out. Pure: no client, no clock. The rules are asked in order and the
 * first that applies decides, so the list below is how the operator decides, to be read from the
 * top.
 */
public final class Planner {

  /** Does this apply, and then what. */
  private interface Rule {
    Optional<Decision> apply(Observation observation);
  }

  private final List<Rule> rules;
  private final Checks checks = new Checks();

  /** Decides by these settings. */
  public Planner(PlanSettings settings) {
    OpenAttempt openAttempt = new OpenAttempt();
    SpecRules spec = new SpecRules(settings);
    Goal goal = new Goal(settings);
    Downgrades downgrades = new Downgrades();
    LastAttempt lastAttempt = new LastAttempt(downgrades);
    NextAttempt nextAttempt = new NextAttempt(settings, downgrades);
    rules =
        List.of(
            spec::beingDeleted,
            openAttempt::follow,
            spec::invalid,
            lastAttempt::leftPartial,
            SharedDatabase::contested,
            goal::reached,
            downgrades::stopped,
            KnownDatabase::baselineWithheld,
            lastAttempt::failedForGood,
            nextAttempt::suspended,
            nextAttempt::missingReference,
            nextAttempt::unreadableConnection,
            lastAttempt::notYetAgain,
            nextAttempt::forgottenJob,
            nextAttempt::databaseNotReady,
            nextAttempt::run);
  }

  /** What to do now. */
  public Decision plan(Observation observation) {
    Decision standing = standing(observation);
    return checks.beside(standing, observation);
  }

  private Decision standing(Observation observation) {
    return rules.stream()
        .map(rule -> rule.apply(observation))
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow();
  }
}

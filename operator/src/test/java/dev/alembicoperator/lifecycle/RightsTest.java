package dev.alembicoperator.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.alembicoperator.act.RunnerBundle;
import dev.alembicoperator.testing.ApiRequest;
import dev.alembicoperator.testing.Repository;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The chart gives exactly the rights that are used: whoever takes over the operator can do no more
 * than it does itself.
 */
class RightsTest {

  /** {@code /api/v1/…} or {@code /apis/GROUP/VERSION/…}, with or without a namespace. */
  private static final Pattern RESOURCE =
      Pattern.compile(
          "/(?:api|apis/(?<group>[^/]+))/[^/]+(?:/namespaces/[^/]+)?/(?<resource>[a-z]+)"
              + "(?:/(?<name>[^/]+)(?:/(?<part>[a-z]+))?)?");

  /** What every authenticated client may ask (Kubernetes, "system:discovery"). */
  private static final Pattern DISCOVERY = Pattern.compile("/(version|api|apis)(/[^/]+){0,2}");

  private static final String IMAGE = "example/orders:1";

  private final World world = World.start();

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void eachRuleIsUsedAndEachCallIsAllowed() throws IOException {
    world.image(IMAGE, world.project().revisions(1, 2));

    aRunnerThatSomebodyChanged();
    anImageThatIsCorrected();
    aPodThatIsRefused();
    aReportThatIsTooLong();
    aClusterThatIsMissing();

    assertThat(used()).isEqualTo(allowed());
  }

  private void aRunnerThatSomebodyChanged() {
    ConfigMap changed = RunnerBundle.load().configMap(World.NAMESPACE);
    changed.setBinaryData(Map.of());
    world.user().resource(changed).create();
    world.database("changed");
    world.apply("changed", IMAGE).awaitReady("changed");
  }

  private void anImageThatIsCorrected() {
    world.database("corrected");
    world.apply("corrected", "example/none:1").awaitReason("corrected", "ImageUnavailable");
    world.apply("corrected", IMAGE).awaitReady("corrected");
  }

  private void aPodThatIsRefused() {
    world.database("refused");
    world.jobs().refusePods("pods \"refused\" is forbidden: exceeded quota: compute");
    world.apply("refused", IMAGE).awaitReason("refused", "PodRejected");
    world.jobs().admitPods();
    world.awaitReady("refused");
  }

  private void aReportThatIsTooLong() {
    world.database("long");
    world.image("example/long:1", world.project().revisions(1, 80));
    world.apply("long", "example/long:1").awaitReady("long");
  }

  private void aClusterThatIsMissing() {
    world
        .cluster()
        .apply(
            """
            apiVersion: alembic-operator.dev/v1alpha1
            kind: DatabaseMigration
            metadata: {name: clustered, namespace: %s}
            spec: {image: %s, database: {cnpg: {cluster: {name: none}}}}
            """
                .formatted(World.NAMESPACE, IMAGE));
    world.awaitReason("clustered", "ClusterNotFound");
  }

  private Set<String> used() {
    return world.cluster().requests().stream()
        .map(RightsTest::right)
        .flatMap(Optional::stream)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Optional<String> right(ApiRequest request) {
    Matcher resource = RESOURCE.matcher(request.path());
    if (!resource.matches()) {
      assertThat(request.path()).matches(DISCOVERY);
      return Optional.empty();
    }
    String group = resource.group("group") == null ? "" : resource.group("group");
    String part = resource.group("part") == null ? "" : "/" + resource.group("part");
    return Optional.of(
        right(
            group,
            resource.group("resource") + part,
            verb(request, resource.group("name") != null)));
  }

  private static String verb(ApiRequest request, boolean named) {
    return switch (request.method()) {
      case "GET" -> request.isWatch() ? "watch" : named ? "get" : "list";
      case "POST" -> "create";
      case "PUT" -> "update";
      case "PATCH" -> "patch";
      case "DELETE" -> named ? "delete" : "deletecollection";
      default -> throw new AssertionError("no right is known for " + request);
    };
  }

  /** The chart's rules, which are YAML between two lines of a template. */
  private static Set<String> allowed() throws IOException {
    String template =
        Files.readString(Repository.root().resolve("helm/alembic-operator/templates/_helpers.tpl"));
    Matcher rules =
        Pattern.compile(
                "\\{\\{- define \"alembic-operator\\.rules\" -}}\\n(.*?)\\{\\{- end -}}",
                Pattern.DOTALL)
            .matcher(template);
    assertThat(rules.find()).as("the chart has rules").isTrue();
    Role role =
        Serialization.unmarshal(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nrules:\n" + rules.group(1),
            Role.class);
    Set<String> allowed = new TreeSet<>();
    for (PolicyRule rule : role.getRules()) {
      for (String group : rule.getApiGroups()) {
        for (String resource : rule.getResources()) {
          rule.getVerbs().forEach(verb -> allowed.add(right(group, resource, verb)));
        }
      }
    }
    return allowed;
  }

  private static String right(String group, String resource, String verb) {
    return verb + " " + resource + (group.isEmpty() ? "" : "." + group);
  }
}

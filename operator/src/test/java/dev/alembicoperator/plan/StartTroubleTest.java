package dev.alembicoperator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What keeps a container from starting, as the kubelet, the scheduler and the Job controller say.
 */
class StartTroubleTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ErrImagePull               | manifest unknown                        | ImageUnavailable  | Correct spec.image
          ImagePullBackOff           | Back-off pulling image                  | ImageUnavailable  | Correct spec.image
          ErrImageNeverPull          | not present with pull policy of Never   | ImageUnavailable  | Correct spec.image
          InvalidImageName           | couldn't parse image reference          | ImageUnavailable  | Correct spec.image
          RegistryUnavailable        | connection refused                      | ImageUnavailable  | Correct spec.image
          ImageInspectError          | Failed to inspect image                 | ImageUnavailable  | Correct spec.image
          CreateContainerConfigError | secret "orders-db" not found            | SecretNotFound    | Create it
          CreateContainerConfigError | configmap "settings" not found          | ConfigMapNotFound | Create it
          CreateContainerConfigError | couldn't find key url in Secret shop/db | SecretKeyNotFound | Add the key
          CreateContainerConfigError | couldn't find key a in ConfigMap shop/b | ConfigMapNotFound | Add the key
          CreateContainerConfigError | container has runAsNonRoot and image will run as root | PodMisconfigured | spec.pod.runAsUser
          CreateContainerConfigError | container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root | PodMisconfigured | jobs.podSecurity
          CreateContainerConfigError | failed to prepare subPath               | PodMisconfigured  | Correct spec.pod
          CreateContainerError       | workingDir is not absolute              | PodMisconfigured  | Correct spec.pod
          RunContainerError          | cannot mount                            | PodMisconfigured  | Correct spec.pod
          """)
  void eachWaitingReasonIsToldAtOnceWithItsRemedy(
      String waiting, String message, String reason, String remedy) {
    Situation s = Situation.firstApply();
    s.pass();

    s.waiting(waiting, message).later(1).pass();

    assertThat(s.summary()).isEqualTo("False " + reason + " Reconciling");
    assertThat(s.condition("Ready").orElseThrow().getMessage())
        .startsWith("Attempt 1 cannot start: ")
        .contains(remedy);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ContainerCreating", "PodInitializing", ""})
  void ordinaryWaitingIsNoTrouble(String waiting) {
    Situation s = Situation.firstApply();
    s.pass();

    s.waiting(waiting, "").later(600).pass();

    assertThat(s.summary()).isEqualTo("False Preparing Reconciling");
  }

  @Test
  void troubleOfTwoMinutesIsStalledAndStillWatched() {
    Situation s = Situation.firstApply();
    s.pass();
    s.waiting("ImagePullBackOff", "manifest unknown").later(119).pass();
    assertThat(s.summary()).isEqualTo("False ImageUnavailable Reconciling");

    s.later(1).pass();
    assertThat(s.summary()).isEqualTo("False ImageUnavailable Stalled");

    s.running().pass();
    assertThat(s.summary()).isEqualTo("False Running Reconciling");
  }

  @Test
  void aMissingSecretIsNeverStalled() {
    Situation s = Situation.firstApply();
    s.pass();

    s.waiting("CreateContainerConfigError", "secret \"orders-db\" not found").later(9000).pass();

    assertThat(s.summary()).isEqualTo("False SecretNotFound Reconciling");
  }

  @Test
  void aPodThatNoNodeTakesIsTold() {
    Situation s = Situation.firstApply();
    s.pass();

    s.trouble("Unschedulable", "0/3 nodes are available: 3 Insufficient memory.").pass();
    assertThat(s.summary()).isEqualTo("False PodRejected Reconciling");
    s.later(121).pass();
    assertThat(s.summary()).isEqualTo("False PodRejected Stalled");
    assertThat(s.condition("Ready").orElseThrow().getMessage()).contains("Insufficient memory");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          pods "x" is forbidden: exceeded quota: small, requested: cpu=1 | Raise the quota
          pods "x" is forbidden: failed quota: small: must specify limits.cpu for: migrate | Set spec.pod.resources
          pods "x" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi | Set spec.pod.resources
          pods "x" is forbidden: error looking up service account shop/builder: serviceaccount "builder" not found | Create the service account
          pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true | jobs.podSecurity to restricted
          admission webhook "policy.example" denied the request: no tag latest | keeps the policy
          """)
  void aRefusedPodIsToldWithItsRemedy(String refusal, String remedy) {
    Situation s = Situation.firstApply();
    s.pass();

    s.refusal(refusal).pass();

    assertThat(s.summary()).isEqualTo("False PodRejected Reconciling");
    assertThat(s.condition("Ready").orElseThrow().getMessage()).contains(remedy);
  }

  @Test
  void aLongMessageOfTheClusterIsCutAndOnOneLine() {
    Situation s = Situation.firstApply();
    s.pass();

    s.waiting("ErrImagePull", "x\n".repeat(5000)).pass();

    assertThat(s.condition("Ready").orElseThrow().getMessage())
        .hasSizeLessThan(500)
        .doesNotContain("\n")
        .contains("…");
  }

  @Test
  void anEvictionBeforeTheStartLeavesNothing() {
    Situation s = Situation.firstApply();
    s.pass();

    s.trouble("Evicted", "The node was low on resource: memory.").rows().pass();

    assertThat(s.summary()).isEqualTo("False Evicted Reconciling");
    assertThat(s.attempt().message()).contains("nothing is half-done");
  }

  @ParameterizedTest
  @ValueSource(strings = {"OutOfcpu", "NodeAffinity", "UnexpectedAdmissionError"})
  void aPodThatItsNodeTurnsAwayIsRetriedOnce(String reason) {
    Situation s = Situation.firstApply();
    s.pass();

    s.trouble(reason, "").jobFailed("BackoffLimitExceeded").rows().pass();

    assertThat(s.summary()).isEqualTo("False Evicted Reconciling");
    assertThat(s.later(10).decide()).isInstanceOf(Decision.Run.class);
  }
}

package dev.alembicoperator.plan;

import dev.alembicoperator.api.v1alpha1.Attempt;
import dev.alembicoperator.api.v1alpha1.Attempt.Requested;
import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.observe.JobView;
import dev.alembicoperator.observe.JobView.PodView;
import dev.alembicoperator.observe.JobView.Told;
import dev.alembicoperator.observe.Observation;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The Job exists and its container has not started: what keeps it, and whether it is still wanted.
 */
final class Preparation {

  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  /**
   * A passing trouble (a registry that restarts, a Secret on its way) is not called stalled before
   * this.
   */
  private static final Duration PASSING = Duration.ofMinutes(2);

  private static final int LONGEST_QUOTE = 300;

  private static final String CORRECT_IMAGE =
      "Correct spec.image, push the image, or give spec.imagePullSecrets.";

  /**
   * @param mark what stays with the attempt
   * @param because for people
   */
  record Withdrawal(Reason mark, String because) {}

  Decision decide(Attempt attempt, JobView job, Optional<Withdrawal> withdrawal, Observation o) {
    if (job.deleting()) {
      return waitForPod(attempt);
    }
    if (withdrawal.isPresent()) {
      return new Decision.Cancel(
          job.name(),
          job.uid(),
          withdrawal.get().mark(),
          Reason.Preparing,
          "Attempt %d is withdrawn before its container started: %s."
              .formatted(attempt.number(), withdrawal.get().because()),
          LOOK_AGAIN);
    }
    return trouble(job, imageRemedy(attempt, o))
        .map(t -> told(t, attempt, job, o))
        .orElseGet(() ->
            new Decision.Wait(
                Reason.Preparing,
                Texts.preparing(
                    attempt.number(),
                    Optional.ofNullable(attempt.requested()).map(Requested::downgrade),
                    o.status().plan()),
                LOOK_AGAIN));
  }

  Decision waitForPod(Attempt attempt) {
    return new Decision.Wait(
        Reason.Preparing,
        "Attempt %d: waiting until its pod is gone.".formatted(attempt.number()),
        Duration.ofSeconds(1));
  }

  private static Decision told(Trouble t, Attempt attempt, JobView job, Observation o) {
    Instant since = job.pod().map(PodView::createdAt).orElse(attempt.startedAt());
    boolean passing = since.plus(PASSING).isAfter(o.now());
    String message = "Attempt %d cannot start: %s".formatted(attempt.number(), t.message());
    return passing || t.reason().phase() == Reason.Phase.RECONCILING
        ? new Decision.Wait(t.reason(), message, LOOK_AGAIN)
        : new Decision.Refuse(t.reason(), message, Duration.ofSeconds(30));
  }

  /** What keeps a Job's pod for longer than what passes by itself. */
  static Optional<Trouble> lastingTrouble(JobView job, Instant startedAt, Instant now) {
    Instant since = job.pod().map(PodView::createdAt).orElse(startedAt);
    return since.plus(PASSING).isAfter(now) ? Optional.empty() : trouble(job);
  }

  /** What keeps the pod of a check, which is always of the spec's own image. */
  static Optional<Trouble> trouble(JobView job) {
    return trouble(job, CORRECT_IMAGE);
  }

  private static Optional<Trouble> trouble(JobView job, String imageRemedy) {
    return job.pod()
        .flatMap(PodView::waiting)
        .flatMap(waiting -> ofWaiting(waiting, imageRemedy))
        .or(() -> job.pod().flatMap(PodView::trouble).map(Preparation::ofPod))
        .or(() -> job.refusal().map(Preparation::ofRefusal));
  }

  /** A newer image that goes down for an older one is not the one that the spec names. */
  private static String imageRemedy(Attempt attempt, Observation o) {
    if (attempt.requested() == null || attempt.requested().forImage() == null) {
      return CORRECT_IMAGE;
    }
    String which =
        o.spec().downgradeImage() == null
            ? "It is the recorded image \"%s\", which brought the database where it is."
            : "It is spec.downgradeImage, \"%s\".";
    return (which
            + " Push it again, or name another in spec.downgradeImage that knows the revision.")
        .formatted(attempt.requested().image());
  }

  /**
   * The kubelet's reasons (kubernetes: pkg/kubelet/images/types.go,
   * pkg/kubelet/kuberuntime/kuberuntime_container.go).
   */
  private static Optional<Trouble> ofWaiting(Told waiting, String imageRemedy) {
    String m = waiting.message();
    return switch (waiting.reason()) {
      case "ErrImagePull",
          "ImagePullBackOff",
          "ErrImageNeverPull",
          "InvalidImageName",
          "RegistryUnavailable",
          "ImageInspectError" ->
          Optional.of(
              new Trouble(
                  Reason.ImageUnavailable,
                  "the image cannot be had (%s). %s".formatted(quoted(waiting), imageRemedy)));
      case "CreateContainerConfigError" -> Optional.of(ofConfigError(m));
      case "CreateContainerError", "RunContainerError" ->
          Optional.of(
              new Trouble(
                  Reason.PodMisconfigured,
                  "the container cannot be created (%s). Correct spec.pod or the image."
                      .formatted(quoted(waiting))));
      default -> Optional.empty();
    };
  }

  private static Trouble ofConfigError(String m) {
    if (m.startsWith("secret ") && m.endsWith("not found")) {
      return new Trouble(
          Reason.SecretNotFound, "%s. Create it or correct the resource.".formatted(cut(m)));
    }
    if (m.startsWith("configmap ") && m.endsWith("not found")) {
      return new Trouble(
          Reason.ConfigMapNotFound, "%s. Create it or correct the resource.".formatted(cut(m)));
    }
    if (m.startsWith("couldn't find key") && m.contains("in Secret")) {
      return new Trouble(
          Reason.SecretKeyNotFound, "%s. Add the key or correct the resource.".formatted(cut(m)));
    }
    if (m.startsWith("couldn't find key")) {
      return new Trouble(
          Reason.ConfigMapNotFound, "%s. Add the key or correct the resource.".formatted(cut(m)));
    }
    if (m.contains("runAsNonRoot") || m.contains("non-numeric user")) {
      return new Trouble(
          Reason.PodMisconfigured,
          "the image does not say by number that it runs as somebody else than root. Set"
              + " spec.pod.runAsUser to a number, or give the image a numeric USER; a cluster's"
              + " owner may also allow root by the operator's setting jobs.podSecurity.");
    }
    return new Trouble(
        Reason.PodMisconfigured,
        "its configuration is refused (\"%s\"). Correct spec.pod.".formatted(cut(m)));
  }

  private static Trouble ofPod(Told pod) {
    return new Trouble(
        Reason.PodRejected,
        "no node takes the pod (%s). Correct spec.pod (resources, nodeSelector, tolerations) or make room."
            .formatted(quoted(pod)));
  }

  private static Trouble ofRefusal(Told refusal) {
    return new Trouble(
        Reason.PodRejected,
        "the cluster refuses the pod (%s). %s"
            .formatted(quoted(refusal), remedy(refusal.message())));
  }

  /**
   * What the admission plugins say (kubernetes: plugin/pkg/admission/{resourcequota,limitranger,
   * serviceaccount}, k8s.io/pod-security-admission). Pods that are made restricted pass Pod
   * Security, so one that it refuses was allowed more by the operator's settings.
   */
  private static String remedy(String message) {
    if (message.contains("violates PodSecurity")) {
      return "Set the operator's setting jobs.podSecurity to restricted, and spec.pod.runAsUser for"
          + " an image that names no user by number; or let the namespace's Pod Security level"
          + " allow what the image needs.";
    }
    if (message.contains("exceeded quota")) {
      return "Raise the quota, or lower spec.pod.resources.";
    }
    if (message.contains("failed quota") || message.contains("usage per ")) {
      return "Set spec.pod.resources as the namespace's quota and limit range want them.";
    }
    if (message.contains("error looking up service account")) {
      return "Create the service account, or correct spec.pod.serviceAccountName.";
    }
    return "Correct spec.pod, or ask whoever keeps the policy that it names.";
  }

  private static String quoted(Told told) {
    String message = cut(told.message());
    return message.isEmpty() ? told.reason() : "%s: \"%s\"".formatted(told.reason(), message);
  }

  /** Why a pod does not start, and what to do about it. */
  record Trouble(Reason reason, String message) {}

  /** Texts of the cluster's components, bounded: they quote what users wrote. */
  private static String cut(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ").strip();
    return line.length() <= LONGEST_QUOTE ? line : line.substring(0, LONGEST_QUOTE) + "…";
  }
}

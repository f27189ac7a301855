package dev.alembicoperator.act;

import io.fabric8.kubernetes.api.model.Capabilities;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SeccompProfile;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The restricted profile of the Pod Security Standards (kubernetes.io), rule by rule. */
final class RestrictedPodSecurity {

  private static final Set<String> SECCOMP = Set.of("RuntimeDefault", "Localhost");
  private static final Set<String> CAPABILITIES = Set.of("NET_BIND_SERVICE");

  private RestrictedPodSecurity() {}

  /** The rules that the pod breaks. */
  static List<String> violations(PodSpec pod) {
    List<String> broken = new ArrayList<>();
    rule(broken, "hostNetwork", !Boolean.TRUE.equals(pod.getHostNetwork()));
    rule(broken, "hostPID", !Boolean.TRUE.equals(pod.getHostPID()));
    rule(broken, "hostIPC", !Boolean.TRUE.equals(pod.getHostIPC()));
    pod.getVolumes().forEach(v -> rule(broken, "volume type of " + v.getName(), allowed(v)));
    PodSecurityContext security =
        Optional.ofNullable(pod.getSecurityContext()).orElseGet(PodSecurityContext::new);
    rule(broken, "sysctls", security.getSysctls().isEmpty());
    rule(broken, "pod seLinuxOptions", security.getSeLinuxOptions() == null);
    rule(broken, "pod appArmorProfile", security.getAppArmorProfile() == null);
    rule(broken, "pod windowsOptions", security.getWindowsOptions() == null);
    rule(broken, "pod runAsUser", !Objects.equals(security.getRunAsUser(), 0L));
    Stream.of(pod.getContainers(), pod.getInitContainers())
        .flatMap(List::stream)
        .forEach(c -> container(broken, c, security));
    rule(broken, "ephemeralContainers", pod.getEphemeralContainers().isEmpty());
    return broken;
  }

  private static void container(List<String> broken, Container c, PodSecurityContext pod) {
    SecurityContext own =
        Optional.ofNullable(c.getSecurityContext()).orElseGet(SecurityContext::new);
    Capabilities capabilities =
        Optional.ofNullable(own.getCapabilities()).orElseGet(Capabilities::new);
    Boolean nonRoot = own.getRunAsNonRoot() == null ? pod.getRunAsNonRoot() : own.getRunAsNonRoot();
    SeccompProfile seccomp =
        own.getSeccompProfile() == null ? pod.getSeccompProfile() : own.getSeccompProfile();
    rule(broken, "privileged", !Boolean.TRUE.equals(own.getPrivileged()));
    rule(broken, "allowPrivilegeEscalation", isFalse(own.getAllowPrivilegeEscalation()));
    rule(broken, "runAsNonRoot", Boolean.TRUE.equals(nonRoot));
    rule(broken, "runAsUser", !Objects.equals(own.getRunAsUser(), 0L));
    rule(broken, "seccompProfile", seccomp != null && SECCOMP.contains(seccomp.getType()));
    rule(broken, "capabilities.drop", capabilities.getDrop().contains("ALL"));
    rule(broken, "capabilities.add", CAPABILITIES.containsAll(capabilities.getAdd()));
    rule(broken, "procMount", own.getProcMount() == null);
    rule(broken, "seLinuxOptions", own.getSeLinuxOptions() == null);
    rule(broken, "appArmorProfile", own.getAppArmorProfile() == null);
    rule(broken, "windowsOptions", own.getWindowsOptions() == null);
    rule(broken, "lifecycle and probes", c.getLifecycle() == null && c.getLivenessProbe() == null);
    rule(broken, "hostPort", c.getPorts().stream().allMatch(p -> p.getHostPort() == null));
  }

  private static boolean isFalse(Boolean value) {
    return Boolean.FALSE.equals(value);
  }

  private static boolean allowed(Volume v) {
    return v.getConfigMap() != null
        || v.getCsi() != null
        || v.getDownwardAPI() != null
        || v.getEmptyDir() != null
        || v.getEphemeral() != null
        || v.getPersistentVolumeClaim() != null
        || v.getProjected() != null
        || v.getSecret() != null;
  }

  private static void rule(List<String> broken, String name, boolean kept) {
    if (!kept) {
      broken.add(name);
    }
  }
}

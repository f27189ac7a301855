package dev.alembicoperator.crd;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Map;

/**
 * What the schema offers of Kubernetes' own types.
 *
 * <p>The resource's Java types hold fabric8's classes, since the operator hands them on to the pod.
 * These know neither which fields are required nor what a field means, and they have fields that
 * would take a pod out of restricted Pod Security. So the schema is made from the types here, which
 * hold a selection of the same fields; a test sees to it that every one of them exists in fabric8's
 * class.
 */
final class PodTypes {

  private static final String OBJECT_NAME = "^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$";
  private static final String OBJECT_KEY = "^[-._a-zA-Z0-9]+$";

  /** A relative path without a step upwards, as Kubernetes itself demands. */
  private static final String RELATIVE = "!self.matches('^/|(^|/)[.][.](/|$)')";

  private PodTypes() {}

  /**
   * A reference to an object in the same namespace.
   *
   * @param name name of the object, in the namespace of the resource
   */
  record Reference(@Required @Size(min = 1, max = 253) @Pattern(OBJECT_NAME) String name) {}

  /**
   * An environment variable.
   *
   * @param name the variable's name
   * @param value the variable's value; $(NAME) stands for a variable that was named before
   * @param valueFrom where the value comes from
   */
  @ValidationRule(
      value = "!has(self.value) || !has(self.valueFrom)",
      message = "set at most one of value and valueFrom")
  record EnvVar(
      @Required
          @Size(min = 1, max = 256)
          @Pattern("^[-._a-zA-Z][-._a-zA-Z0-9]*$")
          @ValidationRule(
              value = "!self.startsWith('ALEMBIC_OPERATOR_')",
              message =
                  "names that begin with ALEMBIC_OPERATOR_ are the operator's own: take another")
          String name,
      @Size(max = 32768) String value,
      EnvVarSource valueFrom) {}

  /**
   * Where a variable's value comes from: exactly one of the fields.
   *
   * @param configMapKeyRef a key of a ConfigMap
   * @param secretKeyRef a key of a Secret
   * @param fieldRef a field of the pod itself
   * @param resourceFieldRef a request or limit of the container
   */
  @ValidationRule(
      value =
          "(has(self.configMapKeyRef) ? 1 : 0) + (has(self.secretKeyRef) ? 1 : 0) +"
              + " (has(self.fieldRef) ? 1 : 0) + (has(self.resourceFieldRef) ? 1 : 0) == 1",
      message = "set exactly one of configMapKeyRef, secretKeyRef, fieldRef and resourceFieldRef")
  record EnvVarSource(
      KeySelector configMapKeyRef,
      KeySelector secretKeyRef,
      FieldSelector fieldRef,
      ResourceSelector resourceFieldRef) {}

  /**
   * One key of an object.
   *
   * @param name name of the object, in the namespace of the resource
   * @param key the key in it that holds the value
   * @param optional leave the variable out if the object or the key does not exist. When absent:
   *     false
   */
  record KeySelector(
      @Required @Size(min = 1, max = 253) @Pattern(OBJECT_NAME) String name,
      @Required @Size(min = 1, max = 253) @Pattern(OBJECT_KEY) String key,
      Boolean optional) {}

  /**
   * A field of the pod.
   *
   * @param fieldPath the field, such as metadata.name or status.podIP
   */
  record FieldSelector(@Required @Size(min = 1, max = 512) String fieldPath) {}

  /**
   * A request or limit of the container.
   *
   * @param resource which one, such as limits.memory
   * @param divisor the unit in which it is given. When absent: 1
   */
  record ResourceSelector(@Required @Size(min = 1, max = 317) String resource, Quantity divisor) {}

  /**
   * An object whose keys become environment variables: exactly one of configMapRef and secretRef.
   *
   * @param prefix is put before every name
   * @param configMapRef the ConfigMap
   * @param secretRef the Secret
   */
  @ValidationRule(
      value = "has(self.configMapRef) != has(self.secretRef)",
      message = "set exactly one of configMapRef and secretRef")
  record EnvFromSource(
      @Size(max = 128)
          @Pattern("^[-._a-zA-Z][-._a-zA-Z0-9]*$")
          @ValidationRule(
              value = "!self.startsWith('ALEMBIC_OPERATOR_')",
              message =
                  "names that begin with ALEMBIC_OPERATOR_ are the operator's own: take another")
          String prefix,
      OptionalReference configMapRef,
      OptionalReference secretRef) {}

  /**
   * An object that may be missing.
   *
   * @param name name of the object, in the namespace of the resource
   * @param optional go on without it if it does not exist. When absent: false
   */
  record OptionalReference(
      @Required @Size(min = 1, max = 253) @Pattern(OBJECT_NAME) String name, Boolean optional) {}

  /**
   * Where a volume appears in the container.
   *
   * @param name the volume's name
   * @param mountPath the absolute path at which it appears; not /dev, where the container leaves
   *     its report, and none that begins with /alembic-operator, where the runner is
   * @param subPath the folder or file in the volume that appears there. When absent: the whole
   *     volume
   * @param readOnly the container may not write to it. When absent: false
   */
  record VolumeMount(
      @Required @Size(min = 1, max = 63) String name,
      @Required
          @Size(min = 1, max = 1024)
          @Pattern("^/[^:\\x00-\\x1f\\x7f]*$")
          @ValidationRule(
              value = "!self.matches('//|/[.]{1,2}(/|$)|.+/$')",
              message = "write the path without //, . or .. and without a slash at its end")
          @ValidationRule(
              value =
                  "self != '/' && !self.startsWith('/alembic-operator') &&"
                      + " !(self + '/').startsWith('/dev/')",
              message =
                  "the runner needs /dev and paths that begin with /alembic-operator: mount the"
                      + " volume somewhere else")
          String mountPath,
      @Size(max = 1024)
          @ValidationRule(value = RELATIVE, message = "must be a relative path without ..")
          String subPath,
      Boolean readOnly) {}

  /**
   * Files from a ConfigMap.
   *
   * @param name name of the ConfigMap
   * @param items which keys become which files. When absent: every key a file of its name
   * @param defaultMode the files' permissions. When absent: 0644
   * @param optional go on without it if it does not exist. When absent: false
   */
  record ConfigMapVolume(
      @Required @Size(min = 1, max = 253) @Pattern(OBJECT_NAME) String name,
      @Size(max = 64) List<KeyToPath> items,
      @Min(0) @Max(511) Integer defaultMode,
      Boolean optional) {}

  /**
   * Files from a Secret.
   *
   * @param secretName name of the Secret
   * @param items which keys become which files. When absent: every key a file of its name
   * @param defaultMode the files' permissions. When absent: 0644
   * @param optional go on without it if it does not exist. When absent: false
   */
  record SecretVolume(
      @Required @Size(min = 1, max = 253) @Pattern(OBJECT_NAME) String secretName,
      @Size(max = 64) List<KeyToPath> items,
      @Min(0) @Max(511) Integer defaultMode,
      Boolean optional) {}

  /**
   * A key and the file that it becomes.
   *
   * @param key the key
   * @param path the file's path in the volume
   * @param mode the file's permissions. When absent: the volume's defaultMode
   */
  record KeyToPath(
      @Required @Size(min = 1, max = 253) @Pattern(OBJECT_KEY) String key,
      @Required
          @Size(min = 1, max = 1024)
          @ValidationRule(value = RELATIVE, message = "must be a relative path without ..")
          String path,
      @Min(0) @Max(511) Integer mode) {}

  /**
   * An empty folder.
   *
   * @param medium Memory keeps it in memory. When absent: on the node's disk
   * @param sizeLimit how much it may hold. When absent: no limit
   */
  record EmptyDirVolume(Medium medium, Quantity sizeLimit) {}

  /** Where an empty folder is kept. */
  enum Medium {
    @JsonProperty("")
    DISK,
    @JsonProperty("Memory")
    MEMORY
  }

  /**
   * A persistent volume.
   *
   * @param claimName name of the PersistentVolumeClaim
   * @param readOnly the container may not write to it. When absent: false
   */
  record ClaimVolume(
      @Required @Size(min = 1, max = 253) @Pattern(OBJECT_NAME) String claimName,
      Boolean readOnly) {}

  /**
   * A volume that a CSI driver makes for the pod.
   *
   * @param driver name of the driver
   * @param fsType the file system to make. When absent: the driver's own
   * @param readOnly the container may not write to it. When absent: false
   * @param volumeAttributes what the driver is told
   * @param nodePublishSecretRef the Secret that the driver is given
   */
  record CsiVolume(
      @Required @Size(min = 1, max = 63) String driver,
      @Size(max = 63) String fsType,
      Boolean readOnly,
      @Size(max = 32) Map<String, @Size(max = 1024) String> volumeAttributes,
      Reference nodePublishSecretRef) {}

  /**
   * What the container requests, and its limits.
   *
   * @param limits the most it may use, such as memory: 512Mi
   * @param requests what the node keeps free for it. When absent: the limits
   */
  record Resources(
      @Size(max = 16) Map<String, Quantity> limits,
      @Size(max = 16) Map<String, Quantity> requests) {}

  /**
   * A taint that is tolerated.
   *
   * @param key the taint's key. When absent: every key, with operator Exists
   * @param operator Equal: the value must be the same; Exists: any value will do. When absent:
   *     Equal
   * @param value the taint's value
   * @param effect the taint's effect. When absent: every effect
   * @param tolerationSeconds how long a taint NoExecute is tolerated. When absent: without end
   */
  record Toleration(
      @Size(max = 317) String key,
      TolerationOperator operator,
      @Size(max = 63) String value,
      TaintEffect effect,
      Long tolerationSeconds) {}

  /** How a toleration compares. */
  enum TolerationOperator {
    Exists,
    Equal
  }

  /** What a taint does. */
  enum TaintEffect {
    NoSchedule,
    PreferNoSchedule,
    NoExecute
  }
}

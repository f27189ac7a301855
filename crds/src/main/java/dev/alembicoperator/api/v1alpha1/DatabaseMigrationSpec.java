package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.crd.generator.annotation.SchemaFrom;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;

/**
 * What is wanted: which image takes which database to which revision, and how.
 *
 * <p>The schema holds no defaults, on purpose: a default that is stored freezes behaviour, and a
 * field that the user left out could never get alternatives.
 *
 * @param image the application's own image: it holds Alembic, env.py, the revisions and the
 *     database driver. Its ENTRYPOINT is not used
 * @param imagePullPolicy when the image is pulled: Always, IfNotPresent or Never. When absent:
 *     Always for the tag latest, else IfNotPresent
 * @param imagePullSecrets Secrets with which the image is pulled
 * @param target the revision that the database shall be at: head, heads, base, a revision id or its
 *     unique prefix, label@head, or one of these with a step such as head-1 or ae10+2. A revision
 *     of digits only must be quoted ("0003"). When absent: head
 * @param database which database is migrated, and how it is reached
 * @param alembic how Alembic is started in the image. When absent: as found in the image
 * @param pod what the pod of a migration needs besides the image. When absent: a pod that passes
 *     restricted Pod Security
 * @param downgradePolicy whether the database may go to an older revision: Never; ToTarget, to a
 *     target that is behind; ToImage, also to the head of an older image. When absent: Never
 * @param downgradeImage the image to run downgrades with. When absent: the spec's own, or the one
 *     that brought the database where it is
 * @param adopt what to do with a database that has tables but no version table. When absent: it is
 *     reported, and never touched
 * @param timeouts how long each thing may take
 * @param retry how failures that may pass by themselves are retried
 * @param drift how changes by others are noticed, and what is done then
 * @param suspend no new pod is started; a running one goes on, and the operator keeps looking at
 *     the database. When absent: false
 * @param historyLimit how many entries status.history keeps. When absent: 20
 * @param jobsHistoryLimit how many finished Jobs are kept for their logs. When absent: 3
 */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
    value =
        "!has(self.database) || has(self.database.inPod) || !has(self.pod) || !has(self.pod.env) ||"
            + " !self.pod.env.exists(e, e.name == (has(self.database.urlEnv) ? self.database.urlEnv"
            + " : 'DATABASE_URL'))",
    message =
        "pod.env may not set the variable that the runner sets to the connection URL"
            + " (database.urlEnv, or DATABASE_URL): remove it, or use database.inPod")
@ValidationRule(
    value =
        "!has(self.drift) || !has(self.drift.interval) || !has(self.database) ||"
            + " !(has(self.database.inPod) || (has(self.database.observe) && self.database.observe"
            + " == 'Job')) || duration(self.drift.interval) >= duration('1h')",
    message =
        "each look at this database is a pod: let drift.interval be 1h or longer, or use"
            + " database.observe Operator")
@ValidationRule(
    value =
        "!has(self.database) || !has(self.database.inPod) || !has(self.alembic) ||"
            + " !has(self.alembic.setUrl) || !self.alembic.setUrl",
    message = "with database.inPod no URL is injected: remove alembic.setUrl")
public record DatabaseMigrationSpec(
    @Required @Size(min = 1, max = 512) @Pattern(Texts.IMAGE) String image,
    @SchemaFrom(type = PullPolicy.class) String imagePullPolicy,
    @Size(max = 16) List<LocalObjectReference> imagePullSecrets,
    @Size(min = 1, max = 256) @Pattern(Texts.TARGET) String target,
    @Required Database database,
    Alembic alembic,
    Pod pod,
    DowngradePolicy downgradePolicy,
    @Size(min = 1, max = 512) @Pattern(Texts.IMAGE) String downgradeImage,
    Adopt adopt,
    Timeouts timeouts,
    Retry retry,
    Drift drift,
    Boolean suspend,
    @Min(0) @Max(50) Integer historyLimit,
    @Min(0) @Max(10) Integer jobsHistoryLimit) {

  /** Absent lists are empty lists. */
  public DatabaseMigrationSpec {
    imagePullSecrets = Lists.orEmpty(imagePullSecrets);
  }
}

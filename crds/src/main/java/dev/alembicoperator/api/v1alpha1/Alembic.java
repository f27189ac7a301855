package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;

/**
 * How Alembic is started in the image, as its own command line has it.
 *
 * @param config Alembic's configuration files, relative to workingDir or absolute, as its option -c
 *     names them. When absent: alembic.ini or pyproject.toml as found in workingDir
 * @param section the section of the configuration that holds Alembic's settings, as its option -n
 *     names it. When absent: alembic
 * @param xArguments what env.py gets as x-arguments, each as "key=value", as Alembic's option -x
 *     gives them
 * @param workingDir the folder in the image, as an absolute path, in which Alembic is started. When
 *     absent: the image's own working directory
 * @param python the command that starts the Python that has Alembic, such as ["uv", "run",
 *     "python"]. When absent: the interpreter of the alembic command on the PATH, else python3,
 *     else python
 * @param command run this migrate command of the project, such as ["flask", "db", "upgrade"], with
 *     the runner around it, where plain Alembic cannot load the project. The target is then the
 *     command's own. When absent: Alembic itself
 * @param setUrl put the connection URL into sqlalchemy.url too, so that an env.py that reads only
 *     the configuration migrates this database and no other. When absent: true, except with
 *     database.inPod
 */
@RecordBuilder
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Alembic(
    @Size(max = 8) List<@Size(min = 1, max = 1024) @Pattern(Texts.ONE_LINE) String> config,
    @Size(min = 1, max = 128) @Pattern("^[A-Za-z0-9_][A-Za-z0-9_.:-]*$") String section,
    @Size(max = 32) List<@Size(min = 1, max = 1024) @Pattern(Texts.ONE_LINE) String> xArguments,
    @Size(min = 1, max = 1024) @Pattern(Texts.ABSOLUTE_PATH) String workingDir,
    @Size(max = 16) List<@Size(min = 1, max = 1024) @Pattern(Texts.ONE_LINE) String> python,
    @Size(max = 32) List<@Size(min = 1, max = 1024) @Pattern(Texts.ONE_LINE) String> command,
    Boolean setUrl) {

  /** Absent lists are empty lists. */
  public Alembic {
    config = Lists.orEmpty(config);
    xArguments = Lists.orEmpty(xArguments);
    python = Lists.orEmpty(python);
    command = Lists.orEmpty(command);
  }
}

package dev.alembicoperator.testing.jobs;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Where the paths of a container are on this machine. A local process has no mount namespace of its
 * own, so what the container would see mounted is named by its real path instead.
 *
 * <p>The rule: a container path counts where a program would read it as a path, that is at the
 * start of the text or after one of {@code = : , ; < > | & ( " '}, white space or the {@code :///}
 * of a SQLite URL, and if it ends there or goes on with {@code /} or one of the same characters. So
 * {@code --report=/dev/termination-log}, {@code sh -c 'cat /config/x'}, {@code PYTHONPATH=/a:/b}
 * and {@code sqlite:////data/app.db} are rewritten; {@code postgresql://db/tmp} and {@code
 * /tmpfiles} are not. Of two mounts, the deeper one wins.
 *
 * <p>What is <em>not</em> rewritten: paths inside of files, and values that come from Secrets and
 * ConfigMaps, whose bytes must arrive as they are.
 */
final class ContainerPaths {

  private static final String SEPARATORS = "=:,;<>|&()\"'\\s";

  private final Map<String, Path> mounts;
  private final Pattern occurrence;

  /**
   * Creates the mapping.
   *
   * @param mounts from absolute container paths without a slash at the end to the real ones
   */
  ContainerPaths(Map<String, Path> mounts) {
    this.mounts = Map.copyOf(mounts);
    String alternatives =
        mounts.keySet().stream()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .map(Pattern::quote)
            .collect(Collectors.joining("|"));
    this.occurrence =
        Pattern.compile(
            "(?<=^|:///|[%1$s])(?:%2$s)(?=$|[/%1$s])".formatted(SEPARATORS, alternatives));
  }

  /** Returns the text with each container path in it replaced by the real one. */
  String rewrite(String text) {
    return occurrence
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(mounts.get(found.group()).toString()));
  }
}

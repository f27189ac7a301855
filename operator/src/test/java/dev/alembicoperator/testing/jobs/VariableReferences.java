package dev.alembicoperator.testing.jobs;

import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code $(NAME)} references of commands, arguments and variables, as Kubernetes reads them
 * (third_party/forked/golang/expansion/expand.go): unknown names stay as they are, {@code $$} is
 * one dollar sign, and so {@code $$(NAME)} is the text {@code $(NAME)}.
 */
final class VariableReferences {

  private static final Pattern REFERENCE = Pattern.compile("\\$\\$|\\$\\((?<name>[^)]*)\\)");

  private VariableReferences() {}

  static String expand(String text, Map<String, String> variables) {
    return REFERENCE
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(value(found, variables)));
  }

  private static String value(MatchResult found, Map<String, String> variables) {
    String name = found.group("name");
    return name == null ? "$" : variables.getOrDefault(name, found.group());
  }
}

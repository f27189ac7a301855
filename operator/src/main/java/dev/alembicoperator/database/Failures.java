package dev.alembicoperator.database;

import dev.alembicoperator.api.v1alpha1.Reason;
import dev.alembicoperator.api.v1alpha1.TlsMode;
import dev.alembicoperator.database.DatabaseView.LoginRefused;
import dev.alembicoperator.database.DatabaseView.Unreachable;
import java.io.EOFException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * What a failed look means. Judged by SQLSTATE (PostgreSQL manual, appendix "PostgreSQL Error
 * Codes") and by the class of the causes, never by words: both server and driver translate theirs.
 */
final class Failures {
  private static final int LONGEST_SENTENCE = 300;

  /** The driver's own 08004: this client and that server cannot agree how to log in. */
  private static final String REJECTED = "08004";

  private final ConnectionSettings settings;
  private final Scrubber scrubber;

  Failures(ConnectionSettings settings, Scrubber scrubber) {
    this.settings = settings;
    this.scrubber = scrubber;
  }

  /** The view for whatever a look threw. */
  DatabaseView view(Throwable failure) {
    if (failure instanceof Dialer.UnreadableAuthorities) {
      return new LoginRefused(
          Reason.TlsFailed,
          "The given CA holds no certificate that can be read; it must be PEM text, complete.");
    }
    if (failure instanceof Look.NoVersionTable none) {
      return new LoginRefused(
          Reason.InvalidSpec,
          "The table that should be Alembic's version table %s; look at spec.database.versionTable."
              .formatted(scrubber.clean(none.getMessage())));
    }
    if (failure instanceof PSQLException answered && answered.getServerErrorMessage() != null) {
      return refused(answered.getServerErrorMessage());
    }
    Optional<SSLHandshakeException> tls = tls(failure);
    if (tls.isPresent()) {
      return new LoginRefused(
          Reason.TlsFailed,
          "TLS with the database server failed: %s. Look at spec.database.tls: its CA must have signed the server's certificate, and that must be made out to the host."
              .formatted(sentence(tls.get().getMessage())));
    }
    if (failure instanceof SQLException sql && REJECTED.equals(sql.getSQLState())) {
      return rejected();
    }
    return unreachable();
  }

  /**
   * The one answer for refused, unknown, silent and forbidden addresses, and for whatever is no
   * PostgreSQL server.
   */
  Unreachable unreachable() {
    String address =
        settings.host().isEmpty()
            ? "of the connection settings"
            : "at " + scrubber.clean(settings.host(), LONGEST_SENTENCE);
    String port = settings.port().isPresent() ? " port " + settings.port().getAsInt() : "";
    return new Unreachable(
        "The operator cannot reach a PostgreSQL server %s%s; it keeps trying. Look whether the server runs, and whether host, port and network policies let the operator in."
            .formatted(address, port));
  }

  private LoginRefused refused(ServerErrorMessage answer) {
    String state = answer.getSQLState() == null ? "" : answer.getSQLState();
    String said = sentence(answer.getMessage());
    return switch (state) {
      case "28P01", "28000" ->
          new LoginRefused(
              Reason.AuthenticationFailed,
              "The database server refused the login: %s. Look at user and password in the Secret, and at the server's pg_hba.conf."
                  .formatted(said));
      case "3D000" ->
          new LoginRefused(
              Reason.WaitingForDatabase,
              "The server answers, but the database is not there: %s. The operator keeps looking; create it, or correct its name."
                  .formatted(said));
      case "42501" ->
          new LoginRefused(
              Reason.PermissionDenied,
              "The database refused to be read: %s. Grant the role CONNECT on the database, USAGE on the schema and SELECT on the version table."
                  .formatted(said));
      case "42703", "42809" ->
          new LoginRefused(
              Reason.InvalidSpec,
              "The table that should be Alembic's version table is none: %s. Look at spec.database.versionTable."
                  .formatted(said));
      default -> new LoginRefused(Reason.WaitingForDatabase, passing(state, said));
    };
  }

  /** What passes by itself. */
  private static String passing(String state, String said) {
    String what =
        switch (state) {
          case "53300" -> "The database server has no connection left";
          case "57P01", "57P02", "57P03" -> "The database server is starting up or shutting down";
          case "55P03", "57014" ->
              "The database server answers, but the version table could not be read in time";
          default -> "The database server answers, but cannot be read now";
        };
    return what + ": " + said + ". The operator keeps looking.";
  }

  private LoginRefused rejected() {
    if (settings.password().isEmpty()) {
      return new LoginRefused(
          Reason.AuthenticationFailed,
          "The database server asks for a password and the connection settings have none. Put it"
              + " into the Secret.");
    }
    if (settings.effectiveTls() == TlsMode.DISABLE || settings.effectiveTls() == TlsMode.PREFER) {
      return new LoginRefused(
          Reason.AuthenticationFailed,
          "The database server asks for a way of login that the operator does not know; it knows"
              + " SCRAM, MD5 and plain passwords.");
    }
    return new LoginRefused(
        Reason.TlsFailed,
        "The database server offers no TLS, and mode %s insists on it. Turn TLS on at the server, or change spec.database.tls.mode."
            .formatted(settings.effectiveTls().text()));
  }

  /**
   * A certificate that did not convince, or no version in common; not a connection that broke
   * meanwhile, nor an answer that is no TLS: that is no PostgreSQL server.
   */
  private static Optional<SSLHandshakeException> tls(Throwable failure) {
    boolean broken =
        causes(failure)
            .anyMatch(cause ->
                cause instanceof SocketException
                    || cause instanceof EOFException
                    || cause instanceof SocketTimeoutException);
    return broken
        ? Optional.empty()
        : causes(failure)
            .filter(SSLHandshakeException.class::isInstance)
            .map(SSLHandshakeException.class::cast)
            .findFirst();
  }

  private static Stream<Throwable> causes(Throwable failure) {
    return Stream.iterate(failure, cause -> cause != null, Throwable::getCause).limit(10);
  }

  private String sentence(String text) {
    String clean = scrubber.clean(text, LONGEST_SENTENCE);
    return clean.endsWith(".") ? clean.substring(0, clean.length() - 1) : clean;
  }
}

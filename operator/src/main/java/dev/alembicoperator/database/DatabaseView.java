package dev.alembicoperator.database;

import dev.alembicoperator.api.v1alpha1.Reason;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What one look at a database brought. No text in it holds a credential. */
public sealed interface DatabaseView {

  /**
   * The database was read.
   *
   * @param serverVersion {@code 18.1}, without the packager's words
   * @param identity {@code <system identifier>/<database oid>}; absent where the role may not ask,
   *     or the server is PostgreSQL only by its protocol
   * @param inRecovery a standby
   * @param tls whether this connection was encrypted, as the server sees it
   * @param host the host that answered, as the settings spell it
   * @param name the database
   * @param versionTableExists false too where a table of that name is not on the role's search path
   * @param rows the version table's rows, sorted
   * @param backends the living backends that carry the asked application name
   */
  record Read(
      String serverVersion,
      Optional<String> identity,
      boolean inRecovery,
      boolean tls,
      String host,
      String name,
      boolean versionTableExists,
      List<String> rows,
      List<Backend> backends)
      implements DatabaseView {
    public Read {
      Objects.requireNonNull(serverVersion, "serverVersion");
      identity = identity == null ? Optional.empty() : identity;
      Objects.requireNonNull(host, "host");
      Objects.requireNonNull(name, "name");
      rows = rows == null ? List.of() : rows.stream().sorted().toList();
      backends = backends == null ? List.of() : List.copyOf(backends);
    }
  }

  /**
   * No PostgreSQL server answered. Refused, unknown host, time-out and forbidden address carry the
   * same sentence: whoever writes the Secret must not be able to map the operator's network with
   * it.
   */
  record Unreachable(String message) implements DatabaseView {
    public Unreachable {
      Objects.requireNonNull(message, "message");
    }
  }

  /**
   * A server answered and would not let the operator in or read.
   *
   * @param reason {@code AuthenticationFailed}, {@code PermissionDenied}, {@code TlsFailed}; {@code
   *     WaitingForDatabase} for what passes by itself (no such database yet, starting up, too many
   *     connections); {@code InvalidSpec} for a version table that is none
   * @param message a sentence with cause and remedy
   */
  record LoginRefused(Reason reason, String message) implements DatabaseView {
    public LoginRefused {
      Objects.requireNonNull(reason, "reason");
      Objects.requireNonNull(message, "message");
    }
  }
}

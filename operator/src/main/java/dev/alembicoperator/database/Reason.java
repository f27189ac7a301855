package dev.alembicoperator.database;

/** Stands in for the API's closed list of reasons until that is delivered. */
public enum Reason {
  AuthenticationFailed,
  PermissionDenied,
  TlsFailed,
  WaitingForDatabase,
  InvalidSpec
}

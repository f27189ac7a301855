# SPDX-License-Identifier: Apache-2.0
"""What kind of statement a text is, told by its first words."""

import re

_COMMENTS = re.compile(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)+", re.DOTALL)
_READING = ("SELECT", "SHOW", "SET", "RESET", "EXPLAIN", "PRAGMA", "VALUES", "BEGIN", "START", "SAVEPOINT", "RELEASE", "ROLLBACK")
_SCHEMA = ("CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE", "COMMENT", "GRANT", "REVOKE", "REINDEX")
_ENDING = ("LOCK", "UNLOCK", "ANALYZE", "CHECK", "OPTIMIZE", "REPAIR", "FLUSH", "INSTALL", "UNINSTALL", "CALL", "IMPORT")
_SEVERAL = re.compile(
    r"(?is)\A(?:CALL\b|DROP\s+(?:DATABASE|SCHEMA)\b|(?:DROP\s+(?:TEMPORARY\s+)?TABLE|DROP\s+VIEW|RENAME\s+TABLE)\b.*,)"
)
_CONCURRENTLY = re.compile(
    r"(?is)\A(?:CREATE\s+(?:UNIQUE\s+)?INDEX|DROP\s+INDEX|REINDEX\b[^;]*?|REFRESH\s+MATERIALIZED\s+VIEW)\s+CONCURRENTLY\b"
)
_PATIENT = re.compile(r"(?is)\AALTER\s+TABLE\b.*\b(?:VALIDATE\s+CONSTRAINT|DETACH\s+PARTITION\b.*\bCONCURRENTLY)\b|\AVACUUM\b")


def body(statement):
    """The statement without leading blanks and comments."""
    return _COMMENTS.sub("", statement, count=1)


def _word(statement):
    match = re.match(r"[A-Za-z]+", body(statement))
    return match.group().upper() if match else ""


def changes_data(statement):
    """Whether it may change anything: everything but queries, settings and transaction control."""
    return _word(statement) not in _READING + ("COMMIT", "END")


def changes_schema(statement):
    """Whether it is DDL, which commits by itself where DDL is not transactional."""
    return _word(statement) in _SCHEMA


def commits_all(statement):
    """Whether it is DDL, alone or in a text of several statements, or ends a transaction as DDL does on MySQL and MariaDB
    ("Statements That Cause an Implicit Commit")."""
    return any(_word(part) in _SCHEMA + _ENDING for part in statement.split(";"))


def indivisible(statement):
    """Whether a server that refuses it has done nothing of it: one statement about one object, as far as words tell."""
    text = body(statement).rstrip().rstrip(";")
    return ";" not in text and not _SEVERAL.match(text)


def further(statement):
    """How many more results a text may have that is sent as several statements.

    Some drivers for MySQL send it so, and tell of the later ones' errors only when asked for their results.
    """
    return len([part for part in statement.split(";") if body(part)]) - 1


def commits(statement):
    """Whether it is a COMMIT written as text."""
    return _word(statement) in ("COMMIT", "END")


def may_leave_parts(statement):
    """Whether it may leave something behind although it failed, as a concurrent index build does."""
    return bool(_CONCURRENTLY.match(body(statement)))


def waits_for_others(statement):
    """Whether it waits by design for other transactions while it blocks nobody, so that ``lock_timeout`` would only kill it."""
    text = body(statement)
    return bool(_CONCURRENTLY.match(text) or _PATIENT.match(text))

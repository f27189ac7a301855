# SPDX-License-Identifier: Apache-2.0
"""The closed list of kinds, and how the words and codes of Alembic, SQLAlchemy and the databases map to it. Data only.

SQLSTATEs are PostgreSQL's (appendix A of its manual), numbers are MySQL's and MariaDB's. Connection errors of psycopg2 and
psycopg carry no SQLSTATE, so these are told by text; a text counts only where there is no code.
"""

from collections import namedtuple
from typing import List, Tuple

Kind = namedtuple("Kind", "retryable remedy")
"""``retryable``: the same run may succeed later without anybody doing anything. ``remedy``: the second half of a sentence."""

_AGAIN = "it is tried again by itself"

KINDS = {
    "WaitingForDatabase": Kind(True, _AGAIN + " when the database answers"),
    "WaitingForLock": Kind(True, "a busy table kept its lock longer than timeouts.lock; " + _AGAIN),
    "WaitingForOtherMigration": Kind(True, "another migration of this database was faster; " + _AGAIN),
    "Retrying": Kind(True, "it was rolled back and " + _AGAIN),
    "InvalidSpec": Kind(False, "correct the resource"),
    "InvalidConnection": Kind(False, "correct the connection in the Secret"),
    "AuthenticationFailed": Kind(False, "correct the user or the password in the Secret"),
    "PermissionDenied": Kind(False, "grant the right to the migrating role, or migrate as the owner of the objects"),
    "NotPrimary": Kind(True, "give the address of the primary, which accepts writes"),
    "PoolerNotSupported": Kind(False, "give a direct address of the database, or a pooler in session mode"),
    "TlsFailed": Kind(False, "correct the certificate, the CA in database.tls.caFrom or database.tls.mode"),
    "WrongDatabase": Kind(False, "let env.py take its URL from the variable database.urlEnv or from sqlalchemy.url"),
    "NoMigrations": Kind(False, "check that the image contains the versions folder (.dockerignore, script_location)"),
    "ConfigNotFound": Kind(False, "set alembic.config and alembic.workingDir to where alembic.ini or pyproject.toml is"),
    "ImportFailed": Kind(False, "install the module in the image, or correct prepend_sys_path and alembic.workingDir"),
    "BrokenGraph": Kind(False, "repair the revision files in the image"),
    "EnvUnsupported": Kind(False, "correct env.py"),
    "PythonNotFound": Kind(False, "set alembic.python to the image's interpreter"),
    "AlembicTooOld": Kind(False, "update Alembic in the image to 1.7 or newer"),
    "UnknownRevision": Kind(False, "name a revision that this image has"),
    "DatabaseAhead": Kind(False, "deploy an image that has this revision, or set downgradePolicy to ToImage"),
    "MultipleHeads": Kind(False, 'set the target to "heads" or to label@head, or merge the heads with "alembic merge"'),
    "NotAnAncestor": Kind(False, "name a target that lies in line with the database's revision"),
    "DowngradeForbidden": Kind(False, "set downgradePolicy to ToTarget to allow it, or name a target that is not behind"),
    "IrreversibleRevision": Kind(False, "write its downgrade(), or name a target that needs no way back over it"),
    "UnversionedDatabase": Kind(
        False, "set adopt.baseline to the revision that the tables are at, or to base where they are not yours"
    ),
    "OverlappingVersions": Kind(False, "delete the row of the older one from the version table"),
    "MigrationFailed": Kind(False, "correct the migration and deploy a new image"),
    "DataViolation": Kind(False, "correct the data or the migration, then ask for a retry"),
    "AlreadyExists": Kind(
        False, "the object was made outside the migrations or by a half-applied step: compare, then remove or adopt it"
    ),
    "DoesNotExist": Kind(
        False, "the object was removed outside the migrations, or the search path differs: correct it, then retry"
    ),
    "NeedsAutocommit": Kind(False, "put the statement into op.get_context().autocommit_block(), or into a revision of its own"),
    "ValueTooLong": Kind(False, "widen the column or shorten the value, then ask for a retry"),
    "StatementTimeout": Kind(False, "raise timeouts.statement, or make the statement cheaper"),
    "NotCommitted": Kind(
        False, "let env.py run nothing on the connection before context.configure(), or commit the connection itself at the end"
    ),
    "PartiallyApplied": Kind(False, "part of it stays in the database: undo or finish it by hand, then ask for a retry"),
    "LeftoversFound": Kind(False, "mend it, then ask for a retry"),
    "DeadlineExceeded": Kind(False, "raise timeouts.run, or split the migration"),
    "Cancelled": Kind(False, "ask for a retry when it shall go on"),
}

STAGES = {
    "start": "InvalidSpec",
    "config": "ConfigNotFound",
    "graph": "BrokenGraph",
    "env": "EnvUnsupported",
    "connect": "WaitingForDatabase",
    "step": "MigrationFailed",
    "undo": "MigrationFailed",
    "verify": "WaitingForDatabase",
}
"""Kinds of what nothing else explains, by where it happened."""


def _expand(table):
    return {code: kind for kind, codes in table.items() for code in codes.split()}


SQLSTATES = _expand(
    {
        "WaitingForDatabase": "08 57P01 57P02 57P03 53300 3D000 25P03 25P04 57P05 53",
        "WaitingForLock": "55P03",
        "Retrying": "40P01 40001 40003",
        "AuthenticationFailed": "28000 28P01",
        "PermissionDenied": "42501",
        "NotPrimary": "25006",
        "PoolerNotSupported": "42P05 26000",
        "DataViolation": "23502 23503 23505 23514 23P01 23001",
        "AlreadyExists": "42P07 42701 42710 42P06 42723 42P04",
        "DoesNotExist": "42P01 42703 42704 42883 3F000",
        "NeedsAutocommit": "25001 55P04",
        "ValueTooLong": "22001",
        "StatementTimeout": "57014",
    }
)

NUMBERS = {
    int(number): kind
    for number, kind in _expand(
        {
            "WaitingForDatabase": "1021 1040 1049 1053 1129 1158 1159 1160 1161 1203 1226 1927 "
            "2002 2003 2005 2006 2013 2055 3169",
            "WaitingForLock": "1205",
            "Retrying": "1213",
            "AuthenticationFailed": "1045 1130 1251 1524 1698 1820 1862 2059",
            "PermissionDenied": "1044 1142 1143 1227 1370 1419",
            "NotPrimary": "1792 1836",
            "TlsFailed": "2026 3159",
            "DataViolation": "1022 1048 1062 1138 1169 1216 1217 1264 1265 1292 1364 1366 1451 1452 1557 1586 3819 4025",
            "AlreadyExists": "1007 1050 1060 1061 1304 1359 1826",
            "DoesNotExist": "1008 1051 1054 1072 1091 1109 1146 1176 1305 1360",
            "ValueTooLong": "1406",
            "StatementTimeout": "3024 1969",
            "Cancelled": "1317",
        }
    ).items()
}
"""Of servers (1...) and of client libraries (2...): MariaDB's "Error Codes", MySQL's "Error Message Reference"."""

MYSQL_MODULES = ("mysql", "maria", "asyncmy")
"""Words in the module names of every driver for MySQL and MariaDB."""

_EXCEPTIONAL = [
    # A race of two CREATE TABLE on PostgreSQL says 23505, but no data is at fault.
    ("pg_type_typname_nsp_index", "WaitingForOtherMigration"),
    ("pg_namespace_nspname_index", "WaitingForOtherMigration"),
    ("expected to match one row", "WaitingForOtherMigration"),
    ("unsupported startup parameter", "PoolerNotSupported"),
    # Drivers in Python give these the number of any failed connection.
    ("certificate verify failed", "TlsFailed"),
    # MySQL's number 1290 is that of every option, and one of them is --read-only.
    ("read-only option", "NotPrimary"),
    ("read_only option", "NotPrimary"),
    ("super-read-only option", "NotPrimary"),
]

_READ_URL = "let env.py take its URL from the variable database.urlEnv or from sqlalchemy.url"

_TEXTS: List[Tuple[str, ...]] = [
    ("Can't locate revision", "UnknownRevision"),
    ("Multiple revisions start with", "UnknownRevision"),
    ("No such revision or branch", "UnknownRevision"),
    ("Multiple head revisions", "MultipleHeads"),
    ("Multiple heads are present", "MultipleHeads"),
    ("Ambiguous", "MultipleHeads"),
    ("is not an ancestor of", "NotAnAncestor"),
    ("is not a valid", "NotAnAncestor"),
    ("didn't produce", "UnknownRevision"),
    ("Walked too far", "UnknownRevision"),
    ("overlaps with other", "OverlappingVersions"),
    ("is detected in revisions", "BrokenGraph"),
    ("Could not determine revision id", "BrokenGraph"),
    ("No 'script_location'", "ConfigNotFound"),
    ("No config file", "ConfigNotFound"),
    ("Path doesn't exist", "ConfigNotFound"),
    ("No section", "ConfigNotFound"),
    ("server does not support SSL", "TlsFailed"),
    ("rejected SSL upgrade", "TlsFailed"),
    ("root certificate file", "TlsFailed"),
    ("TLS/SSL error", "TlsFailed"),
    ("SSL is required", "TlsFailed"),
    ("sslmode", "TlsFailed"),
    ("SSL error", "TlsFailed"),
    ("password authentication failed", "AuthenticationFailed"),
    ("no password supplied", "AuthenticationFailed"),
    ("not permitted to log in", "AuthenticationFailed"),
    ("no pg_hba.conf entry", "AuthenticationFailed"),
    ('FATAL:  role "', "AuthenticationFailed"),
    ("onnection refused", "WaitingForDatabase"),
    ("Connect call failed", "WaitingForDatabase"),
    ("could not translate host", "WaitingForDatabase"),
    ("failed to resolve host", "WaitingForDatabase"),
    ("Name or service not known", "WaitingForDatabase"),
    ("Temporary failure in name resolution", "WaitingForDatabase"),
    ("o route to host", "WaitingForDatabase"),
    ("etwork is unreachable", "WaitingForDatabase"),
    ("onnection timed out", "WaitingForDatabase"),
    ("timeout expired", "WaitingForDatabase"),
    ("connection timeout", "WaitingForDatabase"),
    ('FATAL:  database "', "WaitingForDatabase"),
    ("starting up", "WaitingForDatabase"),
    ("shutting down", "WaitingForDatabase"),
    ("too many connections", "WaitingForDatabase"),
    ("too many clients", "WaitingForDatabase"),
    ("server closed the connection", "WaitingForDatabase"),
    ("connection was closed", "WaitingForDatabase"),
    ("connection is closed", "WaitingForDatabase"),
    ("connection already closed", "WaitingForDatabase"),
    ("the connection is lost", "WaitingForDatabase"),
    ("unable to open database file", "WaitingForDatabase"),
    ("database is locked", "WaitingForLock"),
    ("attempt to write a readonly database", "PermissionDenied"),
    ("UNIQUE constraint failed", "DataViolation"),
    ("NOT NULL constraint failed", "DataViolation"),
    ("CHECK constraint failed", "DataViolation"),
    ("FOREIGN KEY constraint failed", "DataViolation"),
    ("already exists", "AlreadyExists"),
    ("duplicate column name", "AlreadyExists"),
    ("no such table", "DoesNotExist"),
    ("no such column", "DoesNotExist"),
    (
        "greenlet_spawn",
        "EnvUnsupported",
        "env.py is synchronous: set database.driver to a driver that is so too (psycopg, psycopg2)",
    ),
    (
        "requires an async driver",
        "EnvUnsupported",
        "env.py is asynchronous: set database.driver to a driver that is so too (asyncpg)",
    ),
    (
        "does not support ssl_mode",
        "TlsFailed",
        "update mysqlclient in the image to 2.2 or newer, or name another database.driver",
    ),
    ("interpolation syntax", "EnvUnsupported", "let env.py double each percent sign that it gives to set_main_option()"),
    ("Could not parse SQLAlchemy URL", "EnvUnsupported", _READ_URL),
    ("Could not parse rfc1738 URL", "EnvUnsupported", _READ_URL),
    ("Can't load plugin: sqlalchemy.dialects", "EnvUnsupported", _READ_URL),
]


def by_exceptional_text(text):
    """A kind that a text proves whatever code stands beside it, or None."""
    return next((kind for words, kind in _EXCEPTIONAL if words in text), None)


MISSING_VARIABLE = "give the project this variable in database.urlEnv, where it is the database's URL, or in pod.env"


def by_text(text):
    """The kind that a text tells where there is no code, and the remedy for just this text; each may be None."""
    entry = next((entry for entry in _TEXTS if entry[0] in text), (None, None))
    return entry[1], entry[2] if len(entry) > 2 else None

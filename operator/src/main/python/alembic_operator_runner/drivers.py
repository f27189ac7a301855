# SPDX-License-Identifier: Apache-2.0
"""The drivers that SQLAlchemy knows, as a table, and which of them this image has."""

import importlib.util
from collections import namedtuple

from . import catalogue
from .errors import Refusal
from .text import listed, quoted

Driver = namedtuple("Driver", "dialect name module parameters")
"""``parameters``: whose names the query of a URL must use: ``libpq``, ``asyncpg``, ``mysql``, ``mysqlclient`` or ``none``."""

DRIVERS = (
    Driver("postgresql", "psycopg", "psycopg", "libpq"),
    Driver("postgresql", "psycopg2", "psycopg2", "libpq"),
    Driver("postgresql", "asyncpg", "asyncpg", "asyncpg"),
    Driver("postgresql", "psycopg_async", "psycopg", "libpq"),
    Driver("postgresql", "psycopg2cffi", "psycopg2cffi", "libpq"),
    Driver("postgresql", "pg8000", "pg8000", "none"),
    Driver("mysql", "mysqldb", "MySQLdb", "mysqlclient"),
    Driver("mysql", "pymysql", "pymysql", "mysql"),
    Driver("mysql", "mysqlconnector", "mysql.connector", "none"),
    Driver("mysql", "aiomysql", "aiomysql", "mysql"),
    Driver("mysql", "asyncmy", "asyncmy", "mysql"),
    Driver("mariadb", "mariadbconnector", "mariadb", "none"),
    Driver("sqlite", "pysqlite", "sqlite3", "none"),
    Driver("sqlite", "aiosqlite", "aiosqlite", "none"),
)


def _for(dialect):
    """The drivers of a dialect; MariaDB is reached with MySQL's as well."""
    dialects = ("mariadb", "mysql") if dialect == "mariadb" else (dialect,)
    return [d for d in DRIVERS if d.dialect in dialects]


def _installed(module):
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:  # the package around a submodule is missing
        return False


def _default(dialect):
    """The driver that this SQLAlchemy takes when a URL names none, or None for a dialect that it does not know."""
    from sqlalchemy.engine.url import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        return make_url(dialect + "://").get_dialect().driver
    except (ArgumentError, NoSuchModuleError):
        return None


def choose(dialect, wanted, written):
    """Which driver the URL shall name.

    ``wanted`` is the resource's choice, ``written`` the one in the Secret's URL. Returns ``(name, effective, note)``: the name
    to write, None for none at all (many projects put their own in with a text replacement, so nothing is added without
    need), the driver that then works, and a sentence for the report when SQLAlchemy's default is not in the image but another
    one is. Raises :class:`Refusal` (``ImportFailed``) when the resource wants one that is not installed.
    """
    known = {d.name: d for d in _for(dialect)}
    installed = [d.name for d in known.values() if _installed(d.module)]
    if wanted:
        if wanted in known and wanted not in installed:
            raise Refusal(
                "ImportFailed",
                "database.driver is %s, which the image does not have (it has: %s); install it, or name another driver"
                % (quoted(wanted), listed(installed) or "none for this database"),
            )
        return wanted, wanted, None
    if written:
        return written, written, None
    default = _default(dialect)
    if default is None or default in installed or not installed:
        return None, default, None
    other = installed[0]
    note = 'the image has no %s, which SQLAlchemy takes for "%s://"; %s is used instead' % (default, dialect, other)
    return other, other, note


def parameters(dialect, driver):
    """Whose parameter names a URL with this driver must use."""
    return next((d.parameters for d in _for(dialect) if d.name == driver), "none")


def dialect_of(dbapi_connection):
    """The dialect behind a DBAPI connection, told by the module of its class, or None."""
    module = type(dbapi_connection).__module__.lower()
    if any(word in module for word in ("psycopg", "asyncpg", "pg8000", "postgresql")):
        return "postgresql"
    if any(word in module for word in catalogue.MYSQL_MODULES):
        return "mysql"
    return "sqlite" if "sqlite" in module else None


def in_transaction(dbapi_connection):
    """Whether the server has a transaction open for this connection: True, False, or None where the driver cannot tell."""
    inner = getattr(dbapi_connection, "driver_connection", dbapi_connection)
    for probe in (
        lambda: inner.info.transaction_status != 0,  # psycopg2, psycopg
        lambda: inner.is_in_transaction(),  # asyncpg
        lambda: inner.in_transaction,  # sqlite3, aiosqlite
        lambda: _asyncmy(inner),
        lambda: inner.server_status & 1,  # PyMySQL, aiomysql
    ):
        try:
            answer = probe()
            return answer if answer is None else bool(answer)
        except AttributeError:
            continue
    return None


def _asyncmy(connection):
    """asyncmy 0.2.18 keeps its last status where the server says "nothing at all", so only a no of it is believed."""
    if "asyncmy" not in type(connection).__module__:
        raise AttributeError
    return None if connection.server_status & 1 else False


def autocommits(dbapi_connection):
    """Whether each statement commits itself."""
    value = getattr(dbapi_connection, "autocommit", None)
    if isinstance(value, bool):
        return value
    inner = getattr(dbapi_connection, "driver_connection", dbapi_connection)
    getter = getattr(inner, "get_autocommit", None)  # the drivers for MySQL
    return bool(getter()) if callable(getter) else False


def client_process(dbapi_connection):
    """The process number that the *peer* gave at the start of the session, or None. A pooler gives a number of its own."""
    inner = getattr(dbapi_connection, "driver_connection", dbapi_connection)
    for probe in (lambda: inner.info.backend_pid, lambda: inner.get_server_pid()):
        try:
            return probe()
        except AttributeError:
            continue
    return None

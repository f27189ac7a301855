# SPDX-License-Identifier: Apache-2.0
"""Settings for every session that the image opens, and our own statements on the migration's session.

Settings come by SQLAlchemy's ``connect`` event at class level: it reaches every driver, asynchronous ones too, and needs no
change of env.py (``PGOPTIONS`` does not reach asyncpg).
"""

import asyncio
import contextlib
from typing import Dict

from . import drivers, mysqltls

NAME_BYTES = 63
"""PostgreSQL cuts ``application_name`` after this many bytes."""

RESOURCE_BYTES = 24
"""Of these the operator's name for a resource has no more (ApplicationName.java)."""


def application_name(resource, attempt, step=0, steps=0, revision="-"):
    """``<resource>/<attempt>/<step>.<steps>/<revision>`` in at most 63 bytes.

    What is too long is cut from the resource's end, down to the length that the operator gives it, by which it knows its
    sessions; then from the revision's.
    """
    tail = "/%s/%d.%d/%s" % (attempt, step, steps, revision)
    name = resource[: max(RESOURCE_BYTES, NAME_BYTES - len(tail.encode()))] + tail
    return name.encode("ascii", "replace").decode("ascii")[:NAME_BYTES]


class Settings:
    """What each session is told at its start."""

    def __init__(self, options, watch):
        self._options = options
        self._watch = watch
        self.step = 0
        self.steps = 0
        self.revision = "-"

    @property
    def name(self):
        """The application name of sessions that open now."""
        return application_name(self._options.resource, self._options.attempt, self.step, self.steps, self.revision)

    @property
    def lock_timeout(self):
        """``lock_timeout`` in whole milliseconds; 0 means none."""
        return int((self._options.lock_timeout or 0) * 1000)

    def install(self):
        """Listens to every engine of this process."""
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        event.listen(Engine, "connect", self._on_connect)
        event.listen(Engine, "do_connect", self._on_do_connect)
        if self._options.connect_timeout:
            self._limit_connecting(self._options.connect_timeout)

    def _limit_connecting(self, seconds):
        """MySQL's drivers limit the time for reaching the server, and not that for its first word."""
        from sqlalchemy.engine.default import DefaultDialect

        original = DefaultDialect.connect

        def connect(dialect, *arguments, **parameters):
            if dialect.name not in ("mysql", "mariadb"):
                return original(dialect, *arguments, **parameters)
            with self._watch.limited(seconds + 1):
                return original(dialect, *arguments, **parameters)

        DefaultDialect.connect = connect

    def _on_do_connect(self, dialect, record, arguments, parameters):
        seconds = self._options.connect_timeout
        name = "timeout" if dialect.driver == "asyncpg" else "connect_timeout"
        if seconds and dialect.name in ("postgresql", "mysql", "mariadb") and dialect.driver not in ("pg8000", "mysqlconnector"):
            parameters.setdefault(name, seconds if dialect.driver == "asyncpg" else max(2, int(seconds)))
        if dialect.driver in ("aiomysql", "asyncmy") and isinstance(parameters.get("ssl"), dict):
            parameters["ssl"] = mysqltls.context(parameters["ssl"])

    def _on_connect(self, connection, record):
        dialect = drivers.dialect_of(connection)
        with contextlib.closing(connection.cursor()) as cursor:
            if dialect == "postgresql":
                cursor.execute(self._postgresql())
            elif dialect == "mysql":
                cursor.execute("SELECT VERSION()")
                statement = self._mysql("mariadb" in str(cursor.fetchone()[0]).lower())
                if statement:
                    cursor.execute(statement)
            else:
                return
        connection.commit()

    def _postgresql(self):
        settings = [("application_name", self.name)]
        if self._options.lock_timeout is not None:
            settings.append(("lock_timeout", "%dms" % self.lock_timeout))
        if self._options.statement_timeout is not None:
            settings.append(("statement_timeout", "%dms" % (self._options.statement_timeout * 1000)))
        calls = ["set_config(%s, %s, false)" % (literal(k), literal(v)) for k, v in settings]
        # A killed client's statement then ends within a second instead of running on (PostgreSQL 14 and newer).
        calls.append(
            "CASE WHEN current_setting('server_version_num')::int >= 140000"
            " THEN set_config('client_connection_check_interval', '1000ms', false) END"
        )
        return "SELECT " + ", ".join(calls)

    def _mysql(self, mariadb):
        settings: Dict[str, float] = {}
        if self._options.lock_timeout is not None:
            # Whole seconds, of which there is at least one: for metadata locks, and for rows.
            seconds = max(1, round(self._options.lock_timeout))
            settings.update(lock_wait_timeout=seconds, innodb_lock_wait_timeout=seconds)
        if self._options.statement_timeout is not None:
            if mariadb:
                settings["max_statement_time"] = self._options.statement_timeout
            else:  # MySQL limits queries only
                settings["max_execution_time"] = int(self._options.statement_timeout * 1000)
        return "SET SESSION " + ", ".join("%s = %s" % pair for pair in settings.items()) if settings else None


def literal(text):
    """A string literal of SQL for words of our own and names from the server."""
    return "'%s'" % str(text).replace("\\", "").replace("'", "''")


class Session:
    """Our statements on a DBAPI connection, past SQLAlchemy.

    SQLAlchemy 2 begins a transaction of its own at the first statement, and Alembic then takes it for one that env.py began
    and will commit. Statements through the bare cursor leave that reckoning alone; :meth:`settle` ends the server's
    transaction that they opened, but only if there was none before.
    """

    def __init__(self, dbapi_connection):
        self.connection = dbapi_connection
        self.dialect = drivers.dialect_of(dbapi_connection)
        self._foreign = drivers.in_transaction(dbapi_connection)

    @classmethod
    def of(cls, sqlalchemy_connection):
        """The session under a SQLAlchemy connection, of 1.4 or 2."""
        session = cls(dbapi_connection(sqlalchemy_connection.connection))
        if session._foreign is None:  # then SQLAlchemy must know whether it has begun one
            session._foreign = bool(sqlalchemy_connection.in_transaction())
        return session

    def rows(self, statement):
        """Runs one statement without parameters; returns all rows."""
        with contextlib.closing(self.connection.cursor()) as cursor:
            cursor.execute(statement)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def row(self, statement):
        """The first row."""
        return self.rows(statement)[0]

    def run(self, statement):
        """Runs one statement that returns nothing."""
        with contextlib.closing(self.connection.cursor()) as cursor:
            cursor.execute(statement)

    def settle(self):
        """Ends a transaction that only our own statements opened: no snapshot is held while we wait or think."""
        if self._foreign is False:
            self.connection.rollback()

    def refresh(self):
        """Notes anew whether a transaction of somebody else is open."""
        self._foreign = drivers.in_transaction(self.connection)


def dbapi_connection(pooled):
    """The driver's connection behind a pooled one (SQLAlchemy 1.4.24 and newer, and before)."""
    return getattr(pooled, "dbapi_connection", None) or pooled.connection


def on_fresh_connection(engine, work):
    """Calls ``work(session)`` on a new connection made as the image makes its own, outside any event loop.

    The pool is copied, not used: its idle connections may belong to an event loop that has ended.
    """

    def connect_and_work():
        pooled = engine.pool.recreate().connect()
        try:
            return work(Session(dbapi_connection(pooled)))
        finally:
            pooled.invalidate()

    if getattr(engine.dialect, "is_async", False):
        from sqlalchemy.util import greenlet_spawn

        return asyncio.run(greenlet_spawn(connect_and_work))
    return connect_and_work()

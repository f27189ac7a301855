# SPDX-License-Identifier: Apache-2.0
"""Lifts ``lock_timeout`` around statements that wait for other transactions by design and block nobody meanwhile."""

from . import drivers
from .session import Session, dbapi_connection
from .statements import waits_for_others


class Patience:
    """``lock_timeout`` is 0 while such a statement runs, and what the session had before again afterwards (PostgreSQL)."""

    def __init__(self):
        self._lifted = {}

    def install(self):
        """Listens to every engine."""
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        event.listen(Engine, "before_cursor_execute", self._before)
        event.listen(Engine, "after_cursor_execute", self._after)
        event.listen(Engine, "handle_error", self._on_error)

    def _before(self, connection, cursor, statement, parameters, context, executemany):
        if not waits_for_others(statement):
            return
        driver = dbapi_connection(connection.connection)
        if drivers.dialect_of(driver) == "postgresql":
            session = Session(driver)
            self._lifted[id(driver)] = session.row("SELECT current_setting('lock_timeout')")[0]
            session.run("SET lock_timeout = 0")

    def _after(self, connection, cursor, statement, parameters, context, executemany):
        if self._lifted:
            self._restore(connection)

    def _on_error(self, context):
        if self._lifted and context.connection is not None:
            # Inside a transaction the server refuses everything now, and its rollback restores the setting.
            self._restore(context.connection)

    def _restore(self, connection):
        driver = dbapi_connection(connection.connection)
        value = self._lifted.pop(id(driver), None)
        if value is not None:
            try:
                Session(driver).run("SET lock_timeout = '%s'" % value)
            except Exception:  # noqa: BLE001 - the statement's own error must not be hidden by ours
                return

# SPDX-License-Identifier: Apache-2.0
"""Stopping a statement in flight from another thread, in each driver's way."""

from .session import on_fresh_connection


def canceller(session, process, engine):
    """A function that cancels whatever the session is running, or None where nothing can.

    libpq's drivers and sqlite3 can do it themselves; for the others a second connection asks the server.
    """
    inner = getattr(session.connection, "driver_connection", session.connection)
    if session.dialect == "postgresql" and hasattr(inner, "cancel"):
        return inner.cancel
    if session.dialect == "sqlite":
        # aiosqlite's own would queue behind the statement that it shall stop; sqlite3's may be called from any thread.
        return getattr(getattr(inner, "_conn", inner), "interrupt", None)
    if process is None:
        return None
    statement = {"postgresql": "SELECT pg_cancel_backend(%d)", "mysql": "KILL QUERY %d"}[session.dialect] % process
    return lambda: on_fresh_connection(engine, lambda other: other.rows(statement))

# SPDX-License-Identifier: Apache-2.0
"""Tells a pooler in transaction mode, in which neither settings nor locks of a session hold."""

from . import drivers
from .errors import Refusal
from .session import on_fresh_connection

_ROUNDS = 3
_PROCESS = "SELECT pg_backend_pid()"
_OURS = ("lock_timeout", "statement_timeout", "client_connection_check_interval", "application_name")


def check(session, facts, settings, engine, connect=on_fresh_connection):
    """Raises :class:`Refusal` (``PoolerNotSupported``) when two of our sessions share one server process.

    A second connection is opened only on suspicion: the peer's process number is not the server's, or our application name is
    gone. In session mode every session keeps its process to itself, and nothing is refused.
    """
    if session.dialect != "postgresql":
        return
    peer = drivers.client_process(session.connection)
    if peer in (None, facts.process) and facts.application_name == settings.name:
        return
    session.settle()

    def shares(other):
        # The other one first: a pooler in transaction mode hands it the process that we have just given back, and another one
        # to us as long as it keeps that. On a busy pooler somebody may come between, hence several rounds.
        for _ in range(_ROUNDS):
            theirs = other.row(_PROCESS)[0]
            ours = session.row(_PROCESS)[0]
            session.settle()
            other.settle()
            if theirs == facts.process or ours != facts.process:
                _restore(other)
                return True
        return False

    if connect(engine, shares):
        _restore(session)
        raise Refusal(
            "PoolerNotSupported",
            "the address leads to a pooler in transaction mode, in which a migration's lock and timeouts do not hold; "
            "give a direct address of the database, or a pooler in session mode",
        )


def _restore(session):
    """Takes our settings back from the shared server process."""
    for name in _OURS:
        session.run("RESET " + name)
    session.connection.commit()

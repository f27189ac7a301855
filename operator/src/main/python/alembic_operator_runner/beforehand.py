# SPDX-License-Identifier: Apache-2.0
"""How a database looked when a wrapped command first connected to it.

Some commands create all tables of an empty database at once and only record the newest revision. Seen at that moment it looks
like somebody else's database: tables, and no version table.
"""

import contextlib
from typing import Dict, Tuple

from . import unversioned
from .session import Session

_NAME = {"postgresql": "SELECT current_database()", "mysql": "SELECT DATABASE()"}


class Beforehand:
    """Looks at each database once, at the first connection to it."""

    def __init__(self):
        self._empty: Dict[Tuple[str, str], bool] = {}

    def install(self):
        """Listens to every engine."""
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        event.listen(Engine, "connect", self._on_connect)

    def was_empty(self, session):
        """Whether the session's database had no tables then."""
        return self._empty.get(_key(session), False)

    def _on_connect(self, connection, record):
        session = Session(connection)
        with contextlib.suppress(Exception):  # then it counts as one with tables
            key = _key(session)
            if session.dialect and key not in self._empty:
                self._empty[key] = not unversioned.tables(session, None)
        session.settle()


def _key(session):
    name = session.row(_NAME[session.dialect])[0] if session.dialect in _NAME else ""
    if session.dialect == "sqlite":
        name = session.row("SELECT file FROM pragma_database_list WHERE name = 'main'")[0]
    return session.dialect, name

# SPDX-License-Identifier: Apache-2.0
"""One migration at a time: a lock of the server, held by the migration's own session.

It is asked for again and again and never waited for inside the server: a session that waits there holds a snapshot, for which
``CREATE INDEX CONCURRENTLY`` of the holder would wait in turn. Because the session itself holds it, the orphaned server process
of a killed pod keeps it until its statement ends.
"""

import hashlib
import time

from .errors import Refusal
from .session import literal
from .text import clean, quoted

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 1.0


def key(schema, table):
    """The PostgreSQL advisory lock of a version table: 64 bits, signed, from ``alembic:<schema>.<table>``.

    It is the first eight bytes of the text's SHA-256, most significant first; the operator computes the same.
    """
    digest = hashlib.sha256(("alembic:%s.%s" % (schema or "", table)).encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


class MigrationLock:
    """Taken once and held until the session ends."""

    def __init__(self, session, schema, table):
        self._session = session
        self._number = key(schema, table)
        self._name = "alembic:%s.%s" % (schema or "", table)

    def take(self, limit, waiting):
        """Polls until the lock is ours; returns the seconds it took.

        ``limit`` in seconds, None for no limit; ``waiting(text)`` is called whenever the holder changes. Raises
        :class:`Refusal` (``WaitingForOtherMigration``) at the limit. Databases without such locks (SQLite) give it at once.
        """
        start = time.monotonic()
        pause = _FIRST_PAUSE
        told = None
        while not self._try():
            holder = self._holder()
            self._session.settle()
            if holder != told:
                told = holder
                waiting(holder)
            elapsed = time.monotonic() - start
            if limit is not None and elapsed >= limit:
                raise Refusal(
                    "WaitingForOtherMigration",
                    "%s has held the migration lock of this database for more than %g s; it is tried again by itself"
                    % (holder, limit),
                )
            time.sleep(pause if limit is None else min(pause, max(0.01, limit - elapsed)))
            pause = min(_LONGEST_PAUSE, pause * 1.5)
        self._session.settle()
        return time.monotonic() - start

    def release(self):
        """Gives the lock back before the session ends."""
        if self._session.dialect == "postgresql":
            self._session.row("SELECT pg_advisory_unlock(%d)" % self._number)
        elif self._session.dialect == "mysql":
            self._session.row("SELECT RELEASE_LOCK(%s)" % self._mysql_name())
        self._session.settle()

    def _mysql_name(self):
        # Names are of the whole server and of 64 characters at most, so the database goes into a digest.
        return "SHA1(CONCAT(DATABASE(), %s))" % literal("|" + self._name)

    def _try(self):
        if self._session.dialect == "postgresql":
            return self._session.row("SELECT pg_try_advisory_lock(%d)" % self._number)[0]
        if self._session.dialect == "mysql":
            return self._session.row("SELECT GET_LOCK(%s, 0)" % self._mysql_name())[0] == 1
        return True

    def _holder(self):
        if self._session.dialect == "mysql":
            holder = self._session.row("SELECT IS_USED_LOCK(%s)" % self._mysql_name())[0]
            return "another migration" + (", connection %d" % holder if holder else "")
        if self._session.dialect != "postgresql":
            return "another migration"
        high, low = (self._number >> 32) & 0xFFFFFFFF, self._number & 0xFFFFFFFF
        rows = self._session.rows(
            "SELECT a.application_name, l.pid FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
            " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
            " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND l.classid = %d AND l.objid = %d" % (high, low)
        )
        if not rows:
            return "another migration"
        return "another migration, application %s pid %d" % (quoted(clean(rows[0][0], 63)), rows[0][1])

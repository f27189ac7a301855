# SPDX-License-Identifier: Apache-2.0
"""What the steps did, seen from outside: which ran, how long, and whether something of a failed one must have stayed."""

import re
import sys
import time

from . import drivers
from .session import Session, dbapi_connection, literal
from .statements import changes_data, changes_schema, commits, commits_all, further, indivisible, may_leave_parts
from .text import clean


class Step:
    """One revision's run. ``permanent``: part of it is committed for certain. ``doubtful``: may be."""

    def __init__(self, revision):
        self.revision = revision
        self.started = time.monotonic()
        self.seconds = None
        self.pending = False
        self.permanent = False
        self.doubtful = False


class Progress:
    """Listens to the statements of the migration's connection while a step runs."""

    def __init__(self, report, settings, watch):
        self._report = report
        self._settings = settings
        self._watch = watch
        self._connection = None
        self._transactional = True
        self._upwards = True
        self._dialect = None
        self._in_flight = None
        self.steps = []
        self.ran = False
        self.rows = set()

    @property
    def running(self):
        """The step in progress, or None."""
        return self.steps[-1] if self.steps and self.steps[-1].seconds is None else None

    def install(self):
        """Listens to every engine; other connections than the migration's are left out of the reckoning."""
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        event.listen(Engine, "before_cursor_execute", self._before)
        event.listen(Engine, "after_cursor_execute", self._after)
        event.listen(Engine, "commit", self._on_commit)

    def prepare(self, connection, transactional, rows, count, upwards=True):
        """Before the first step: the DBAPI connection, whether its DDL is transactional, the rows, how many steps come
        (0: nobody knows) and whether these are upgrades."""
        self._settings.steps = count
        self._upwards = upwards
        self._connection = connection
        self._dialect = drivers.dialect_of(connection)
        # MySQL's DDL never is, whatever env.py tells Alembic; SQLite's is where its driver has been made to begin.
        self._transactional = transactional and self._dialect not in ("mysql", "sqlite")
        self.rows = set(rows)

    def begin(self, revision, message):
        """A step starts: tells the server, the report and the log."""
        self._watch.check()
        self.ran = True
        self.steps.append(Step(revision))
        self._settings.step, self._settings.revision = len(self.steps), revision
        if drivers.dialect_of(self._connection) == "postgresql":
            Session(self._connection).run("SET application_name = " + literal(self._settings.name))
        self._report.data["running"] = {"revision": clean(revision, 128)}
        self._report.data["halfApplied"] = "no" if self._transactional else "possible"
        self._report.write()
        verb = "" if self._upwards else "undo "
        _tell("%d/%s %s%s %s" % (len(self.steps), self._settings.steps or "?", verb, revision, message))

    def stamped(self, rows):
        """Rows were written and nothing else, though perhaps not committed."""
        self.ran = True
        self.rows = set(rows)

    def end(self, rows):
        """A step is done and its rows are written, though perhaps not committed."""
        step = self.running
        step.seconds = round(time.monotonic() - step.started, 3)
        self.rows = set(rows)
        self._report.data.pop("running", None)
        self._report.data.setdefault("applied", []).append({"revision": clean(step.revision, 128), "seconds": step.seconds})
        self._report.data["appliedCount"] = len(self._report.data["applied"])
        self._report.write()

    def broken(self, interrupted):
        """The run ended in the middle of a step; ``interrupted`` when nobody knows what became of the last statement.

        Where the server has refused it, nothing of it stays, unless it was several; but on MySQL what went before it in the
        same transaction is committed by the attempt.
        """
        step = self.running
        if step and self._in_flight and (interrupted or step.pending or not indivisible(self._in_flight)):
            step.doubtful = True

    def _before(self, connection, cursor, statement, parameters, context, executemany):
        if not self._ours(connection):
            return
        self._watch.check()
        self._in_flight = statement if self._alone(statement) else None
        if self._in_flight:
            self.running.doubtful = self.running.doubtful or may_leave_parts(statement)
            self._tell_half()

    def _after(self, connection, cursor, statement, parameters, context, executemany):
        if not self._ours(connection):
            return
        step = self.running
        self._in_flight = None
        if commits(statement):
            self._committed(step)
        elif self._has_stayed(statement):
            step.permanent = True
        elif changes_data(statement):
            step.pending = True
        if self._dialect == "mysql" and not cursor.description:
            for _ in range(further(statement)):
                cursor.nextset()

    def doubt(self):
        """What counted as taken back by the server may have stayed: some tables know no transactions."""
        for step in self.steps:
            step.doubtful = step.doubtful or step.pending

    def _has_stayed(self, statement):
        """Whether it is committed already. SQLite's driver knows; MySQL's do, too, but DDL commits there whatever they say."""
        open_now = drivers.in_transaction(self._connection)
        if self._dialect == "sqlite" and open_now is not None:
            return not open_now and changes_data(statement)
        return self._alone(statement) or (self._dialect == "mysql" and open_now is False and changes_data(statement))

    def _on_commit(self, connection):
        step = self.running
        if step and self._ours(connection):
            self._committed(step)

    def _committed(self, step):
        """What a step had done so far stays, whatever becomes of the rest: so it is where an autocommit block begins."""
        if step.pending:
            step.pending, step.permanent = False, True
            self._tell_half()

    def _tell_half(self):
        """Before anything else happens: a killed process says nothing more."""
        if self._report.data.get("halfApplied") != "possible":
            self._report.data["halfApplied"] = "possible"
            self._report.write()

    def _ours(self, connection):
        return self.running is not None and dbapi_connection(connection.connection) is self._connection

    def _alone(self, statement):
        """Whether this statement commits itself as soon as it is done."""
        if drivers.autocommits(self._connection):
            return changes_data(statement)
        if self._dialect == "mysql":
            return commits_all(statement)
        return not self._transactional and changes_schema(statement)


def _tell(words):
    print("alembic-operator: " + re.sub(r"\s+", " ", words), file=sys.stderr)

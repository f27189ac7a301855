# SPDX-License-Identifier: Apache-2.0
"""Wrap mode: the user's own migrate command in this interpreter, with all that the runner does around runs of its own.

The command decides what it runs; what came out is compared with the target. It may go through env.py several times, and may
migrate further version tables of the same database on the way (Airflow's providers have theirs), but no second database.
"""

import contextlib
import re
from typing import Dict

from . import configuration, downgrade, multidb, program, versiontable
from .beforehand import Beforehand
from .errors import Problem, Refusal, chain, show
from .graph import Graph, Plan
from .guard import Guard
from .hooks import Hooks
from .migrate import Migration
from .session import on_fresh_connection
from .signals import Interrupted
from .text import clean, listed, quoted
from .verdict import judge
from .versiontable import VersionTable

_OF_ONE_TABLE = ("database", "heads", "before", "expected", "plan", "planCount", "planDigest", "direction")


def migrate(run, url, log):
    """Runs the command and verifies what it did. Returns ``(outcome, problem)``; refusals before the first step are raised.

    ``url`` is the one that was given to the project, or None; ``log`` holds the last lines of standard error.
    """
    run.stage = "env"
    work = _Wrapped(run, program.find(run.options.command), url, log)
    if url:
        configuration.double_percent_signs(url)
    run.report.phase("connecting")
    error = None
    try:
        work.visit()
        if not run.progress.ran:
            problem = work.judge_target(None, run.report.data["before"])[1]
            if problem:
                raise Refusal(problem.kind, problem.message)
    except BaseException as caught:  # also SystemExit of the command, and our own interruption
        error = caught
        if not run.progress.ran:
            raise
        show(caught)
    run.watch.unwound()
    if not run.progress.ran:
        run.report.data["after"] = run.report.data["before"]
        return "upToDate", None
    evidence = work.verify(error)
    outcome, problem = judge(run, work.plan, evidence)
    return (outcome, problem) if problem else work.judge_target(outcome, evidence.rows)


class _Wrapped(Migration):
    def __init__(self, run, command, url, log):
        Migration.__init__(self, run)
        self._command = command
        self._url = url
        self._log = log
        self._beforehand = Beforehand()
        self._main = None
        self._holder = None
        self._further: Dict[VersionTable, Graph] = {}

    def visit(self):
        """Runs the command to its end; raises what stopped it, if anything did."""
        end = None
        self._beforehand.install()
        with Hooks(self._at_migrations, self._configure) as hooks, Guard(hooks.raised) as guard:
            try:
                self._command.run()
            except BaseException as caught:  # noqa: BLE001 - looked at below
                end = caught
        hooks.reraise()
        if isinstance(end, SystemExit) and not isinstance(end, Interrupted):
            end = self._exit(end, hooks)
        if end is not None:
            raise end
        if self._main is None:
            raise Refusal("EnvUnsupported", self._nothing_seen(guard))

    def _exit(self, end, hooks):
        """What made the command end early, or None where all is well."""
        if end.code in (None, 0):
            return None
        cause = next((e for e in chain(end)[1:] if not isinstance(e, SystemExit)), None)
        if cause is not None:
            return cause
        code = "exit code %d" % end.code if isinstance(end.code, int) else quoted(end.code)
        words = _last_words(self._log)
        if self._run.progress.steps:
            return Refusal("MigrationFailed", self._ended(code, "after it had migrated", words))
        kind = "ImportFailed" if words.startswith(("ModuleNotFoundError", "ImportError")) else "EnvUnsupported"
        return Refusal(kind, self._ended(code, "before it had migrated", words))

    def _ended(self, code, when, words):
        return "the command %s ended with %s %s%s; its log tells why" % (
            self._command.name,
            code,
            when,
            ": " + words.rstrip(" .;") if words else "",
        )

    def _nothing_seen(self, guard):
        started = ", but started %s" % listed(guard.started, 3) if guard.started else ""
        return "the command %s ended without running any of Alembic's migrations in its own process%s; %s" % (
            self._command.name,
            started,
            "name the command that upgrades the database, as Python runs it, in alembic.command",
        )

    def _configure(self, config):
        if self._url:
            configuration.put_url(config, self._url, self._run.options.set_url)

    def _at_migrations(self, context, script, proceed):
        place = multidb.Place(context, {})
        self._main = self._main or place
        if place.database != self._main.database:
            raise multidb.several(listed([self._main.name, place.name]))
        with contextlib.nullcontext() if place.table == self._main.table else self._aside():
            self._pass(context, script, proceed, place)

    @contextlib.contextmanager
    def _aside(self):
        """Another version table: the report and the run stay with the main one."""
        run = self._run
        kept = {key: run.report.data[key] for key in _OF_ONE_TABLE if key in run.report.data}
        table, graph = run.table, run.graph
        try:
            yield
        finally:
            run.table, run.graph = table, graph
            for key in _OF_ONE_TABLE:
                run.report.data.pop(key, None)
            run.report.data.update(kept)

    def _pass(self, context, script, proceed, place):
        run = self._run
        main = place.table == self._main.table
        before = run.report.data.get("before") if main else None
        run.observe(context, script)
        run.require_primary()
        if main:
            run.graph.resolve(run.options.target)
        self._lock()
        rows = self._rows(context, main)
        planned = run.make_plan(rows) if main else None
        if before is not None:
            run.report.data["before"] = before
        original = context._migrations_fn
        done = len(run.progress.steps)

        def watched(heads, ctx):
            # With a baseline the command goes on from there.
            stamps, start = (planned.stamps, tuple(planned.stamped)) if planned and planned.stamps else ([], heads)
            steps = list(original(start, ctx))
            run.progress.prepare(
                run.session.connection, bool(context.impl.transactional_ddl), rows, done + len(steps) if steps else 0
            )
            return stamps + self._own(planned, heads, ctx, steps)

        context._migrations_fn = watched
        run.report.phase("running")
        proceed()

    def _rows(self, context, main):
        """The rows; tables that the command itself has made in an empty database are nobody else's."""
        empty = self._beforehand.was_empty(self._run.session)
        try:
            return self._run.read_rows(context, adopt=main and not empty)
        except Refusal as refusal:
            if refusal.kind != "UnversionedDatabase" or not empty:
                raise
            return []

    def _lock(self):
        """Each pass has a connection of its own; an earlier one, idle in a pool, must not keep the lock from this one."""
        if self._holder is not None:
            with contextlib.suppress(Exception):  # most often it is closed, and its lock gone
                self._holder.release()
        self._holder = self._run.take_lock()

    def _own(self, planned, heads, context, steps):
        """The command's own steps, watched. ``planned`` leads to the target; None for a further version table."""
        run = self._run
        names = [(_name(step), clean(getattr(step, "doc", None) or "", 120)) for step in steps]
        down = [name for step, (name, _) in zip(steps, names) if not step.is_upgrade]
        if down and not (planned and planned.direction == "downgrade"):
            raise Refusal(
                "DowngradeForbidden",
                "the command %s would undo revision %s, which the target does not ask for; let it migrate to the target only"
                % (self._command.name, listed(down)),
                down[0],
            )
        if down:
            downgrade.permit(run.options.allow_downgrade, planned, run.options.target, heads)
        if planned is None:
            self._further[run.table] = run.graph
        else:
            earlier = self.plan
            self.plan = Plan(planned.resolved, planned.before, planned.expected, planned.scripts, not down)
            self.plan.steps = (earlier.steps if earlier else []) + steps
            self.plan.stamped = planned.stamped or (earlier.stamped if earlier else [])
            if steps:
                self._tell_plan(steps, names)
        self._unchanged(heads)
        for step, (name, message) in zip(steps, names):
            step.migration_fn = self._observed(context, step.migration_fn, name, message)
        context.on_version_apply_callbacks = tuple(context.on_version_apply_callbacks) + (self._applied,)
        return steps

    def _tell_plan(self, steps, names):
        data = self._run.report.data
        earlier = [{"revision": entry["revision"], "message": ""} for entry in data.get("applied", [])]
        data["plan"] = earlier + [{"revision": name, "message": self._run.report.text(text, 120)} for name, text in names]
        data["planCount"] = len(data["plan"])
        if all(_is_stamp(step) for step in steps):
            data["direction"] = "stamp"

    def verify(self, error):
        """As for a run of our own; the rows of further version tables are read as well."""
        evidence = Migration.verify(self, error)
        run = self._run
        if self._further and evidence.rows is not None:
            tables = list(self._further)
            read = on_fresh_connection(run.engine, lambda session: [versiontable.rows(session, table) for table in tables])
            run.graph = _Together(run.graph, [(self._further[table], rows) for table, rows in zip(tables, read)])
        return evidence

    def judge_target(self, outcome, rows):
        """The verdict on a command that ended well: ``outcome``, unless it has led elsewhere than to the target."""
        expected = self._run.report.data.get("expected", [])
        if rows == expected:
            return outcome, None
        words = "the command %s left the database at %s, and the target %s is %s; let the command migrate to the target" % (
            self._command.name,
            listed(rows) or "no revision",
            quoted(self._run.options.target),
            listed(expected) or "no revision",
        )
        return "failed", Problem("EnvUnsupported", words)


class _Together:
    """The graphs of several version tables, as far as the verdict asks for them."""

    def __init__(self, main, others):
        self._main = main
        self._others = others

    def contained(self, rows):
        """What the main table's rows contain, and what those of the further tables do."""
        return self._main.contained(rows).union(*(graph.contained(found) for graph, found in self._others))


def _last_words(log):
    """What a command said last: its last exception by name, else its last line."""
    lines = [clean(line, 300) for line in log if line.strip()]
    named = [line for line in lines if re.match(r"[\w.]*\w(?:Error|Exception): ", line)]
    return (named or lines or [""])[-1]


def _name(step):
    """The revision that a step is about; a stamp may be about several or none."""
    if _is_stamp(step):
        return ",".join(step.to_) or "base"
    return step.revision.revision


def _is_stamp(step):
    return not hasattr(step, "revision")

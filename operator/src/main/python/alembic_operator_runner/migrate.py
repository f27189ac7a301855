# SPDX-License-Identifier: Apache-2.0
"""The action ``migrate``: under the lock, from the rows that stand to the target, and then the proof."""

import functools

from . import downgrade, leftovers, versiontable
from .errors import Refusal, show
from .session import on_fresh_connection
from .verdict import Evidence, judge


def migrate(run):
    """Runs the plan and verifies it. Returns ``(outcome, problem)``; refusals before the first step are raised."""
    work = Migration(run)
    error = None
    try:
        run.visit(work.at_migrations, work.steps)
    except BaseException as caught:  # also SystemExit of env.py, and our own interruption
        error = caught
        if not run.progress.ran:
            raise
        show(caught)
    run.watch.unwound()
    if not work.plan.direction:
        run.report.data["after"] = run.report.data["before"]
        return "upToDate", None
    return judge(run, work.plan, work.verify(error))


class Migration:
    """What happens where env.py runs its migrations, and afterwards."""

    def __init__(self, run):
        self._run = run
        self.plan = None

    def at_migrations(self, context, proceed):
        """Called by Alembic in place of the migrations; ``proceed()`` runs them."""
        run = self._run
        run.require_primary()
        run.graph.resolve(run.options.target)
        run.take_lock()
        rows = run.read_rows(context)
        self.plan = run.make_plan(rows)
        downgrade.permit(run.options.allow_downgrade, self.plan, run.options.target, rows)
        if self.plan.direction:
            transactional = bool(context.impl.transactional_ddl)
            run.progress.prepare(run.session.connection, transactional, rows, len(self.plan.steps), self.plan.upwards)
            run.report.phase("running")
            proceed()

    def steps(self, rows, context):
        """What Alembic shall run; called by Alembic under the lock."""
        self._unchanged(rows)
        for step, (revision, message) in zip(self.plan.steps, self.plan.revisions()):
            step.migration_fn = self._observed(context, step.migration_fn, revision, message)
        context.on_version_apply_callbacks = tuple(context.on_version_apply_callbacks) + (self._applied,)
        return self.plan.stamps + self.plan.steps

    def _observed(self, context, function, revision, message):
        @functools.wraps(function)  # Alembic's log line takes its verb from the function's name
        def call(**arguments):
            self._unchanged(context.get_current_heads())
            self._run.progress.begin(revision, message)
            function(**arguments)

        return call

    def _applied(self, ctx, step, heads, run_args):
        if self._run.progress.running:
            self._run.progress.end(heads)
        else:  # the baseline's
            self._run.progress.stamped(heads)

    def _unchanged(self, rows):
        if set(rows) != self._run.progress.rows:
            raise Refusal(
                "WaitingForOtherMigration",
                "the version table changed while this migration ran, so somebody else migrates without the lock; it is tried "
                "again by itself",
            )

    def verify(self, error):
        """Reads the rows again on a fresh connection; returns the :class:`verdict.Evidence`."""
        run = self._run
        run.report.phase("verifying")

        def look(session):
            if leftovers.without_transactions(session):
                run.progress.doubt()
            return versiontable.rows(session, run.table), leftovers.find(session, run.table.schema)

        try:
            rows, left = on_fresh_connection(run.engine, look)
        except Exception as unreadable:  # noqa: BLE001 - the server may be gone; then nothing is known
            return Evidence(error, None, [], unreadable)
        run.report.data["after"] = rows
        if self.plan.stamped:
            run.report.data["baseline"]["stamped"] = set(self.plan.stamped) <= run.graph.contained(rows)
        return Evidence(error, rows, left, None)

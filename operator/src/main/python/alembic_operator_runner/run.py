# SPDX-License-Identifier: Apache-2.0
"""What every action does first: finds out where it is, and refuses there what must not go on."""

import contextlib

from . import baseline, downgrade, identity, pooler, versiontable
from .cancel import canceller
from .environment import visit
from .errors import Refusal
from .graph import Graph
from .lock import MigrationLock
from .session import Session
from .text import listed


class Run:
    """One action on one database, from the open connection of env.py to the rows in its version table.

    Everything that the actions share; each of them is a module with a function that takes this.
    """

    def __init__(self, options, report, settings, watch, progress, config, injected):
        self.options = options
        self.report = report
        self.settings = settings
        self.watch = watch
        self.progress = progress
        self.config = config
        self.injected = injected
        self.stage = "config"
        self.engine = None
        self.session = None
        self.facts = None
        self.table = None
        self.graph = None
        self.adopted = []

    def visit(self, at_migrations, steps=None):
        """Runs env.py; see :func:`environment.visit`."""
        self.report.phase("connecting")
        self.stage = "env"

        def observed(context, script, proceed):
            self.observe(context, script)
            at_migrations(context, proceed)

        visit(self.config, self.options.target, observed, steps)

    def observe(self, context, script):
        """Finds out where env.py is connected to and what the image has; refuses what must not go on."""
        if context.connection is None or context.as_sql:
            raise Refusal("EnvUnsupported", "env.py configures Alembic without a connection; give context.configure() one")
        self.engine = context.connection.engine
        self.session = Session.of(context.connection)
        self.facts = identity.read(self.session, self.engine)
        self.watch.arm(canceller(self.session, self.facts.process, self.engine))
        self.table = versiontable.find(self.session, context, self.facts.schema)
        self._describe(context)
        identity.check(self.facts, self.options.expect_database, self.injected)
        pooler.check(self.session, self.facts, self.settings, self.engine)
        self.session.settle()
        self.stage = "graph"
        self.graph = Graph(script)
        self.report.data["heads"] = self.graph.heads
        for warning in self.graph.warnings:
            self.report.note(warning)
        self.stage = "step"

    def _describe(self, context):
        facts = self.facts
        entry = {
            "dialect": facts.dialect,
            "driver": self.engine.dialect.driver,
            "serverVersion": facts.server_version,
            "host": facts.host,
            "port": facts.port,
            "name": facts.name,
            "user": facts.user,
            "identity": facts.identity,
            "versionTable": self.table.as_report(),
            "transactionalDdl": bool(context.impl.transactional_ddl),
            "perMigration": bool(context._transaction_per_migration),
            "tls": facts.tls,
        }
        self.report.data["database"] = {k: v for k, v in entry.items() if v is not None}

    def require_primary(self):
        """Raises :class:`Refusal` (``NotPrimary``) on a standby."""
        if self.facts.standby:
            raise Refusal(
                "NotPrimary",
                "%s is a standby, which takes no changes; give the address of the primary" % (self.facts.host or "the server"),
            )

    def take_lock(self):
        """Waits for the migration lock, saying for whom; returns the lock."""

        def waiting(holder):
            self.report.data["waitingFor"] = self.report.text(holder, 200)
            self.report.phase("waiting")

        lock = MigrationLock(self.session, self.table.schema, self.table.name)
        waited = lock.take(self.options.migration_lock_timeout, waiting)
        self.report.data.pop("waitingFor", None)
        self.report.data["lockWaitSeconds"] = round(self.report.data.get("lockWaitSeconds", 0) + waited, 3)
        return lock

    def read_rows(self, context, adopt=True):
        """The rows as Alembic reads them, refused where they do not fit the image or the tables.

        ``adopt``: where there are none, the resource's baseline may stand in.
        """
        self.adopted = []
        self.report.data["phase"] = "planning"
        rows = sorted(context.get_current_heads())
        self.report.data["before"] = rows
        if "target" in self.report.data:
            with contextlib.suppress(Refusal):  # what is wrong with the database comes first, and needs no target
                self.report.data["target"]["resolved"] = self.graph.resolve(self.options.target)
        self.graph.check(rows)
        if not rows:
            # The table may have come while we waited for the lock.
            self.table = versiontable.find(self.session, context, self.facts.schema)
            self.adopted = baseline.find(self, context, adopt)
        return rows

    def make_plan(self, rows):
        """The plan from these rows to the target, put into the report."""
        data = self.report.data
        plan = self.graph.plan(self.options.target, rows or self.adopted, self.options.direction == "downgrade")
        if self.adopted:
            self.graph.adopt(plan, self.adopted)
        data["target"]["resolved"] = plan.resolved
        data["expected"] = plan.expected
        data["planCount"] = len(plan.scripts)
        if plan.direction:
            data["direction"] = plan.direction
        if plan.scripts:
            data["plan"] = [
                {"revision": revision, "message": self.report.text(message, 120)} for revision, message in plan.revisions()
            ]
            data["planDigest"] = plan.digest
        self.graph.prepare(plan)
        if plan.direction == "downgrade":
            without = downgrade.empty(plan.scripts)
            if without:
                self.report.note("the downgrade() of %s is empty: undoing it changes only the version table" % listed(without))
        else:
            versiontable.check_widths(self.table, [script.revision for script in plan.scripts] + plan.stamped, plan.scripts)
        return plan

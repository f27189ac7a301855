# SPDX-License-Identifier: Apache-2.0
"""The image's revisions: what a target means, which steps lead there, and which rows must stand in the end."""

import warnings
from typing import Dict, List

from . import downgrade
from .errors import Refusal
from .targets import Targets, names
from .text import clean, listed, quoted


class Plan:
    """What leads from the rows that stand to the target.

    ``resolved``: the revisions that the target names. ``scripts``: the revisions to run, or to undo, in this order.
    ``expected``: the rows that stand when all is done. ``steps``: Alembic's steps for the scripts, and ``stamps`` those that
    only write the version table and come before them.
    """

    def __init__(self, resolved, before, expected, scripts, upwards=True):
        self.resolved = resolved
        self.before = before
        self.expected = expected
        self.scripts = scripts
        self.upwards = upwards
        self.steps = []
        self.stamps = []
        self.stamped = []

    @property
    def direction(self):
        """``upgrade``, ``downgrade``, ``stamp``, or None where nothing is to be done."""
        if self.scripts:
            return "upgrade" if self.upwards else "downgrade"
        return "stamp" if self.stamps else None

    @property
    def digest(self):
        """What the plan is known by; see :func:`downgrade.digest`."""
        return downgrade.digest(self.before, self.expected, [script.revision for script in self.scripts])

    def revisions(self):
        """Per step its revision id and the first line of its text."""
        return [(script.revision, clean(script.doc or "", 120)) for script in self.scripts]


class Graph:
    """The revision map of one :class:`alembic.script.ScriptDirectory`.

    Built only after env.py has configured its context, since env.py may still choose the version locations.
    """

    def __init__(self, script):
        self._script = script
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", UserWarning)
                self._revisions = {revision.revision: revision for revision in script.walk_revisions()}
        except KeyError as error:
            raise Refusal(
                "BrokenGraph",
                "a revision names %s as its parent, and the image has no such revision; put all revision files into the image "
                "(.dockerignore, partial copies)" % quoted(error.args[0]),
            ) from error
        if not self._revisions:
            raise Refusal(
                "NoMigrations",
                "the image has no revisions in %s; check that it contains the versions folder (.dockerignore, script_location)"
                % listed(str(p) for p in script._version_locations or ()),
            )
        self._parents = {name: frozenset(self._builds_upon(revision)) for name, revision in self._revisions.items()}
        self.heads = sorted(script.get_heads())
        self._targets = Targets(script, self._revisions, self.heads)
        self.warnings = [str(w.message) for w in caught if str(w.message).startswith("Revision ")]

    def check(self, rows):
        """Raises :class:`Refusal` when the version table's rows do not fit this image."""
        unknown = sorted(set(rows) - set(self._revisions))
        if unknown:
            raise Refusal(
                "DatabaseAhead",
                "the database is at revision %s, which this image does not have (its newest is %s); deploy an image that has "
                "it, or set downgradePolicy to ToImage to let the database follow an older image"
                % (listed(unknown), listed(self.heads)),
                unknown[0],
            )
        for row in rows:
            below = (self._closure([row], True) - {row}) & set(rows)
            if below:
                older = sorted(below)[0]
                raise Refusal(
                    "OverlappingVersions",
                    "the version table holds both %s and its ancestor %s; delete the row of the older one"
                    % (quoted(row), quoted(older)),
                    older,
                )

    def plan(self, target, rows, downwards=False):
        """The :class:`Plan` from these rows to the target, upwards or back. Raises :class:`Refusal` where there is no way.

        A target that names several revisions with commas is a set of rows, which shall stand and nothing else; any other one
        leaves branches alone that are not in the way, as Alembic does. ``downwards``: there shall be nothing to upgrade.
        A way back is planned here but its steps are made by :meth:`prepare`, which finds what cannot be undone.
        """
        resolved = self.resolve(target)
        undone = self._undone(resolved, rows, "," in target)
        if undone:
            active = self._closure(rows, True)
            if "," in target and self._closure(resolved, True) - active:
                raise self._neither(target, rows, "lies neither ahead of it nor behind it")
            scripts = [self._revisions[name] for name in downgrade.order(undone, self._parents)]
            return Plan(resolved, rows, sorted(self._tops(active - undone)), scripts, False)
        wanted = sorted(self._tops(self._closure(resolved, True))) if "," in target else resolved
        steps = list(self._script._upgrade_revs(tuple(wanted), tuple(rows))) if wanted else []
        if steps and downwards:
            raise self._neither(target, rows, "does not lie behind it")
        plan = Plan(resolved, rows, sorted(self._rows_after(steps, rows)), [step.revision for step in steps])
        plan.steps = steps
        return plan

    def prepare(self, plan):
        """Makes the steps of a way back. Raises :class:`Refusal` where a revision, or this Alembic, cannot do it."""
        if plan.direction != "downgrade":
            return
        plan.steps = downgrade.steps(self._script.revision_map, plan.scripts)
        reckoned = sorted(self._rows_after(plan.steps, plan.before))
        if reckoned != plan.expected:
            # Before 1.13.1 it was wrong where two parents of a revision depend on each other.
            raise Refusal(
                "AlembicTooOld",
                "this Alembic would leave the rows %s in the version table where %s are right; update it to 1.13.1 or newer in "
                "the image that goes back" % (listed(reckoned) or "none", listed(plan.expected) or "none"),
            )

    def _neither(self, target, rows, where):
        return Refusal(
            "NotAnAncestor",
            "the database is at %s, and the target %s %s; name a target that lies in line with the database's revision"
            % (listed(sorted(rows)) or "base", quoted(target), where),
        )

    def adopt(self, plan, revisions):
        """Lets a plan that was made from these rows begin with their being written into an empty version table."""
        plan.before = []
        plan.stamped = revisions
        plan.stamps = list(self._script._stamp_revs(tuple(revisions), ()))

    def contains(self, target, revisions):
        """Whether a database at the target has gone through all these revisions."""
        return set(revisions) <= self._closure(self.resolve(target), True)

    def upgrade(self, revisions):
        """Alembic's steps from an empty database to these revisions."""
        return list(self._script._upgrade_revs(tuple(revisions), ()))

    def resolve(self, target):
        """The ids that a target names; see :meth:`targets.Targets.resolve`."""
        return self._targets.resolve(target)

    def _undone(self, resolved, rows, exactly):
        """The revisions to undo; none where the database does not stand beyond the target.

        It does where a row is a descendant of the target by lineage. A revision that a row merely depends on is reached, not
        passed: its own branch has not gone on.
        """
        active = self._closure(rows, True)
        if exactly or not resolved:
            return active - self._closure(resolved, True)
        passed = set()
        for row in rows:
            passed |= self._closure([row], False) - {row}
        if not all(revision in passed for revision in resolved):
            return set()
        undone = set()
        pending = [name for name in active if set(names(self._revisions[name].down_revision)) & set(resolved)]
        builders: Dict[str, List[str]] = {}
        for name in active:
            for parent in self._parents[name]:
                builders.setdefault(parent, []).append(name)
        while pending:
            name = pending.pop()
            if name not in undone:
                undone.add(name)
                pending += builders.get(name, [])
        return undone

    def _tops(self, revisions):
        """The rows of a database that has gone through these revisions: those that no other one builds upon."""
        below = set().union(*(self._parents[name] for name in revisions))
        return set(revisions) - below

    def _rows_after(self, steps, rows):
        from alembic.runtime.migration import HeadMaintainer

        class Reckoning(HeadMaintainer):
            """Alembic's own bookkeeping without its statements."""

            def _insert_version(self, version):
                self.heads.add(version)

            def _delete_version(self, version):
                self.heads.remove(version)

            def _update_version(self, from_, to_):
                self.heads.remove(from_)
                self.heads.add(to_)

        reckoning = Reckoning(None, rows)
        for step in steps:
            reckoning.update_to_step(step)
        return reckoning.heads

    def contained(self, rows):
        """Every revision that a database with these rows has gone through; unknown rows count as themselves."""
        return self._closure([r for r in rows if r in self._revisions], True) | set(rows)

    def _closure(self, revisions, dependencies):
        seen = set()
        pending = list(revisions)
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            pending.extend(self._parents[name] if dependencies else names(self._revisions[name].down_revision))
        return seen

    def _builds_upon(self, revision):
        """Parents and dependencies, which a revision's file may name by branch labels too."""
        yield from names(revision.down_revision)
        if revision.dependencies:
            yield from (r.revision for r in self._script.get_revisions(revision.dependencies) if r is not None)

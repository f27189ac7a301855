# SPDX-License-Identifier: Apache-2.0
"""The image's revisions: what a target means, which steps lead there, and which rows must stand in the end."""

import re
import warnings

from .errors import Refusal, chain
from .text import clean, listed, quoted

_RELATIVE = re.compile(r"(?P<base>.+?)(?P<steps>[+-]\d+)\Z")


class Plan:
    """Steps in order (Alembic's), the revisions that the target names, and the rows that stand when all steps are done."""

    def __init__(self, resolved, steps, expected):
        self.resolved = resolved
        self.steps = steps
        self.expected = expected

    def revisions(self):
        """Per step its revision id and the first line of its text."""
        return [(step.revision.revision, clean(step.doc or "", 120)) for step in self.steps]


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
        self.heads = sorted(script.get_heads())
        self.warnings = [str(w.message) for w in caught if str(w.message).startswith("Revision ")]

    def check(self, rows):
        """Raises :class:`Refusal` when the version table's rows do not fit this image."""
        unknown = sorted(set(rows) - set(self._revisions))
        if unknown:
            raise Refusal(
                "DatabaseAhead",
                "the database is at revision %s, which this image does not have (its newest is %s); deploy an image that has "
                "it, or downgrade with the one that has it" % (listed(unknown), listed(self.heads)),
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

    def plan(self, target, rows):
        """The :class:`Plan` from these rows upwards to the target. Raises :class:`Refusal` where there is no way."""
        resolved = self.resolve(target)
        behind = self._behind(resolved, rows)
        if behind:
            raise Refusal(
                "DowngradeForbidden",
                "the database is at %s and the target %s lies behind it, and going back may lose data; name a target that is not "
                'behind, or go back by hand with "alembic downgrade"' % (listed(sorted(rows)), quoted(target)),
                resolved[0] if resolved else None,
            )
        steps = list(self._script._upgrade_revs(tuple(resolved), tuple(rows))) if resolved else []
        return Plan(resolved, steps, sorted(self._rows_after(steps, rows)))

    def resolve(self, target):
        """The ids that a target names: none for ``base``, several only for ``heads``."""
        if target == "base":
            return []
        if re.match(r"[+-]\d+\Z", target):
            raise Refusal(
                "UnknownRevision",
                "the target %s depends on where the database happens to stand; name a revision, or one relative to the "
                'image such as "head-1"' % quoted(target),
            )
        relative = _RELATIVE.match(target)
        if relative and target not in self._revisions:
            base = self.resolve(relative.group("base"))
            if len(base) != 1:
                raise self._unknown(target)
            return [self._walk(target, base[0], int(relative.group("steps")))]
        try:
            found = [r.revision for r in self._script.get_revisions(target) if r is not None]
        except Exception as error:
            raise self._unresolved(target, error) from error
        if not found:
            raise self._unknown(target)
        return sorted(found)

    def _walk(self, target, revision, steps):
        for _ in range(abs(steps)):
            current = self._revisions[revision]
            neighbours = _names(current.down_revision) if steps < 0 else sorted(current.nextrev)
            if len(neighbours) > 1:
                raise Refusal(
                    "MultipleHeads",
                    "the target %s is ambiguous: %s of it are %s; name the revision itself"
                    % (quoted(target), "the parents" if steps < 0 else "the successors", listed(neighbours)),
                )
            if not neighbours:
                raise self._unknown(target)
            revision = neighbours[0]
        return revision

    def _unresolved(self, target, error):
        kinds = {type(e).__name__ for e in chain(error)}
        if "MultipleHeads" in kinds:
            return Refusal(
                "MultipleHeads",
                'the target %s is ambiguous, the image has the heads %s; set the target to "heads" or to label@head, or merge '
                'them with "alembic merge"' % (quoted(target), listed(self.heads)),
            )
        return self._unknown(target, " ".join(str(e) for e in chain(error)))

    def _unknown(self, target, words=""):
        several = "begins several revisions" if "Multiple revisions" in words else "names no revision of this image"
        return Refusal(
            "UnknownRevision",
            "the target %s %s (its newest is %s); name a revision that it has, or an unambiguous prefix of "
            "four characters or more" % (quoted(target), several, listed(self.heads)),
        )

    def _behind(self, resolved, rows):
        """Whether the database stands beyond the target: on a descendant of it by lineage.

        A revision that a row merely depends on is reached, not passed: its own branch has not gone on.
        """
        if not resolved:
            return bool(rows)
        passed = set()
        for row in rows:
            passed |= self._closure([row], False) - {row}
        return all(revision in passed for revision in resolved)

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
            revision = self._revisions[name]
            pending.extend(_names(revision.down_revision))
            if dependencies and revision.dependencies:
                pending.extend(r.revision for r in self._script.get_revisions(revision.dependencies) if r is not None)
        return seen


def _names(value):
    """Alembic's "None, one id or a tuple of ids" as a tuple."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)

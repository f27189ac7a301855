# SPDX-License-Identifier: Apache-2.0
"""What a target means, in this image and nowhere else."""

import re

from .errors import Refusal, chain
from .text import listed, quoted

_RELATIVE = re.compile(r"(?P<base>.+?)(?P<steps>[+-]\d+)\Z")


class Targets:
    """``revisions`` maps all ids of the script directory to its revisions."""

    def __init__(self, script, revisions, heads):
        self._script = script
        self._revisions = revisions
        self._heads = heads

    def resolve(self, target):
        """The ids that a target names: none for ``base``, several only for ``heads`` and a list with commas."""
        if "," in target:
            words = [word.strip() for word in target.split(",")]
            return sorted({revision for word in words if word for revision in self.resolve(word)})
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
            neighbours = names(current.down_revision) if steps < 0 else sorted(current.nextrev)
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
                'them with "alembic merge"' % (quoted(target), listed(self._heads)),
            )
        return self._unknown(target, " ".join(str(e) for e in chain(error)))

    def _unknown(self, target, words=""):
        several = "begins several revisions" if "Multiple revisions" in words else "names no revision of this image"
        return Refusal(
            "UnknownRevision",
            "the target %s %s (its newest is %s); name a revision that it has, or an unambiguous prefix of "
            "four characters or more" % (quoted(target), several, listed(self._heads)),
        )


def names(value):
    """Alembic's "None, one id or a tuple of ids" as a tuple."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)

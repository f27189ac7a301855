# SPDX-License-Identifier: Apache-2.0
"""The way back: in which order revisions are undone, what cannot be undone, and who has allowed just this."""

import ast
import functools
import hashlib

from .errors import Refusal
from .text import listed, quoted

ALLOWED = "true"
"""Permission for whatever there is to undo; for use by hand."""


def order(undone, parents):
    """The revision ids in an order in which they can be undone: each before everything that it comes from or depends on.

    The same for the same ids on every machine (Alembic's own follows the folder's listing), since people are asked about it.
    One branch is undone as far as possible before the next is begun. ``parents`` maps an id to all ids that it builds upon.
    """
    waiting = dict.fromkeys(undone, 0)
    for name in undone:
        for parent in parents[name] & waiting.keys():
            waiting[parent] += 1
    ready = sorted((name for name, count in waiting.items() if not count), reverse=True)
    result = []
    while ready:
        name = ready.pop()
        result.append(name)
        freed = []
        for parent in parents[name] & waiting.keys():
            waiting[parent] -= 1
            if not waiting[parent]:
                freed.append(parent)
        ready += sorted(freed, reverse=True)
    return result


def digest(before, expected, revisions):
    """What a plan is known by: the rows, the rows that it leads to, and the revisions in their order."""
    text = "\n".join([*sorted(before), "->", *sorted(expected), *revisions])
    return "sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest()


def permit(permission, plan, target, rows):
    """Raises :class:`Refusal` (``DowngradeForbidden``) unless ``permission`` is for just this plan.

    ``permission`` is the plan's digest, ``true`` for any, or None.
    """
    if plan.direction != "downgrade" or permission in (plan.digest, ALLOWED):
        return
    names = [revision for revision, _ in plan.revisions()]
    undone = "%d revision%s would be undone (%s)" % (len(names), "s" if len(names) > 1 else "", listed(names))
    if permission and permission.startswith("sha256:"):
        sentence = (
            "what was announced is no longer what would be done: the database is at %s, and on the way back to %s now %s; "
            "nothing was touched, and this is announced anew" % (listed(sorted(rows)), quoted(target), undone)
        )
    else:
        sentence = (
            "the database is at %s and the target %s lies behind it: %s, which may lose data; set downgradePolicy to ToTarget to "
            "allow it, or name a target that is not behind" % (listed(sorted(rows)), quoted(target), undone)
        )
    raise Refusal("DowngradeForbidden", sentence, plan.resolved[0] if plan.resolved else None)


def steps(revision_map, scripts):
    """Alembic's steps that undo these revisions. Raises :class:`Refusal` (``IrreversibleRevision``) before anything is undone."""
    from alembic.runtime.migration import RevisionStep

    for script in scripts:
        if not hasattr(script.module, "downgrade"):
            raise _irreversible(script.revision, "has no downgrade()")
        if any(isinstance(statement, ast.Raise) for statement in _body(script, "downgrade")):
            raise _irreversible(script.revision, "raises an error in its downgrade()")
    return [RevisionStep(revision_map, script, False) for script in scripts]


def empty(scripts):
    """The ids whose ``downgrade()`` does nothing although their ``upgrade()`` does something."""
    return [s.revision for s in scripts if _does_nothing(_body(s, "downgrade")) and not _does_nothing(_body(s, "upgrade"))]


def _irreversible(revision, why):
    return Refusal(
        "IrreversibleRevision",
        "revision %s cannot be undone, it %s, and nothing was touched; write its downgrade(), or name a target that needs no way "
        "back over it" % (quoted(revision), why),
        revision,
    )


def _body(script, name):
    """The statements of a function of the revision's file; something unknown where it cannot be read there."""
    return _functions(script.path).get(name, [ast.Expr(ast.Name("unknown"))])


@functools.lru_cache(maxsize=4096)
def _functions(path):
    try:
        with open(path, "rb") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError):  # compiled only
        return {}
    return {node.name: node.body for node in tree.body if isinstance(node, ast.FunctionDef)}


def _does_nothing(body):
    return all(
        isinstance(s, ast.Pass)
        or (isinstance(s, ast.Return) and s.value is None)
        or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
        for s in body
    )

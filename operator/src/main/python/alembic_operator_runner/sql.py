# SPDX-License-Identifier: Apache-2.0
"""The pending span as SQL, for people to read before it runs: what ``alembic upgrade FROM:TO --sql`` would print."""

from .offline import Offline
from .text import quoted

LIMIT = 512 * 1024
"""Bytes of UTF-8."""


def render(run, context, plan):
    """The report's entry about the SQL; ``text`` in it is for the log only."""
    if not plan.direction:
        return _unavailable("there is nothing to be done")
    text, error = _rendered(run, context, plan)
    if error:
        return _unavailable(run.report.text(error, 400))
    text = run.report.script(text)
    size = len(text.encode("utf-8"))
    if size > LIMIT:
        return _unavailable("it has %d bytes, and not more than %d are kept" % (size, LIMIT))
    return {"available": True, "bytes": size, "text": text}


def _unavailable(why):
    return {"available": False, "because": why}


def _rendered(run, context, plan):
    from alembic.runtime.migration import HeadMaintainer

    texts = []
    with Offline(context) as offline:
        twin = offline.context
        maintainer = HeadMaintainer(twin, plan.before)
        with twin.begin_transaction():
            if not run.table.exists:
                twin._version.create(twin.connection)
            for step in plan.stamps + plan.steps:
                with twin.begin_transaction(_per_migration=True):
                    twin.impl.static_output("-- Running %s" % step.short_log)
                    texts.append(offline.text())
                    text, error = offline.call(step.migration_fn)
                    if error:
                        return "", "without a connection revision %s says: %s" % (quoted(step.revision.revision), error)
                    texts.append(text)
                    maintainer.update_to_step(step)
        texts.append(offline.text())
    return "".join(texts), None

# SPDX-License-Identifier: Apache-2.0
"""Whether the models say the same as the database, as ``alembic check`` would put it. Only reads; advice, not a verdict."""

from .errors import primary
from .signals import Interrupted

SHOWN = 10
LENGTH = 200


def compare(run, context, plan):
    """The report's entry about the differences between the models and the database."""
    metadata = context.opts.get("target_metadata")
    if metadata is None:
        return _unavailable("env.py gives no target_metadata to context.configure(), so there are no models to compare with")
    if plan.direction:
        return _unavailable("the database is not at the target, so that it differs from the models anyway")
    if run.report.data["before"] != plan.expected or _behind_heads(run):
        return _unavailable("the database is not at the newest revisions of the image, so that it differs from the models anyway")
    try:
        differences = _differences(context, metadata)
    except Interrupted:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - env.py's own functions take part in it
        return _unavailable(run.report.text("the comparison ended with %s" % primary([error]), 400))
    shown = [run.report.text(_words(difference), LENGTH) for difference in differences[:SHOWN]]
    return {"available": True, "count": len(differences), "differences": shown}


def _unavailable(why):
    return {"available": False, "because": why}


def _behind_heads(run):
    return not set(run.graph.heads) <= run.graph.contained(run.report.data["before"])


def _differences(context, metadata):
    from alembic.autogenerate import compare_metadata

    flat = []
    for entry in compare_metadata(context, metadata):
        # What changes of one column comes as a list.
        flat += entry if isinstance(entry, list) else [entry]
    return flat


def _words(difference):
    """One difference in Alembic's own terms: ``add_column customers.name``; "add" means that the models have it."""
    verb, values = difference[0], difference[1:]
    if verb in ("add_column", "remove_column"):
        return "%s %s.%s" % (verb, _table(values[0], values[1]), values[2].name)
    if verb.startswith("modify_") and len(values) >= 6:
        return "%s %s.%s: %s -> %s" % (verb, _table(values[0], values[1]), values[2], _value(values[4]), _value(values[5]))
    subject = values[0] if values else ""
    table = getattr(subject, "table", None)
    if table is not None:
        columns = ", ".join(column.name for column in getattr(subject, "columns", ()))
        return "%s %s.%s" % (verb, _table(table.schema, table.name), getattr(subject, "name", None) or "(%s)" % columns)
    return "%s %s" % (verb, _table(getattr(subject, "schema", None), getattr(subject, "name", None) or subject))


def _table(schema, name):
    return "%s.%s" % (schema, name) if schema else str(name)


def _value(value):
    text = getattr(getattr(value, "arg", None), "text", None)  # a server default
    return str(text if text is not None else value)

# SPDX-License-Identifier: Apache-2.0
"""Alembic's version table, looked at without SQLAlchemy: where it is, its rows, how long an id may be."""

from .errors import Refusal
from .session import literal
from .text import quoted

COLUMN = "version_num"


class VersionTable:
    """``schema`` is the real one (None where the database has no schemas); ``width`` in characters, None for no limit."""

    def __init__(self, schema, name, exists, width):
        self.schema = schema
        self.name = name
        self.exists = exists
        self.width = width

    def as_report(self):
        """The entry of the report."""
        return {"schema": self.schema, "name": self.name} if self.schema else {"name": self.name}


def find(session, context, current_schema):
    """The table that a MigrationContext uses. Where it does not exist yet, the schema and width that it will get."""
    name, schema = context.version_table, context.version_table_schema
    declared = getattr(context._version.c[COLUMN].type, "length", None)
    if session.dialect == "postgresql":
        return _postgresql(session, schema, name, current_schema, declared)
    database = literal(schema) if schema else "DATABASE()"
    if session.dialect == "mysql":
        found = session.rows(
            "SELECT character_maximum_length FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
            " AND column_name = '%s'" % (database, literal(name), COLUMN)
        )
        return VersionTable(schema, name, bool(found), found[0][0] if found else declared)
    master = '"%s".sqlite_master' % schema if schema else "sqlite_master"
    found = session.rows("SELECT 1 FROM %s WHERE type = 'table' AND name = %s" % (master, literal(name)))
    return VersionTable(schema, name, bool(found), None)


def _postgresql(session, schema, name, current_schema, declared):
    identifier = _identifier(schema) + "." + _identifier(name) if schema else _identifier(name)
    found = session.rows(
        "SELECT n.nspname, (SELECT a.atttypmod FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = '%s')"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s)"
        % (COLUMN, literal(identifier))
    )
    if not found:
        return VersionTable(schema or current_schema, name, False, declared)
    modifier = found[0][1]
    return VersionTable(found[0][0], name, True, modifier - 4 if modifier and modifier > 4 else None)


def rows(session, table):
    """The sorted rows; none where the table does not exist."""
    if session.dialect == "postgresql":
        name = _identifier(table.schema) + "." + _identifier(table.name)
        exists = session.row("SELECT to_regclass(%s)::text" % literal(name))[0]
    elif session.dialect == "mysql":
        name = ("`%s`." % table.schema if table.schema else "") + "`%s`" % table.name
        schema = literal(table.schema) if table.schema else "DATABASE()"
        exists = session.rows(
            "SELECT 1 FROM information_schema.tables WHERE table_schema = %s AND table_name = %s" % (schema, literal(table.name))
        )
    else:
        name = (_identifier(table.schema) + "." if table.schema else "") + _identifier(table.name)
        master = (_identifier(table.schema) + "." if table.schema else "") + "sqlite_master"
        exists = session.rows("SELECT 1 FROM %s WHERE type = 'table' AND name = %s" % (master, literal(table.name)))
    return sorted(row[0] for row in session.rows("SELECT %s FROM %s" % (COLUMN, name))) if exists else []


def check_widths(table, revisions, scripts):
    """Raises :class:`Refusal` (``ValueTooLong``) when one of the ids does not fit the column.

    A plan in which some revision speaks of the version table itself is let through: it may widen the column on the way.
    """
    too_long = next((name for name in revisions if table.width and len(name) > table.width), None)
    if too_long is None or any(_mentions(script, table.name) for script in scripts):
        return
    raise Refusal(
        "ValueTooLong",
        "the revision id %s has %d characters and the column %s of %s takes %d; widen the column, or shorten the id"
        % (quoted(too_long), len(too_long), quoted(COLUMN), quoted(table.name), table.width),
        too_long,
    )


def _mentions(revision, name):
    try:
        with open(revision.path, encoding="utf-8", errors="replace") as source:
            return name in source.read()
    except OSError:
        return False


def _identifier(name):
    return '"%s"' % name.replace('"', '""')

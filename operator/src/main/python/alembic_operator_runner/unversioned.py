# SPDX-License-Identifier: Apache-2.0
"""Tables without a version table: somebody's database that Alembic does not know yet. Judged here alone, by one rule.

What counts are the tables of the schema that the version table is in or would be in, and of the search path; not what an
extension owns, not partitions of a table that counts already, and no views.
"""

from .errors import Refusal
from .session import literal
from .text import listed


def check(session, table):
    """Raises :class:`Refusal` (``UnversionedDatabase``), naming and counting the tables."""
    if table.exists:
        return
    names = tables(session, table.schema)
    if names:
        several = "tables" if len(names) > 1 else "table"
        raise Refusal(
            "UnversionedDatabase",
            "the database has %d %s (%s) and no version table, so its revision is unknown; set adopt.baseline to the revision "
            "that the tables are at, or to base where they are not the migrations'" % (len(names), several, listed(names)),
        )


def tables(session, schema):
    """The sorted names that count."""
    if session.dialect == "postgresql":
        found = session.rows(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
            " AND (n.nspname = ANY (current_schemas(false)) OR n.nspname = %s)"
            " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid"
            " AND d.deptype = 'e')" % literal(schema or "")
        )
    elif session.dialect == "mysql":
        found = session.rows(
            "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema = %s"
            % (literal(schema) if schema else "DATABASE()")
        )
    elif session.dialect == "sqlite":
        found = session.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'")
    else:
        found = []
    return sorted(row[0] for row in found)

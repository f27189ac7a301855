# SPDX-License-Identifier: Apache-2.0
"""What a failure leaves behind beside half a revision: an invalid index (PostgreSQL), rows that nobody takes back (MySQL)."""

from .text import clean


def find(session, schema):
    """The invalid indexes that nobody is building, as ``(qualified name, statement that mends it)``.

    Only those of tables that our role owns, in the version table's schema or the search path.
    """
    if session.dialect != "postgresql":
        return []
    return session.rows(
        "SELECT format('%I.%I', n.nspname, c.relname), CASE WHEN c.relname ~ '_cc(new|old)[0-9]*$'"
        " THEN format('DROP INDEX CONCURRENTLY %I.%I', n.nspname, c.relname)"
        " ELSE format('REINDEX INDEX CONCURRENTLY %I.%I', n.nspname, c.relname) END"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " LEFT JOIN pg_stat_progress_create_index p ON p.index_relid = i.indexrelid"
        " WHERE NOT i.indisvalid AND c.relkind = 'i' AND p.pid IS NULL AND pg_has_role(t.relowner, 'USAGE')"
        " AND (n.nspname = ANY (current_schemas(false)) OR n.nspname = '" + (schema or "").replace("'", "''") + "') ORDER BY 1"
    )


def without_transactions(session):
    """Whether the database has tables from which nothing is rolled back (MyISAM, Aria and others of MySQL and MariaDB)."""
    return session.dialect == "mysql" and bool(
        session.rows(
            "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
            " AND engine NOT IN ('InnoDB', 'ROCKSDB', 'TokuDB', 'ndbcluster') LIMIT 1"
        )
    )


def sentence(found):
    """Names the invalid indexes and the statements that mend them."""
    several = "indexes are" if len(found) > 1 else "index is"
    return "invalid %s left behind: mend with %s" % (several, clean("; ".join(statement for _, statement in found[:3]), 500))

# SPDX-License-Identifier: Apache-2.0
"""Adoption: a database that has tables but no version rows is taken to be at a revision that the resource names.

A wrong baseline is a lie that every later migration builds upon, so it is compared with the tables where that can be done.
"""

from . import unversioned
from .ddl import Tables, bare, parts
from .errors import Refusal
from .offline import Offline
from .session import literal
from .text import listed, quoted

_OTHERWISE = (
    "set adopt.baseline to the revision that the tables are at, or to base where they are not the migrations' and all of them "
    "shall run"
)


def find(run, context, adopt):
    """The revisions to stamp, for a database without version rows; none where it is empty or the tables are foreign.

    Raises :class:`Refusal`: ``UnversionedDatabase`` where there are tables and no baseline, or where they contradict it,
    ``UnknownRevision``, and ``NotAnAncestor`` where the way to the target does not lead over it.
    """
    wanted = run.options.baseline
    if not wanted or not adopt or run.options.action == "status":
        unversioned.check(run.session, run.table)
        return []
    if not [name for name in unversioned.tables(run.session, run.table.schema) if name != run.table.name]:
        return []
    run.report.data["baseline"] = {"revision": run.report.text(wanted, 128), "stamped": False}
    if wanted == "base":
        return []
    revisions = _resolve(run.graph, wanted)
    run.report.data["baseline"]["revision"] = ",".join(revisions)
    if not run.graph.contains(run.options.target, revisions):
        raise Refusal(
            "NotAnAncestor",
            "the baseline %s does not lie on the way to the target %s; set adopt.baseline to a revision that does"
            % (listed(revisions), quoted(run.options.target)),
            revisions[0],
        )
    _compare(run, context, revisions)
    return revisions


def _resolve(graph, wanted):
    try:
        return graph.resolve(wanted)
    except Refusal as refusal:
        raise Refusal(refusal.kind, "adopt.baseline: " + str(refusal), refusal.revision) from refusal


def _compare(run, context, revisions):
    tables = Tables()
    unread = []
    with Offline(context) as offline:
        for step in run.graph.upgrade(revisions):
            text, error = offline.call(step.migration_fn)
            tables.read(text)
            if error:
                unread.append((step.revision.revision, error))
                tables.forget(_source(step.revision.path))
    expected = tables.names()
    missing = [name for name in expected if not _exists(run.session, name, tables.elsewhere)]
    run.session.settle()
    if missing:
        several = "tables" if len(missing) > 1 else "table"
        raise Refusal(
            "UnversionedDatabase",
            "the database has no %s %s, %d %s that the revisions up to the baseline %s would have made; %s"
            % (several, listed(_plain(missing)), len(missing), several, listed(revisions), _OTHERWISE),
        )
    if unread:
        run.report.note(
            "the baseline was not compared with all tables, because without a connection revision %s says: %s"
            % (listed(revision for revision, _ in unread), unread[0][1])
        )
    elif not expected:
        run.report.note("the baseline was not compared with the tables, because its revisions make none that can be told")


def _plain(names):
    return [".".join(bare(part) for part in parts(name)) for name in names]


def _source(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as source:
            return source.read()
    except OSError:
        return ""


def _exists(session, written, elsewhere):
    names = [bare(part) for part in parts(written)]
    table, schema = literal(names[-1]), names[0] if len(names) > 1 else None
    if session.dialect == "postgresql":
        if elsewhere and not schema:
            return bool(session.rows("SELECT 1 FROM pg_class WHERE relname = %s LIMIT 1" % table))
        identifier = ".".join('"%s"' % name.replace('"', '""') for name in names)
        return session.row("SELECT to_regclass(%s)::text" % literal(identifier))[0] is not None
    if session.dialect == "mysql":
        place = "" if elsewhere and not schema else " AND table_schema = " + (literal(schema) if schema else "DATABASE()")
        return bool(
            session.rows("SELECT 1 FROM information_schema.tables WHERE lower(table_name) = lower(%s)%s" % (table, place))
        )
    if session.dialect == "sqlite":
        return bool(session.rows("SELECT 1 FROM sqlite_master WHERE lower(name) = lower(%s)" % table))
    return True

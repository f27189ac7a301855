# SPDX-License-Identifier: Apache-2.0
"""Adoption of a database that has tables and no version rows."""

import pytest

from support.projects import ASYNC, NEVER_COMMITS, PER_MIGRATION, SYNC
from support.runs import OUTERMOST, PAIRS
from test_mysql import run as on_mariadb
from test_targets import tree
from test_wrap import own, wrapped  # noqa: F401 - a fixture


def made(database, *names):
    """Tables that somebody has made without Alembic."""
    for name in names:
        database.rows("CREATE TABLE %s (id int PRIMARY KEY); ALTER TABLE %s OWNER TO app" % (name, name))


def adopted(runner, project, database, baseline, **options):
    result = runner.run(project, url=database.url, baseline=baseline, **options)
    assert (result.code, result.outcome) == (0, "applied"), result
    assert result.report["baseline"] == {"revision": baseline, "stamped": True}
    assert result.report["after"] == result.report["expected"] == database.versions()
    return result


def refused(result, kind, *words):
    assert (result.code, result.outcome, result.kind) == (3, "refused", kind), result
    assert not [word for word in words if word not in result.message], result.message
    assert "applied" not in result.report
    assert not result.report.get("baseline", {}).get("stamped")
    return result


@pytest.mark.parametrize(("venv", "env"), [(venv, SYNC) for venv in PAIRS] + [(PAIRS[-1], PER_MIGRATION)])
def test_stamped_and_upgraded(runner, project, database, venv, env):
    """Scenario 6."""
    made(database, "t1", "t2", "t3", "somebodys")
    project.env(env).tables(5)
    result = adopted(runner, project, database, "0003", venv=venv)
    assert result.applied == ["0004", "0005"]
    assert (result.report["before"], result.report["direction"]) == ([], "upgrade")
    assert [step["revision"] for step in result.report["plan"]] == ["0004", "0005"]
    assert database.tables() == ["alembic_version", "somebodys", "t1", "t2", "t3", "t4", "t5"]
    assert "notes" not in result.report
    assert "alembic-operator: 1/2 0004" in result.stderr
    # Once it has rows the option means nothing, not even where it is wrong.
    for baseline in ("0003", "0001", "nonsense"):
        again = runner.run(project, url=database.url, venv=venv, baseline=baseline)
        assert again.outcome == "upToDate", again
        assert "baseline" not in again.report


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_only_stamped(runner, project, database, driver):
    made(database, "t1", "t2")
    project.env(ASYNC if driver == "asyncpg" else SYNC).tables(2)
    result = adopted(runner, project, database, "0002", driver=driver)
    assert (result.report["direction"], result.report["planCount"]) == ("stamp", 0)
    assert database.versions() == ["0002"]
    assert database.tables() == ["alembic_version", "t1", "t2"]


def test_stamp_that_is_never_committed(runner, project, database):
    made(database, "t1")
    project.env(NEVER_COMMITS).tables(1)
    result = runner.run(project, url=database.url, baseline="0001")
    assert (result.code, result.outcome, result.kind) == (1, "failed", "NotCommitted"), result
    assert result.report["baseline"]["stamped"] is False
    assert database.versions() is None


@pytest.mark.parametrize(("env", "stamped"), [(SYNC, False), (PER_MIGRATION, True)])
def test_failure_after_the_stamp(runner, project, database, env, stamped):
    """What stands afterwards is told: in one transaction the stamp goes with the rest."""
    made(database, "t1", "t2")
    project.env(env).tables(2).revision("0003", 'op.execute("SELEC 1")')
    result = runner.run(project, url=database.url, baseline="0002")
    assert (result.code, result.kind) == (1, "MigrationFailed"), result
    assert result.report["baseline"] == {"revision": "0002", "stamped": stamped}
    assert database.versions() == (["0002"] if stamped else None)
    assert result.report["after"] == (["0002"] if stamped else [])


@pytest.mark.parametrize("venv", OUTERMOST)
@pytest.mark.parametrize("action", ["plan", "migrate"])
def test_contradicted(runner, project, database, venv, action):
    made(database, "t1", "t4")
    result = refused(
        runner.run(project.tables(5), action, url=database.url, venv=venv, baseline="0003"),
        "UnversionedDatabase",
        '2 tables that the revisions up to the baseline "0003"',
        '"t2", "t3"',
        "adopt.baseline",
        "base",
    )
    assert result.report["baseline"] == {"revision": "0003", "stamped": False}
    assert database.tables() == ["t1", "t4"]


def test_contradicted_by_many(runner, project, database):
    made(database, "t1")
    result = refused(runner.run(project.tables(15), url=database.url, baseline="head"), "UnversionedDatabase", "14 tables")
    assert '"t11" and 4 more' in result.message


def test_plan_of_an_adoption(runner, project, database):
    made(database, "t1")
    result = runner.run(project.tables(2), "plan", url=database.url, baseline="0001")
    assert (result.outcome, result.report["direction"]) == ("planned", "upgrade"), result
    assert [step["revision"] for step in result.report["plan"]] == ["0002"]
    assert result.report["baseline"] == {"revision": "0001", "stamped": False}
    assert database.tables() == ["t1"]


MAKING = """\
op.create_table("made", sa.Column("id", sa.Integer))
op.create_table("Dropped", sa.Column("id", sa.Integer))
op.create_table("old name", sa.Column("id", sa.Integer))
op.drop_table("Dropped")
op.rename_table("old name", "New Name")
op.execute("CREATE TABLE Raw (id int); CREATE UNLOGGED TABLE IF NOT EXISTS other.here (id int)")
op.execute("-- CREATE TABLE comment (id int)\\nCREATE TEMPORARY TABLE passing (id int)")
op.execute("COMMENT ON TABLE raw IS 'CREATE TABLE text (id int)'")
op.execute("CREATE TABLE a (id int); CREATE TABLE b (id int); DROP TABLE IF EXISTS a, b CASCADE")
op.execute("CREATE TABLE away (id int); ALTER TABLE away SET SCHEMA other")
op.execute("DO $$ BEGIN CREATE TABLE perhaps (id int); END $$")
sa.Table("all_of_them", sa.MetaData(), sa.Column("id", sa.Integer)).create(op.get_bind())
"""


@pytest.mark.parametrize("venv", OUTERMOST)
def test_what_is_compared(runner, project, database, venv):
    """What the revisions would leave, however they say it."""
    made(database, "unrelated")
    project.revision("0001", MAKING)
    expected = ['"made"', '"New Name"', '"raw"', '"other.here"', '"other.away"', '"all_of_them"']
    result = refused(runner.run(project, url=database.url, venv=venv, baseline="0001"), "UnversionedDatabase", *expected)
    assert "6 tables" in result.message
    database.rows('CREATE SCHEMA other; GRANT USAGE ON SCHEMA other TO app; CREATE TABLE "New Name" (id int)')
    made(database, "made", "raw", "other.here", "other.away", "all_of_them")
    assert adopted(runner, project, database, "0001", venv=venv).report["direction"] == "stamp"


CONNECTED = """\
op.create_table("t2", sa.Column("id", sa.Integer))
names = [row[0] for row in op.get_bind().execute(sa.text("SELECT 1")).fetchall()]
op.drop_table("t1")
"""


@pytest.mark.parametrize("venv", OUTERMOST)
def test_revision_that_needs_a_connection(runner, project, database, venv):
    """What it names itself is not expected any more, for it may do anything; all else is compared."""
    made(database, "t2")
    project.tables(1).revision("0002", CONNECTED).tables(1, first=3)
    refused(runner.run(project, url=database.url, venv=venv, baseline="0003"), "UnversionedDatabase", 'table "t3", 1 table that')
    made(database, "t3")
    result = adopted(runner, project, database, "0003", venv=venv)
    assert [note for note in result.report["notes"] if "was not compared with all tables" in note and '"0002"' in note], result


def test_nothing_is_executed_while_comparing(runner, project, database):
    """Neither on the migration's own connection nor on one of the revision's own."""
    made(database, "t1")
    way = 'import os; sa.create_engine(os.environ["DATABASE_URL"]).connect().execute(sa.text("CREATE TABLE strange (id int)"))'
    project.tables(1).revision("0002", way).revision("0003", 'op.get_bind().execute(sa.text("CREATE TABLE strange (id int)"))')
    result = runner.run(project, url=database.url, url_env="DATABASE_URL", baseline="0003")
    refused(result, "UnversionedDatabase", '"strange"')
    assert database.tables() == ["t1"]


def test_nothing_to_compare(runner, project, database):
    made(database, "t1")
    result = adopted(runner, project.revision("0001"), database, "0001")
    assert "was not compared" in result.report["notes"][0]


def test_search_path_of_their_own(runner, project, database):
    database.rows("CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO app")
    made(database, "t1", "shop.t2")
    project.tables(1).revision("0002", 'op.execute("SET search_path TO shop")\nop.create_table("t2")\nop.create_table("t9")')
    refused(runner.run(project, url=database.url, baseline="0002"), "UnversionedDatabase", 'no table "t9"')
    made(database, "shop.t9")
    adopted(runner, project, database, "0002")


def test_base_means_that_the_tables_are_not_ours(runner, project, database):
    made(database, "somebodys")
    result = runner.run(project.tables(2), url=database.url, baseline="base")
    assert (result.outcome, result.applied, database.versions()) == ("applied", ["0001", "0002"], ["0002"]), result
    assert result.report["baseline"] == {"revision": "base", "stamped": False}


def test_unknown(runner, project, database):
    made(database, "t1")
    refused(runner.run(project.tables(2), url=database.url, baseline="deadbeef"), "UnknownRevision", "adopt.baseline", "deadbeef")


@pytest.mark.parametrize("target", ["0002", "base"])
def test_beyond_the_target(runner, project, database, target):
    made(database, "t1", "t2", "t3")
    result = runner.run(project.tables(4), url=database.url, baseline="0003", target=target, allow_downgrade=True)
    refused(result, "NotAnAncestor", "adopt.baseline", '"0003"')
    assert database.versions() is None


def test_beside_the_target(runner, project, database):
    made(database, "a1", "c1")
    tree(project)
    refused(runner.run(project, url=database.url, baseline="cccc1111", target="api@head"), "NotAnAncestor", '"cccc1111"')
    result = adopted(runner, project, database, "cccc1111", target="heads")
    assert result.report["after"] == ["bbbb2222", "cccc2222"]
    assert "a1" in database.tables()


def test_empty_database_is_upgraded(runner, project, database):
    result = runner.run(project.tables(2), url=database.url, baseline="0001")
    assert (result.outcome, result.applied) == ("applied", ["0001", "0002"]), result
    assert "baseline" not in result.report


def test_empty_version_table(runner, project, database):
    """Left by a way back to base, or by hand."""
    made(database, "t1")
    database.rows("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); ALTER TABLE alembic_version OWNER TO app")
    refused(runner.run(project.tables(2), url=database.url, baseline="0002"), "UnversionedDatabase", '"t2"')
    assert adopted(runner, project, database, "0001").applied == ["0002"]


def test_version_table_alone_is_an_empty_database(runner, project, database):
    database.rows("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); ALTER TABLE alembic_version OWNER TO app")
    result = runner.run(project.tables(2), url=database.url, baseline="0001")
    assert (result.outcome, result.applied) == ("applied", ["0001", "0002"]), result


def test_sqlite(runner, project, tmp_path):
    import contextlib
    import sqlite3

    url = "sqlite:///%s/app.db" % tmp_path
    with contextlib.closing(sqlite3.connect(tmp_path / "app.db")) as connection:
        connection.execute("CREATE TABLE t1 (id int)")
        connection.commit()
    refused(runner.run(project.tables(3), url=url, baseline="0002"), "UnversionedDatabase", '"t2"')
    result = runner.run(project, url=url, baseline="0001")
    assert (result.outcome, result.applied) == ("applied", ["0002", "0003"]), result
    assert result.report["baseline"] == {"revision": "0001", "stamped": True}


@pytest.mark.parametrize("venv", OUTERMOST)
def test_command_of_the_projects_own(runner, own, database, venv):  # noqa: F811
    made(database, "t1", "t2")
    result = wrapped(runner, own, database, "python", "manage.py", baseline="0003", venv=venv)
    refused(result, "UnversionedDatabase", '"t3"')
    result = wrapped(runner, own, database, "python", "manage.py", baseline="0002", venv=venv)
    assert (result.outcome, result.applied, result.report["after"]) == ("applied", ["0003"], ["0003"]), result
    assert result.report["baseline"] == {"revision": "0002", "stamped": True}
    assert wrapped(runner, own, database, "python", "manage.py", baseline="0002", venv=venv).outcome == "upToDate"


def test_command_of_the_projects_own_with_nothing_to_upgrade(runner, own, database):  # noqa: F811
    made(database, "t1", "t2", "t3")
    result = wrapped(runner, own, database, "python", "manage.py", baseline="0003")
    assert (result.outcome, result.report["after"]) == ("applied", ["0003"]), result
    assert (result.report["direction"], result.report["baseline"]["stamped"]) == ("stamp", True)


def test_command_that_finds_an_empty_database(runner, own, database):  # noqa: F811
    result = wrapped(runner, own, database, "python", "manage.py", baseline="0002")
    assert (result.outcome, result.applied) == ("applied", ["0001", "0002", "0003"]), result


def test_mariadb(runner, project, maria):
    maria.rows("CREATE TABLE t1 (id int)")
    project.tables(3)
    refused(on_mariadb(runner, project, maria, baseline="0002"), "UnversionedDatabase", '"t2"')
    result = on_mariadb(runner, project, maria, baseline="0001")
    assert (result.outcome, result.applied, maria.versions()) == ("applied", ["0002", "0003"], ["0003"]), result
    assert result.report["baseline"] == {"revision": "0001", "stamped": True}

# SPDX-License-Identifier: Apache-2.0
"""Looking before leaping: the models beside the database, and the pending span as SQL. Nothing is written, ever."""

import contextlib

import psycopg2
import pytest

from support.postgres import connect
from support.projects import ASYNC, SYNC
from support.runs import OUTERMOST, PAIRS
from test_downgrades import tables
from test_mysql import run as on_mariadb
from test_targets import reach, tree

MODELS = """\
import sqlalchemy as sa
metadata = sa.MetaData()
sa.Table("t1", metadata, sa.Column("id", sa.Integer, primary_key=True))
"""

DRIFTED = (
    MODELS.replace("primary_key=True)", 'primary_key=True), sa.Column("name", sa.String(20)), sa.Index("ix_name", "name")')
    + 'sa.Table("orders", metadata, sa.Column("id", sa.Integer))\n'
)

HAND_MADE = "ALTER TABLE t1 ADD note text; CREATE TABLE strange (id int); ALTER TABLE strange OWNER TO app"


def with_models(project, text=MODELS, env=SYNC):
    (project.folder / "models.py").write_text(text)
    env = "import sys\nsys.path.insert(0, '.')\nimport models\n" + env
    return project.env(env.replace("target_metadata=None", "target_metadata=models.metadata"))


def state(database):
    """All that a check could change: tables, columns, indexes, sequences, roles' settings, rows, who is connected."""
    found = [
        database.rows("SELECT oid, relname, relkind, relfilenode FROM pg_class WHERE oid >= 16384 ORDER BY oid"),
        database.rows("SELECT attrelid, attname, atttypid, attisdropped FROM pg_attribute WHERE attrelid >= 16384 ORDER BY 1, 2"),
        database.rows("SELECT n_tup_ins, n_tup_upd, n_tup_del, relname FROM pg_stat_user_tables ORDER BY relname"),
        database.rows("SELECT oid, nspname FROM pg_namespace ORDER BY 1"),
    ]
    for table in database.tables():
        found.append(database.rows('SELECT * FROM "%s" ORDER BY 1' % table))
    return found


def checked(runner, project, database, **options):
    """A check that changes nothing; the migration lock may be somebody else's all the while."""
    from alembic_operator_runner import lock

    before = state(database)
    with contextlib.closing(connect(database.superuser_url)) as holder:
        holder.cursor().execute("SELECT pg_advisory_lock(%s)", [lock.key("public", "alembic_version")])
        result = runner.run(project, "check", url=database.url, **options)
    assert state(database) == before
    return result


def passed(result):
    assert (result.code, result.outcome, result.report["phase"]) == (0, "checked", "done"), result
    assert "applied" not in result.report
    return result


@pytest.mark.parametrize("venv", PAIRS)
def test_no_difference(runner, project, database, venv):
    with_models(project).tables(1)
    reach(runner, project, database, "head", venv=venv)
    result = passed(checked(runner, project, database, venv=venv))
    assert result.report["models"] == {"available": True, "count": 0, "differences": []}
    assert (result.report["before"], result.report["expected"], result.report["heads"]) == (["0001"], ["0001"], ["0001"])
    assert result.report["planCount"] == 0
    assert "planDigest" not in result.report
    assert "sql" not in result.report


@pytest.mark.parametrize(("venv", "driver"), [(venv, "psycopg2") for venv in OUTERMOST] + [(PAIRS[-1], "asyncpg")])
def test_differences(runner, project, database, venv, driver):
    with_models(project, DRIFTED, ASYNC if driver == "asyncpg" else SYNC).tables(1)
    reach(runner, project, database, "head", venv=venv, driver=driver)
    database.rows(HAND_MADE)
    models = passed(checked(runner, project, database, venv=venv, driver=driver)).report["models"]
    assert (models["available"], models["count"]) == (True, 5)
    assert sorted(models["differences"]) == [
        "add_column t1.name",
        "add_index t1.ix_name",
        "add_table orders",
        "remove_column t1.note",
        "remove_table strange",
    ]


def test_changed_columns(runner, project, database):
    text = MODELS.replace(
        "primary_key=True)",
        'primary_key=True), sa.Column("a", sa.String(20), nullable=False), sa.Column("b", sa.Text), sa.UniqueConstraint("b")',
    )
    with_models(project, text).revision(
        "0001",
        'op.create_table("t1", sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", sa.String(20)), sa.Column("b", sa.Integer))',
    )
    reach(runner, project, database, "head")
    assert sorted(passed(checked(runner, project, database)).report["models"]["differences"]) == [
        "add_constraint t1.(b)",
        "modify_nullable t1.a: True -> False",
        "modify_type t1.b: INTEGER -> TEXT",
    ]


def test_many_differences_are_counted(runner, project, database):
    text = MODELS + 'for n in range(500):\n    sa.Table("table_of_a_long_name_%03d" % n, metadata, sa.Column("id", sa.Integer))\n'
    with_models(project, text).tables(1)
    reach(runner, project, database, "head")
    result = passed(checked(runner, project, database))
    assert result.report["models"]["count"] == 500
    assert len(result.report["models"]["differences"]) == 10
    assert len(result.raw) <= 4096


@pytest.mark.parametrize(
    ("count", "target", "words"),
    [(2, "head", "not at the target"), (2, "0001", "not at the newest"), (0, "base", "not at the newest")],
)
def test_models_of_a_database_that_lags(runner, project, database, count, target, words):
    with_models(project).tables(1)
    if count:
        reach(runner, project, database, "head")
    project.tables(1, first=2)
    models = passed(checked(runner, project, database, target=target)).report["models"]
    assert models["available"] is False
    assert words in models["because"]


def test_no_models(runner, project, database):
    reach(runner, project.tables(1), database, "head")
    models = passed(checked(runner, project, database)).report["models"]
    assert models["available"] is False
    assert "target_metadata" in models["because"]


def test_comparison_that_fails(runner, project, database):
    env = SYNC.replace("target_metadata=None", "target_metadata=models.metadata, include_object=lambda *_: 1 / 0")
    with_models(project, MODELS, env).tables(1)
    reach(runner, project, database, "head")
    models = passed(checked(runner, project, database)).report["models"]
    assert models == {"available": False, "because": "the comparison ended with ZeroDivisionError: division by zero"}


def test_pending(runner, project, database):
    with_models(project).tables(1)
    reach(runner, project, database, "head")
    project.tables(2, first=2)
    checking = passed(checked(runner, project, database)).report
    planning = runner.run(project, "plan", url=database.url).report
    for key in ("before", "heads", "target", "expected", "plan", "planCount", "planDigest", "direction"):
        assert checking[key] == planning[key]
    assert [step["revision"] for step in checking["plan"]] == ["0002", "0003"]


def test_way_back(runner, project, database):
    tables(project, 2)
    reach(runner, project, database, "head")
    result = passed(checked(runner, project, database, target="0001"))
    assert (result.report["direction"], result.report["expected"]) == ("downgrade", ["0001"])
    refused = runner.run(project, url=database.url, target="0001")
    assert refused.report["planDigest"] == result.report["planDigest"]


def test_what_would_be_refused(runner, project, database):
    tree(project)
    database.rows("CREATE TABLE t1 (id int)")
    for options, kind in (
        ({"target": "heads"}, "UnversionedDatabase"),
        ({"target": "heads", "baseline": "deadbeef"}, "UnknownRevision"),
        ({"target": "heads", "baseline": "base"}, None),
    ):
        result = checked(runner, project, database, **options)
        assert (result.code, result.kind) == (3 if kind else 0, kind), result
        assert result.report["before"] == []
        assert result.report["heads"] == ["bbbb2222", "cccc2222"]
    database.rows("DROP TABLE t1")
    assert checked(runner, project, database).kind == "MultipleHeads"
    reach(runner, project, database, "bbbb1111")
    database.rows("UPDATE alembic_version SET version_num = 'feedface'")
    result = checked(runner, project, database, target="heads")
    assert (result.code, result.outcome, result.kind) == (3, "refused", "DatabaseAhead"), result
    assert result.report["before"] == ["feedface"]


def execute(database, sql):
    """As somebody would who takes the text and runs it."""
    with contextlib.closing(psycopg2.connect(database.url)) as connection:
        connection.autocommit = True
        for statement in filter(str.strip, sql.split(";")):
            connection.cursor().execute(statement)


@pytest.mark.parametrize("venv", PAIRS)
@pytest.mark.parametrize("action", ["check", "plan"])
def test_sql_does_what_the_run_would_do(runner, project, database, venv, action):
    tables(project, 2).revision(
        "0003", "op.execute(\"INSERT INTO t2 SELECT length('50%')\")", downgrade='op.execute("TRUNCATE t2")'
    )
    for target in ("0001", "head", "0001", "base"):
        result = runner.run(project, action, url=database.url, venv=venv, target=target, sql=True)
        sql = result.full_report()["sql"]
        assert result.report["sql"] == {"available": True, "bytes": len(sql["text"].encode())} == {k: sql[k] for k in ("available", "bytes")}  # fmt: skip
        assert "BEGIN;" in sql["text"]
        assert "-- Running" in sql["text"]
        execute(database, sql["text"])
        assert database.versions() == result.report["expected"]
        if target == "head":
            assert database.rows("SELECT id FROM t2") == [(3,)]
    assert database.tables() == ["alembic_version"]


@pytest.mark.parametrize(("driver", "env"), [("asyncpg", ASYNC), ("psycopg", SYNC)])
def test_sql_of_several_rows(runner, project, database, driver, env):
    tree(project.env(env))
    reach(runner, project, database, "bbbb1111", driver=driver)
    reach(runner, project, database, "billing@head", driver=driver)
    result = passed(checked(runner, project, database, driver=driver, target="heads", sql=True))
    text = result.full_report()["sql"]["text"]
    assert "CREATE TABLE b2" in text
    assert "CREATE TABLE alembic_version" not in text
    execute(database, text)
    assert database.versions() == result.report["expected"] == ["bbbb2222", "cccc2222"]


def test_sql_of_an_adoption(runner, project, database):
    database.rows("CREATE TABLE t1 (id int); CREATE TABLE t2 (id int)")
    tables(project, 3)
    result = passed(checked(runner, project, database, baseline="0002", sql=True))
    execute(database, result.full_report()["sql"]["text"])
    assert database.versions() == result.report["expected"] == ["0003"]
    assert database.tables() == ["alembic_version", "t1", "t2", "t3"]


@pytest.mark.parametrize("venv", OUTERMOST)
def test_sql_of_a_revision_that_needs_a_connection(runner, project, database, venv):
    project.tables(1).revision("0002", 'print([r[0] for r in op.get_bind().execute(sa.text("SELECT 1")).fetchall()])')
    result = passed(checked(runner, project, database, venv=venv, sql=True))
    assert result.report["sql"]["available"] is False
    assert 'revision "0002"' in result.report["sql"]["because"]
    # What runs afterwards runs as ever.
    assert reach(runner, project, database, "head", venv=venv).applied == ["0001", "0002"]


def test_sql_of_a_revision_with_a_way_of_its_own(runner, project, database):
    """It opens a connection itself, and asks whether it may."""
    project.revision("0001", "from alembic import context\nif context.is_offline_mode(): op.execute('SELECT 4711')")
    text = checked(runner, project, database, sql=True).full_report()["sql"]["text"]
    assert "SELECT 4711" in text
    own = 'import os; sa.create_engine(os.environ["DATABASE_URL"]).connect().execute(sa.text("CREATE TABLE strange (id int)"))'
    project.revision("0002", own)
    result = checked(runner, project, database, url_env="DATABASE_URL", sql=True)
    assert result.report["sql"]["available"] is False
    assert "wants to execute" in result.report["sql"]["because"]


def test_sql_that_is_too_long(runner, project, database):
    project.revision("0001", "op.execute(\"SELECT '%s'\" % ('x' * 600000))")
    sql = passed(checked(runner, project, database, sql=True)).report["sql"]
    assert sql["available"] is False
    assert "524288" in sql["because"]


def test_sql_without_anything_to_do(runner, project, database):
    reach(runner, project.tables(1), database, "head")
    assert checked(runner, project, database, sql=True).report["sql"] == {
        "available": False,
        "because": "there is nothing to be done",
    }


def test_sql_is_scrubbed(runner, project, database):
    canary = "S3cret-canary"
    url = database.url.replace("app-password", canary)
    project.revision("0001", "op.execute(\"SELECT '%s', '\\x1b[2J'\")" % url)
    result = runner.run(project, "check", url=url, sql=True)
    text = result.full_report()["sql"]["text"]
    assert "SELECT" in text
    assert canary not in text + result.everything
    assert "\x1b" not in text


def test_env_with_callbacks_is_not_told_of_what_did_not_happen(runner, project, database):
    env = SYNC.replace("target_metadata=None", "on_version_apply=lambda **_: open('called', 'w').close()")
    project.env(env).tables(2)
    passed(checked(runner, project, database, sql=True))
    assert not (project.folder / "called").exists()
    assert reach(runner, project, database, "head").outcome == "applied"
    assert (project.folder / "called").exists()


@pytest.mark.parametrize("pair", [("mysql-1.4", "pymysql"), ("mysql-latest", "aiomysql")])
def test_mariadb(runner, project, maria, pair):
    project.tables(1).revision("0002", "op.execute(\"CREATE TABLE t2 AS SELECT '50%' AS s\")")
    assert on_mariadb(runner, project, maria, pair, target="0001").outcome == "applied"
    result = on_mariadb(runner, project, maria, pair, "check", sql=True)
    assert passed(result).report["models"]["available"] is False
    text = result.full_report()["sql"]["text"]
    assert "CREATE TABLE t2 AS SELECT '50%' AS s" in text
    assert (maria.versions(), "t2" in maria.tables()) == (["0001"], False)

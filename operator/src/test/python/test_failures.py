# SPDX-License-Identifier: Apache-2.0
"""What goes wrong inside a step: its kind, what the database holds afterwards, and what the report says of it."""

import pytest

from support.projects import ASYNC, NEVER_COMMITS, PER_MIGRATION, SYNC
from support.runs import OUTERMOST, PAIRS

CREATE = 'op.create_table("t%s", sa.Column("id", sa.Integer, primary_key=True))'


def failed(result, kind, revision, *words):
    assert (result.code, result.outcome, result.kind) == (1, "failed", kind), result
    assert result.report["error"].get("revision") == revision, result
    assert not [word for word in words if word not in result.message], result.message
    assert "[SQL" not in result.message
    return result


@pytest.mark.parametrize("venv", PAIRS)
def test_third_of_five_in_one_transaction(runner, project, database, venv):
    project.tables(2).revision("0003", CREATE % 3 + '\nop.execute("SELEC 1")').tables(2, first=4)
    result = failed(
        runner.run(project, url=database.url, venv=venv), "MigrationFailed", "0003", '"0003"', "syntax error", "new image"
    )
    assert result.report["error"]["sqlstate"] == "42601"
    assert [step["committed"] for step in result.report["applied"]] == [False, False]
    assert (result.report["after"], result.report["halfApplied"]) == ([], "no")
    assert database.tables() == []


@pytest.mark.parametrize("venv", PAIRS)
def test_third_of_five_with_one_transaction_each(runner, project, database, venv):
    project.env(PER_MIGRATION).tables(2).revision("0003", CREATE % 3 + '\nop.execute("SELEC 1")').tables(2, first=4)
    result = failed(runner.run(project, url=database.url, venv=venv), "MigrationFailed", "0003")
    assert result.report["database"]["perMigration"] is True
    assert [step["committed"] for step in result.report["applied"]] == [True, True]
    assert (result.report["after"], result.report["halfApplied"]) == (["0002"], "no")
    assert database.tables() == ["alembic_version", "t1", "t2"]


@pytest.mark.parametrize("venv", OUTERMOST)
@pytest.mark.parametrize("env", [SYNC, PER_MIGRATION])
def test_autocommit_block(runner, project, database, venv, env):
    block = '\nwith op.get_context().autocommit_block():\n    op.execute("CREATE INDEX CONCURRENTLY ix ON t3 (id)")\n    op.execute("SELEC 1")'
    project.env(env).tables(2).revision("0003", CREATE % 3 + block)
    result = failed(runner.run(project, url=database.url, venv=venv), "PartiallyApplied", "0003", "half applied", "syntax error")
    assert result.report["error"]["retryable"] is False
    assert (result.report["after"], result.report["halfApplied"]) == (["0002"], "yes")
    assert database.tables() == ["alembic_version", "t1", "t2", "t3"]


def test_autocommit_block_of_an_earlier_step(runner, project, database):
    """The block is committed, its revision's row only with the next step, which fails."""
    project.revision("0001", 'with op.get_context().autocommit_block():\n    op.execute("CREATE TABLE a (id int)")')
    project.revision("0002", 'op.execute("SELEC 1")')
    result = failed(runner.run(project, url=database.url), "PartiallyApplied", "0001", '"0001"', "syntax error")
    assert database.tables() == ["a", "alembic_version"]
    assert result.report["halfApplied"] == "yes"


def test_autocommit_block_that_fails_at_once(runner, project, database):
    project.tables(1).revision("0002", 'with op.get_context().autocommit_block():\n    op.execute("CREATE TABEL x (id int)")')
    result = failed(runner.run(project, url=database.url), "MigrationFailed", "0002")
    assert (result.report["after"], result.report["halfApplied"]) == (["0001"], "no")


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg", "asyncpg"])
def test_unique_index_over_duplicates(runner, project, database, driver):
    """Scenario 16: the invalid index is reported with its mending statement, also when a later run succeeds over it."""
    project.env(ASYNC if driver == "asyncpg" else SYNC)
    project.revision("0001", 'op.execute("CREATE TABLE t (i int)")\nop.execute("INSERT INTO t VALUES (1), (1)")')
    first = runner.run(project, url=database.url, driver=driver)
    assert first.outcome == "applied", first
    statement = "CREATE UNIQUE INDEX CONCURRENTLY %s ix ON t (i)"
    block = 'with op.get_context().autocommit_block():\n    op.execute("%s")'
    project.revision("0002", block % (statement % ""))
    result = failed(
        runner.run(project, url=database.url, driver=driver), "PartiallyApplied", "0002", "REINDEX INDEX CONCURRENTLY public.ix"
    )
    assert result.report["error"]["sqlstate"] == "23505"
    assert (result.report["after"], result.report["halfApplied"]) == (["0001"], "yes")
    assert "(1)" not in result.message

    project._last = "0001"
    project.revision("0002", block % (statement % "IF NOT EXISTS"))
    result = failed(
        runner.run(project, url=database.url, driver=driver), "LeftoversFound", None, "REINDEX INDEX CONCURRENTLY public.ix"
    )
    assert result.report["after"] == ["0002"]
    assert result.report["applied"][0]["committed"] is True


@pytest.mark.parametrize(
    ("body", "kind", "state"),
    [
        ('op.execute("ALTER TABLE t1 ADD x int NOT NULL")', "DataViolation", "23502"),
        ('op.execute("INSERT INTO t1 VALUES (1)")', "DataViolation", "23505"),
        ('op.execute("ALTER TABLE t1 ADD CHECK (id > 5)")', "DataViolation", "23514"),
        (CREATE % 1, "AlreadyExists", "42P07"),
        ('op.drop_table("nothing")', "DoesNotExist", "42P01"),
        ('op.execute("CREATE INDEX CONCURRENTLY i ON t1 (id)")', "NeedsAutocommit", "25001"),
        ('op.execute("ALTER TABLE t1 ADD s varchar(2)")\nop.execute("UPDATE t1 SET s = \'long\'")', "ValueTooLong", "22001"),
        ('op.execute("ALTER TABLE t1 ALTER id TYPE date")', "MigrationFailed", "42804"),
        ('op.execute("ALTER TABLE pg_class ADD x int")', "PermissionDenied", "42501"),
        ('op.execute("SET default_transaction_read_only = on; COMMIT; CREATE TABLE x (i int)")', "NotPrimary", "25006"),
        (
            "op.execute(\"DO $$ BEGIN RAISE EXCEPTION USING errcode = '40P01', message = 'deadlock detected'; END $$\")",
            "Retrying",
            "40P01",
        ),
        (
            "op.execute(\"DO $$ BEGIN RAISE EXCEPTION USING errcode = '40001', message = 'could not serialize'; END $$\")",
            "Retrying",
            "40001",
        ),
        ('raise RuntimeError("no customers")', "MigrationFailed", None),
        ("import nothing.like.this", "MigrationFailed", None),
        ("import sys; sys.exit(1)", "MigrationFailed", None),
        ("op.execute(\"INSERT INTO t1 VALUES ('letters')\")", "MigrationFailed", "22P02"),
    ],
)
def test_catalogue(runner, project, database, body, kind, state):
    project.tables(1)
    assert runner.run(project, url=database.url).outcome == "applied"
    database.rows("INSERT INTO t1 VALUES (1)")
    project.revision("0002", body)
    result = failed(runner.run(project, url=database.url), kind, "0002", '"0002"')
    assert result.report["error"].get("sqlstate") == state
    assert database.versions() == ["0001"]


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg", "asyncpg"])
def test_limits_of_statements_and_locks(runner, project, database, driver):
    project.env(ASYNC if driver == "asyncpg" else SYNC).tables(1)
    assert runner.run(project, url=database.url, driver=driver).outcome == "applied"
    project.revision("0002", 'op.execute("ALTER TABLE t1 ADD x int")')
    from support.postgres import connect

    holder = connect(database.superuser_url)
    holder.autocommit = False
    holder.cursor().execute("LOCK TABLE t1 IN ACCESS SHARE MODE")
    result = failed(
        runner.run(project, url=database.url, driver=driver, lock_timeout="0.3"), "WaitingForLock", "0002", "timeouts.lock"
    )
    assert result.report["error"]["retryable"] is True
    holder.close()
    project.revision("0003", 'op.execute("SELECT pg_sleep(9)")')
    result = failed(runner.run(project, url=database.url, driver=driver, statement_timeout="0.3"), "StatementTimeout", "0003")
    assert result.report["error"]["retryable"] is False


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg", "asyncpg"])
def test_server_ends_the_session(runner, project, database, driver):
    project.env(ASYNC if driver == "asyncpg" else SYNC).tables(1)
    project.revision("0002", 'op.execute("SELECT pg_terminate_backend(pg_backend_pid())")')
    result = failed(runner.run(project, url=database.url, driver=driver), "WaitingForDatabase", "0002")
    assert result.report["error"]["retryable"] is True
    assert (result.report["after"], result.report["halfApplied"]) == ([], "no")


def test_rows_of_a_failed_statement_stay_in_the_log(runner, project, database):
    project.revision("0001", CREATE % 1)
    project.revision("0002", 'op.execute("INSERT INTO t1 VALUES (4711)")\nop.execute("INSERT INTO t1 VALUES (4711)")')
    result = failed(runner.run(project, url=database.url), "DataViolation", "0002", "t1_pkey")
    assert "4711" not in result.raw.decode()
    assert "4711" in result.stderr


def test_nothing_committed_outside_a_block_either(runner, project, database):
    """An env.py that never commits, and a block that does: not nothing, but half of it stays."""
    project.env(NEVER_COMMITS).revision(
        "0001", 'op.execute("CREATE TABLE a (id int)")\nop.execute("COMMIT")\nop.execute("CREATE TABLE b (id int)")'
    )
    result = runner.run(project, url=database.url)
    assert result.kind == "PartiallyApplied", result
    assert "a" in database.tables()


def test_sqlite_keeps_what_was_done(runner, project, tmp_path):
    """Scenario 14: DDL is not transactional here."""
    project.tables(2).revision("0003", CREATE % 3 + '\nop.execute("SELEC 1")')
    result = failed(runner.run(project, url="sqlite:///%s/app.db" % tmp_path), "PartiallyApplied", "0003", "half applied")
    assert (result.report["after"], result.report["halfApplied"]) == (["0002"], "yes")
    assert result.report["database"]["transactionalDdl"] is False


def test_sqlite_first_statement_fails(runner, project, tmp_path):
    project.tables(1).revision("0002", 'op.execute("SELEC 1")')
    result = failed(runner.run(project, url="sqlite:///%s/app.db" % tmp_path), "MigrationFailed", "0002")
    assert (result.report["after"], result.report["halfApplied"]) == (["0001"], "no")

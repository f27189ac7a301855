# SPDX-License-Identifier: Apache-2.0
"""SQLite with both drivers: what stays of a failed revision, a file that somebody else holds, being stopped and killed."""

import signal
import sqlite3

import pytest

from support.projects import ASYNC, SYNC
from support.runs import OUTERMOST, until

CREATE = 'op.create_table("t%s", sa.Column("id", sa.Integer, primary_key=True))'
ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
PAIRS = [(venv, driver) for venv in OUTERMOST for driver in ("pysqlite", "aiosqlite")]

# What SQLAlchemy's documentation says to do so that DDL is a part of the transaction, and what such projects then set.
TRANSACTIONAL = """\
from sqlalchemy import event
from sqlalchemy.engine import Engine

@event.listens_for(Engine, "connect")
def leave_it_to_us(connection, record):
    connection.isolation_level = None

@event.listens_for(Engine, "begin")
def begin(connection):
    connection.exec_driver_sql("BEGIN")

""" + SYNC.replace("target_metadata=None", "transactional_ddl=True")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "app.db"


def start(runner, project, file, pair, action="migrate", env=None, **options):
    project.env(env or (ASYNC if pair[1] == "aiosqlite" else SYNC))
    return runner.start(project, action, "sqlite:///%s" % file, venv=pair[0], driver=pair[1], **options)


def run(runner, project, file, pair, **options):
    return runner.wait(start(runner, project, file, pair, **options))


def rows(file, statement):
    connection = sqlite3.connect(file)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def tables(file):
    return sorted(name for (name,) in rows(file, "SELECT name FROM sqlite_master WHERE type = 'table'"))


@pytest.mark.parametrize("pair", PAIRS)
def test_table_that_stays(runner, project, file, pair):
    project.tables(1).revision("0002", CREATE % 2 + '\nop.execute("SELEC 1")')
    result = run(runner, project, file, pair)
    assert (result.outcome, result.kind, result.report["halfApplied"]) == ("failed", "PartiallyApplied", "yes"), result
    assert (result.report["after"], tables(file)) == (["0001"], ["alembic_version", "t1", "t2"])


@pytest.mark.parametrize("pair", PAIRS)
def test_table_that_goes_with_the_transaction(runner, project, file, pair):
    """After a change of rows the driver has begun one, and DDL is a part of it. What really is so is told."""
    project.tables(1).revision("0002", 'op.execute("INSERT INTO t1 VALUES (1)")\n' + CREATE % 2 + '\nop.execute("SELEC 1")')
    result = run(runner, project, file, pair)
    assert (result.outcome, result.kind, result.report["halfApplied"]) == ("failed", "MigrationFailed", "no"), result
    assert (tables(file), rows(file, "SELECT * FROM t1")) == (["alembic_version", "t1"], [])


def test_project_that_has_made_it_transactional(runner, project, file):
    project.tables(1).revision("0002", CREATE % 2 + '\nop.execute("SELEC 1")')
    result = run(runner, project, file, ("alembic-latest", "pysqlite"), env=TRANSACTIONAL)
    assert (result.outcome, result.kind, result.report["halfApplied"]) == ("failed", "MigrationFailed", "no"), result
    assert result.report["after"] == []
    assert "t2" not in tables(file)


@pytest.mark.parametrize("pair", PAIRS)
def test_file_that_somebody_writes(runner, project, file, pair):
    """Nothing was done, and it is tried again."""
    assert run(runner, project.tables(1), file, pair).outcome == "applied"
    project.revision("0002", CREATE % 2)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    result = run(runner, project, file, pair)
    assert (result.kind, result.report["halfApplied"], result.report["error"]["retryable"]) == ("WaitingForLock", "no", True), (
        result
    )
    other.rollback()
    other.close()
    assert run(runner, project, file, pair).outcome == "applied"


@pytest.mark.parametrize("pair", PAIRS)
def test_told_to_stop(runner, project, file, pair):
    project.tables(1).revision("0002", 'import pathlib\npathlib.Path("here").touch()\nop.execute("%s")' % ENDLESS)
    process = start(runner, project, file, pair)
    until((project.folder / "here").exists)
    process.send_signal(signal.SIGTERM)
    result = runner.wait(process, 15)  # of a grace of 25 s
    assert (result.code, result.outcome, result.kind) == (143, "terminated", "Cancelled"), result
    assert tables(file) == ["alembic_version", "t1"]


@pytest.mark.parametrize("pair", PAIRS)
def test_killed(runner, project, file, pair):
    project.tables(1).revision("0002", CREATE % 2 + '\nimport pathlib\npathlib.Path("here").touch()\nop.execute("%s")' % ENDLESS)
    process = start(runner, project, file, pair)
    until((project.folder / "here").exists)
    process.kill()
    result = runner.wait(process)
    assert (result.report["running"], result.report["halfApplied"]) == ({"revision": "0002"}, "possible"), result
    assert rows(file, "SELECT version_num FROM alembic_version") == [("0001",)]

# SPDX-License-Identifier: Apache-2.0
"""Several migrations of one database at once: every step once, told by the data."""

import subprocess
import time

import pytest

from support.postgres import connect
from support.projects import ASYNC, PER_MIGRATION, SYNC
from support.runs import interpreter, until

COUNT = 'op.execute("UPDATE counter SET n = n + 1")\nop.execute("SELECT pg_sleep(0.1)")'


def counted(project, env, count=4):
    project.env(env).revision("0001", 'op.execute("CREATE TABLE counter AS SELECT 0 AS n")')
    for number in range(count):
        project.revision("1%03d" % number, COUNT)
    return project


@pytest.mark.parametrize(("env", "driver"), [(SYNC, "psycopg2"), (PER_MIGRATION, "psycopg"), (ASYNC, "asyncpg")])
def test_four_at_once(runner, project, database, env, driver):
    counted(project, env)
    processes = [runner.start(project, "migrate", database.url, driver=driver, attempt=n) for n in range(4)]
    results = [runner.wait(process) for process in processes]
    assert sorted(result.outcome for result in results) == ["applied"] + ["upToDate"] * 3, results
    assert database.value("SELECT n FROM counter") == 4


def test_says_for_whom_it_waits(runner, project, database):
    gate = connect(database.superuser_url)
    gate.cursor().execute("SELECT pg_advisory_lock(42)")
    project.tables(1).revision("0002", 'op.execute("SELECT pg_advisory_xact_lock(42)")')
    first = runner.start(project, "migrate", database.url, attempt="1")
    until(lambda: database.rows("SELECT 1 FROM pg_stat_activity WHERE application_name = 'shop/orders/1/2.2/0002'"))
    second = runner.start(project, "migrate", database.url, attempt="2")
    until(lambda: "waitingFor" in runner.interim(second))
    interim = runner.interim(second)
    assert interim["phase"] == "waiting"
    assert 'another migration, application "shop/orders/1/2.2/0002" pid ' in interim["waitingFor"]
    # While it waits it holds no snapshot and no transaction, so that the other one's concurrent index builds go on.
    assert database.rows("SELECT state, backend_xmin FROM pg_stat_activity WHERE application_name = 'shop/orders/2/0.0/-'") == [
        ("idle", None)
    ]
    gate.close()
    assert runner.wait(first).outcome == "applied"
    result = runner.wait(second)
    assert (result.outcome, result.report["after"]) == ("upToDate", ["0002"]), result
    assert result.report["lockWaitSeconds"] > 0
    assert "waitingFor" not in result.report


def test_lock_is_the_one_that_the_operator_computes():
    from alembic_operator_runner import lock

    assert lock.key("public", "alembic_version") == 7267386378400977936


def test_waits_no_longer_than_it_may(runner, project, database):
    from alembic_operator_runner import lock

    holder = connect(database.superuser_url)
    holder.cursor().execute("SELECT pg_advisory_lock(%s)", [lock.key("public", "alembic_version")])
    result = runner.run(project.tables(1), url=database.url, migration_lock_timeout="0.5")
    assert (result.code, result.outcome, result.kind) == (3, "refused", "WaitingForOtherMigration"), result
    assert result.report["error"]["retryable"] is True
    assert database.tables() == []
    holder.close()


def test_another_version_table_is_another_lock(runner, project, database):
    from alembic_operator_runner import lock

    holder = connect(database.superuser_url)
    holder.cursor().execute("SELECT pg_advisory_lock(%s)", [lock.key("public", "other")])
    assert runner.run(project.tables(1), url=database.url).outcome == "applied"
    holder.close()


def test_plain_alembic_at_the_same_moment(runner, project, database):
    """Somebody who does not know our lock wins; the target is reached and nothing is done twice."""
    counted(project, SYNC)
    ini = (project.folder / "alembic.ini").read_text().replace("driver://user:pass@localhost/dbname", database.url)
    (project.folder / "plain.ini").write_text(ini)
    command = [interpreter("alembic-latest"), "-m", "alembic", "-c", "plain.ini", "upgrade", "head"]
    plain = subprocess.Popen(command, cwd=project.folder, stderr=subprocess.PIPE, text=True)
    result = runner.run(project, url=database.url)
    errors = plain.communicate()[1]
    assert database.versions() == ["1003"], errors
    assert database.value("SELECT n FROM counter") == 4
    assert result.outcome in ("applied", "upToDate") or result.report["error"]["retryable"], result


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg", "asyncpg"])
def test_concurrent_index_waits_longer_than_the_lock_timeout(runner, project, database, driver):
    """Scenario 16: it waits for other transactions by design and must not be killed for it; everything else keeps the limit."""
    project.env(ASYNC if driver == "asyncpg" else SYNC).tables(1)
    assert runner.run(project, url=database.url, driver=driver).outcome == "applied"
    writer = connect(database.superuser_url)
    writer.autocommit = False
    writer.cursor().execute("INSERT INTO t1 VALUES (1)")
    block = '    op.execute("/* later */ CREATE INDEX CONCURRENTLY ix ON t1 (id)")\n    op.execute("CREATE TABLE after AS SELECT current_setting(\'lock_timeout\') AS lock")'
    project.revision("0002", "with op.get_context().autocommit_block():\n" + block)
    process = runner.start(project, "migrate", database.url, driver=driver, lock_timeout="0.3")
    until(lambda: database.rows("SELECT 1 FROM pg_stat_activity WHERE query ~ 'later' AND wait_event_type = 'Lock'"))
    time.sleep(1.5)  # several times the limit
    assert process.poll() is None
    writer.rollback()
    writer.close()
    result = runner.wait(process)
    assert result.outcome == "applied", result
    assert database.value("SELECT lock FROM after") == "300ms"

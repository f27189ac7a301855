# SPDX-License-Identifier: Apache-2.0
"""Told to stop, killed, out of time: the statement ends in the server too, and the report says how far it came."""

import json
import os
import shutil
import signal
import time

import pytest

from support.projects import ASYNC, SYNC
from support.runs import until

SLEEP = 'op.execute("SELECT pg_sleep(30)")'
DRIVERS = ["psycopg2", "psycopg", "asyncpg"]


def backends(database, state="active"):
    query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = 'app' AND state = %s AND query ~ 'pg_sleep'"
    return database.rows(query, state)


def start_sleeping(runner, project, database, driver="psycopg", **options):
    project.env(ASYNC if driver == "asyncpg" else SYNC).tables(1).revision("0002", options.pop("body", SLEEP))
    process = runner.start(project, "migrate", database.url, driver=driver, **options)
    until(lambda: backends(database) or process.poll() is not None)
    return process


@pytest.mark.parametrize("driver", DRIVERS)
def test_sigterm_in_a_statement(runner, project, database, driver):
    process = start_sleeping(runner, project, database, driver)
    interim = json.loads(process.report_path.read_bytes())
    assert (interim["phase"], interim["running"], interim["halfApplied"]) == ("running", {"revision": "0002"}, "no")
    assert [step["revision"] for step in interim["applied"]] == ["0001"]
    start = time.monotonic()
    process.send_signal(signal.SIGTERM)
    result = runner.wait(process)
    assert time.monotonic() - start < 15
    assert (result.code, result.outcome, result.kind) == (143, "terminated", "Cancelled"), result
    assert result.report["error"]["revision"] == "0002"
    assert (result.report["after"], result.report["halfApplied"]) == ([], "no")
    until(lambda: not backends(database), 10)
    assert database.tables() == []


@pytest.mark.parametrize("driver", DRIVERS)
def test_deadline(runner, project, database, driver):
    process = start_sleeping(runner, project, database, driver, run_timeout="5")
    result = runner.wait(process)
    assert (result.code, result.outcome, result.kind) == (1, "failed", "DeadlineExceeded"), result
    assert "timeouts.run" in result.message
    until(lambda: not backends(database), 10)
    assert database.tables() == []


@pytest.mark.parametrize("driver", DRIVERS)
def test_sigkill_in_a_statement(runner, project, database, driver):
    """The report of the dead process tells where it was, and the server notices within about a second."""
    process = start_sleeping(runner, project, database, driver)
    process.kill()
    result = runner.wait(process)
    assert result.report["phase"] == "running"
    assert result.report["running"] == {"revision": "0002"}
    assert "outcome" not in result.report
    until(lambda: not backends(database), 10)
    assert runner.run(project, "status", url=database.url, driver=driver).report["before"] == []


def test_sigkill_in_an_autocommit_block(runner, project, database):
    body = 'with op.get_context().autocommit_block():\n    op.execute("DO $$ BEGIN PERFORM pg_sleep(30); END $$")'
    process = start_sleeping(runner, project, database, body=body)
    process.kill()
    result = runner.wait(process)
    assert (result.report["phase"], result.report["halfApplied"]) == ("running", "possible"), result


def test_sigkill_after_a_step_was_committed_in_its_middle(runner, project, database):
    """An autocommit block commits what stands before it, so a query in it is reason enough not to begin the step again."""
    body = 'op.execute("CREATE TABLE a (i int)")\nwith op.get_context().autocommit_block():\n    ' + SLEEP
    process = start_sleeping(runner, project, database, body=body)
    process.kill()
    result = runner.wait(process)
    assert database.tables() != []
    assert (result.report["phase"], result.report["halfApplied"]) == ("running", "possible"), result


def test_sigterm_in_an_autocommit_block(runner, project, database):
    body = 'with op.get_context().autocommit_block():\n    op.execute("CREATE TABLE a (i int)")\n    ' + SLEEP
    process = start_sleeping(runner, project, database, body=body)
    process.send_signal(signal.SIGTERM)
    result = runner.wait(process)
    assert (result.outcome, result.kind, result.report["halfApplied"]) == ("terminated", "Cancelled", "yes"), result
    assert result.report["error"]["retryable"] is False


def test_code_that_swallows_everything(runner, project, database):
    body = (
        "import time\nfor _ in range(3):\n    try:\n        "
        + SLEEP
        + "\n    except BaseException:\n        pass\ntime.sleep(60)"
    )
    process = start_sleeping(runner, project, database, body=body, grace="6")
    start = time.monotonic()
    process.send_signal(signal.SIGTERM)
    result = runner.wait(process)
    assert time.monotonic() - start < 6
    assert (result.code, result.outcome, result.kind) == (143, "terminated", "Cancelled"), result
    until(lambda: not backends(database), 10)


def test_sigterm_in_python_code(runner, project, database):
    project.revision("0001", 'import time, pathlib\npathlib.Path("here").touch()\ntime.sleep(30)')
    process = runner.start(project, "migrate", database.url)
    until((project.folder / "here").exists)
    process.send_signal(signal.SIGTERM)
    result = runner.wait(process)
    assert (result.code, result.outcome) == (143, "terminated"), result


def test_sigterm_before_the_first_step(runner, project, database):
    project.env("import time, pathlib\npathlib.Path('here').touch()\ntime.sleep(30)\n")
    process = runner.start(project, "migrate", database.url)
    until((project.folder / "here").exists)
    process.send_signal(signal.SIGTERM)
    result = runner.wait(process)
    assert (result.code, result.outcome, result.kind) == (143, "terminated", "Cancelled"), result
    assert result.report["error"]["retryable"] is True


def test_deadline_while_waiting_for_another_migration(runner, project, database):
    process = start_sleeping(runner, project, database)
    result = runner.run(project, url=database.url, run_timeout="8")
    assert (result.outcome, result.kind) == ("refused", "WaitingForOtherMigration"), result
    assert "shop/orders/3/2.2/0002" in result.message
    process.send_signal(signal.SIGTERM)
    runner.wait(process)


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare"), reason="needs a process namespace, which only root may make"
)
def test_sigterm_as_process_one(runner, project, database, tmp_path):
    """In a container the runner is process 1, for which the kernel ignores signals that have no handler."""
    from support.runs import interpreter

    wrapper = tmp_path / "as-init"
    wrapper.write_text('#!/bin/sh\nexec unshare --pid --fork --kill-child %s "$@"\n' % interpreter("alembic-latest"))
    wrapper.chmod(0o755)
    project.tables(1).revision("0002", SLEEP)
    process = runner.start(project, "migrate", database.url, python=str(wrapper))
    until(lambda: backends(database))
    children = open("/proc/%d/task/%d/children" % (process.pid, process.pid)).read().split()
    os.kill(int(children[0]), signal.SIGTERM)
    result = runner.wait(process)
    assert (result.outcome, result.kind) == ("terminated", "Cancelled"), result

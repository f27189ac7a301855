# SPDX-License-Identifier: Apache-2.0
"""A pooler in transaction mode is recognised before it can lose a lock or keep a setting; one in session mode is fine."""

import pytest

from support.pooler import Pooler
from support.projects import PER_MIGRATION, SYNC


@pytest.fixture
def through(database):
    """The database's URL through a pooler in the mode given."""
    made = []

    def start(transaction):
        made.append(Pooler(database.host, database.port, transaction))
        return database.url.replace(":%d/" % database.port, ":%d/" % made[-1].port)

    yield start
    for pooler in made:
        pooler.close()


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg"])
@pytest.mark.parametrize("env", [SYNC, PER_MIGRATION])
def test_transaction_mode(runner, project, database, through, driver, env):
    result = runner.run(project.env(env).tables(2), url=through(True), driver=driver, lock_timeout="5")
    assert (result.code, result.outcome, result.kind) == (3, "refused", "PoolerNotSupported"), result
    assert "direct address" in result.message
    assert database.tables() == []
    # Nothing of ours stays in the sessions that others will get.
    here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    assert database.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND " + here) == []
    names = database.rows("SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND usename = 'app'")
    assert not [name for (name,) in names if "orders" in name]


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg"])
def test_session_mode(runner, project, database, through, driver):
    result = runner.run(project.tables(2), url=through(False), driver=driver, lock_timeout="5")
    assert (result.outcome, result.report["after"]) == ("applied", ["0002"]), result

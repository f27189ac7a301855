# SPDX-License-Identifier: Apache-2.0
"""What is recognised before the first step: each with its kind, a sentence with the remedy, and nothing changed."""

import json
import sqlite3

import pytest

from support.projects import NEVER_COMMITS, SYNC, VARIABLE, Project
from support.runs import OUTERMOST, PAIRS


def refused(result, kind, *words):
    assert (result.code, result.outcome, result.kind) == (3, "refused", kind), result
    assert not [word for word in words if word not in result.message], result.message
    assert "applied" not in result.report
    assert result.report["phase"] == "done"
    return result


@pytest.mark.parametrize("venv", OUTERMOST)
def test_no_configuration(runner, tmp_path, database, venv):
    project = Project(tmp_path / "app", ini=False).tables(1)
    refused(runner.run(project, url=database.url, venv=venv), "ConfigNotFound", "alembic.ini", str(project.folder))
    refused(runner.run(project, url=database.url, venv=venv, config="other/alembic.ini"), "ConfigNotFound", "other/alembic.ini")


def test_script_location_that_is_not_there(runner, project, database):
    project.location.rename(project.folder / "moved")
    refused(runner.run(project, url=database.url), "ConfigNotFound", "workingDir")


def test_configuration_without_script_location(runner, project, database):
    (project.folder / "alembic.ini").write_text("[alembic]\n")
    refused(runner.run(project, url=database.url), "ConfigNotFound", "script_location")


@pytest.mark.parametrize("where", ["env", "revision"])
def test_missing_module(runner, project, database, where):
    project.tables(1)
    if where == "env":
        project.env("import shop.models\n" + SYNC)
    else:
        project.revision("0002").location.joinpath("versions/0002_.py").write_text("import shop.models\nrevision='0002'\n")
    refused(runner.run(project, url=database.url), "ImportFailed", "shop")


def test_interpreter_without_alembic(runner, project, database):
    refused(runner.run(project, url=database.url, venv="tools"), "ImportFailed", '"alembic"', "alembic.python")


def test_env_that_misses_a_variable(runner, project, database):
    project.tables(1).env('import os; os.environ["SHOP_SETTINGS"]\n' + SYNC)
    refused(runner.run(project, url=database.url), "EnvUnsupported", "KeyError", "SHOP_SETTINGS")


def test_env_that_leaves(runner, project, database):
    project.tables(1).env("import sys\nsys.exit(2)\n")
    refused(runner.run(project, url=database.url), "EnvUnsupported", "env.py")


def test_env_that_runs_nothing(runner, project, database):
    project.tables(1).env("from alembic import context\n")
    refused(runner.run(project, url=database.url), "EnvUnsupported", "run_migrations")


def test_async_url_in_a_synchronous_env(runner, project, database):
    project.tables(1)
    refused(runner.run(project, url=database.url, driver="asyncpg"), "EnvUnsupported", "synchronous", "database.driver")


def test_env_that_hides_our_refusal(runner, project, database):
    """Whatever env.py does with exceptions, a refusal stays one."""
    project.tables(1).env(
        SYNC.replace(
            "        context.run_migrations()", "        try: context.run_migrations()\n        except BaseException: pass"
        )
    )
    refused(runner.run(project, url=database.url, target="cafe1234"), "UnknownRevision")


@pytest.mark.parametrize("venv", OUTERMOST)
def test_env_with_a_url_of_its_own(runner, tmp_path, database, venv):
    """It ignores the URL and would migrate a file that happens to be named in the project."""
    env = SYNC.replace(
        'config.get_section(config.config_ini_section) or {}, prefix="sqlalchemy."', '{"url": "sqlite:///own.db"}, prefix=""'
    )
    project = Project(tmp_path / "app", env=env).tables(2)
    for expected in ({}, {"expect_database": json.dumps({"identity": database.identity})}):
        result = refused(
            runner.run(project, url=database.url, venv=venv, **expected), "WrongDatabase", "own.db", "database.urlEnv"
        )
        assert result.report["database"]["dialect"] == "sqlite"
    assert database.tables() == []
    assert not sqlite3.connect(project.folder / "own.db").execute("SELECT * FROM sqlite_master").fetchall()


def test_identity(runner, project, database):
    project.tables(1)
    wrong = json.dumps({"identity": database.identity + "1"})
    refused(runner.run(project, url=database.url, expect_database=wrong), "WrongDatabase", database.identity)
    assert database.tables() == []
    right = json.dumps({"identity": database.identity, "host": "another-name-of-it", "dialect": "postgresql"})
    assert runner.run(project, url=database.url, expect_database=right).outcome == "applied"


def test_identity_where_the_system_identifier_is_secret(runner, project, database):
    project.tables(1)
    database.rows("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    system, _, oid = database.identity.partition("/")
    wrong = json.dumps({"identity": system + "/1"})
    refused(runner.run(project, url=database.url, expect_database=wrong), "WrongDatabase", oid)
    other = json.dumps({"dialect": "postgresql", "host": database.host, "name": "orders"})
    refused(runner.run(project, url=database.url, expect_database=other), "WrongDatabase", '"orders"')
    result = runner.run(project, url=database.url, expect_database=json.dumps({"identity": database.identity}))
    assert result.outcome == "applied", result
    assert "identity" not in result.report["database"]


def test_tables_without_version_table(runner, project, database):
    project.tables(1)
    database.rows(
        "CREATE EXTENSION pg_trgm; CREATE TABLE customers (id int); CREATE TABLE orders (id int) PARTITION BY RANGE (id)"
    )
    database.rows("CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM (0) TO (9)")
    database.rows("CREATE VIEW busy AS SELECT 1; CREATE SCHEMA other; CREATE TABLE other.strange (id int)")
    for action in ("status", "plan", "migrate"):
        refused(
            runner.run(project, action, url=database.url),
            "UnversionedDatabase",
            '2 tables ("customers", "orders")',
            "adopt.baseline",
        )
    assert "alembic_version" not in database.tables()
    database.rows("DROP TABLE orders, customers; CREATE TABLE ext (id int); ALTER EXTENSION pg_trgm ADD TABLE ext")
    assert runner.run(project, url=database.url).outcome == "applied"


@pytest.mark.parametrize("mode", ["one transaction", "per migration"])
def test_ids_longer_than_the_column(runner, project, database, mode):
    if mode == "per migration":
        project.env(SYNC.replace("target_metadata=None", "transaction_per_migration=True"))
    long_id = "2026_11_21_add_the_customers_address_and_more"
    project.tables(1).revision(long_id)
    refused(runner.run(project, url=database.url), "ValueTooLong", long_id, "45", "32")
    assert database.tables() == []
    database.rows("CREATE TABLE alembic_version (version_num varchar(64) PRIMARY KEY)")
    database.rows("ALTER TABLE alembic_version OWNER TO app")
    assert runner.run(project, url=database.url).report["after"] == [long_id]


def test_ids_longer_than_the_column_that_a_revision_widens(runner, project, database):
    project.revision("0001", 'op.alter_column("alembic_version", "version_num", type_=sa.String(64))')
    project.revision("2026_11_21_add_the_customers_address_and_more")
    assert runner.run(project, url=database.url).outcome == "applied"


def test_standby(runner, project, database):
    """A function of the same name that comes first makes the server look like one."""
    project.tables(1)
    database.rows("CREATE SCHEMA fake; CREATE FUNCTION fake.pg_is_in_recovery() RETURNS bool LANGUAGE sql AS 'SELECT true'")
    database.rows(
        "GRANT USAGE ON SCHEMA fake TO app; ALTER ROLE app IN DATABASE %s SET search_path = fake, pg_catalog, public"
        % database.name
    )
    refused(runner.run(project, url=database.url), "NotPrimary", "standby", "primary")


def test_unreachable(runner, project, database):
    project.tables(1)
    for url, words in (
        ("postgresql://app:x@127.0.0.1:9/orders", "refused"),
        ("postgresql://app:x@no-such-host.invalid/orders", "no-such-host.invalid"),
        (database.url + "_missing", "does not exist"),
    ):
        for driver in ("psycopg2", "psycopg"):
            result = refused(runner.run(project, url=url, driver=driver), "WaitingForDatabase", words)
            assert result.report["error"]["retryable"] is True


def test_login(runner, project, database):
    project.tables(1)
    database.role("sleeper_" + database.name, options="NOLOGIN")
    database.role("checked_" + database.name, "right")
    for user in ("nobody_here", "sleeper_" + database.name, "checked_" + database.name):
        url = "postgresql://%s:wrong-password@%s:%d/%s" % (user, database.host, database.port, database.name)
        for driver in ("psycopg2", "psycopg"):
            result = refused(runner.run(project, url=url, driver=driver), "AuthenticationFailed", "Secret")
            assert "wrong-password" not in result.everything


@pytest.mark.parametrize("variables", [{}, {"ALEMBIC_OPERATOR_URL": ""}, {"ALEMBIC_OPERATOR_URL": "db.example:5432/orders"}])
def test_unreadable_connection(runner, project, variables):
    refused(runner.run(project.tables(1), environment=variables), "InvalidConnection", "Secret")


def test_options(runner, project, database):
    for options, words in (
        ({"lock_timeout": "soon"}, "--lock-timeout"),
        ({"set_url": "perhaps"}, "--set-url"),
        ({"expect_database": "[]"}, "--expect-database"),
        ({"frobnicate": "1"}, "--frobnicate"),
        ({"tls_mode": "verify"}, "--tls-mode"),
    ):
        refused(runner.run(project, url=database.url, **options), "InvalidSpec", words)


def test_driver_that_is_not_installed(runner, project, database):
    refused(runner.run(project, url=database.url, venv="alembic-1.7", driver="psycopg"), "ImportFailed", '"psycopg"', "psycopg2")


def test_role_without_rights(runner, project, database):
    project.tables(1)
    database.role("guest_" + database.name)
    url = "postgresql://guest_%s:x@%s:%d/%s" % (database.name, database.host, database.port, database.name)
    result = runner.run(project, url=url)
    assert (result.kind, result.report["error"]["sqlstate"]) == ("PermissionDenied", "42501"), result
    assert "grant" in result.message


@pytest.mark.parametrize("venv", OUTERMOST)
def test_url_variable_with_percent_signs(runner, project, database, venv):
    """A usual env.py hands the variable to set_main_option as it is, which configparser would refuse."""
    project.tables(1).env(VARIABLE)
    url = database.url.replace("app-password", "p%40ss%25word%2F")
    result = runner.run(project, url=url, venv=venv, url_env="DATABASE_URL", set_url=False)
    assert result.outcome == "applied", result
    project.env(SYNC)
    assert runner.run(project, url=url, venv=venv).outcome == "upToDate"


@pytest.mark.parametrize("venv", PAIRS)
def test_env_that_never_commits(runner, project, database, venv):
    project.tables(2).env(NEVER_COMMITS)
    result = runner.run(project, url=database.url, venv=venv)
    if venv == "alembic-1.7":  # SQLAlchemy 1.4 begins nothing by itself
        assert result.outcome == "applied", result
        return
    assert (result.code, result.outcome, result.kind) == (1, "failed", "NotCommitted"), result
    assert "context.configure()" in result.message
    assert [step["committed"] for step in result.report["applied"]] == [False, False]
    assert (result.report["after"], result.report["halfApplied"]) == ([], "no")
    assert database.tables() == []

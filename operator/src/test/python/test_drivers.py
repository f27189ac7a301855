# SPDX-License-Identifier: Apache-2.0
"""Every driver with every pair of versions, each kind of configuration, and the settings that each session has."""

import json
import sqlite3

import pytest

from support.projects import ASYNC, SYNC, Project
from support.runs import OUTERMOST, PAIRS

SETTINGS = """\
op.execute(\"\"\"CREATE TABLE settings AS SELECT current_setting('application_name') AS name,
    current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement,
    current_setting('client_connection_check_interval', true) AS check\"\"\")
"""

DRIVERS = [
    (venv, driver)
    for venv in PAIRS
    for driver in ("psycopg2", "psycopg", "asyncpg")
    if (venv, driver) != ("alembic-1.7", "psycopg")  # SQLAlchemy 1.4 does not know it
]


@pytest.mark.parametrize(("venv", "driver"), DRIVERS)
def test_postgresql(runner, project, database, venv, driver):
    project.env(ASYNC if driver == "asyncpg" else SYNC).tables(1).revision("0002", SETTINGS)
    project.revision("0003", SETTINGS.replace("settings AS", "later AS"))
    limits = {"lock_timeout": "5", "statement_timeout": "90.5", "connect_timeout": "10", "run_timeout": "60"}
    result = runner.run(project, url=database.url, venv=venv, driver=driver, **limits)
    assert result.outcome == "applied", result
    assert result.report["database"]["driver"] == driver
    assert result.report["database"]["serverVersion"] == database.value("SHOW server_version").split()[0]
    assert database.rows("SELECT * FROM settings") == [("shop/orders/3/2.3/0002", "5s", "90500ms", "1s")]
    assert database.value("SELECT name FROM later") == "shop/orders/3/3.3/0003"
    assert runner.run(project, "plan", url=database.url, venv=venv, driver=driver).outcome == "upToDate"


def test_asynchronous_psycopg(runner, project, database):
    project.env(ASYNC).tables(2)
    result = runner.run(project, url=database.url, driver="psycopg")
    assert (result.outcome, result.report["after"]) == ("applied", ["0002"]), result


@pytest.mark.parametrize("venv", PAIRS)
@pytest.mark.parametrize("driver", ["pysqlite", "aiosqlite"])
def test_sqlite(runner, project, tmp_path, venv, driver):
    project.env(ASYNC if driver == "aiosqlite" else SYNC).tables(2)
    url = "sqlite:///%s/app.db" % tmp_path
    expected = json.dumps({"dialect": "sqlite", "name": "%s/app.db" % tmp_path})
    result = runner.run(project, url=url, venv=venv, driver=driver, expect_database=expected)
    assert (result.outcome, result.report["after"]) == ("applied", ["0002"]), result
    assert result.report["database"]["driver"] == driver
    assert sqlite3.connect(tmp_path / "app.db").execute("SELECT version_num FROM alembic_version").fetchall() == [("0002",)]
    assert runner.run(project, url=url, venv=venv, driver=driver).outcome == "upToDate"


def test_sqlite_with_a_relative_path_and_tables_of_others(runner, project):
    sqlite3.connect(project.folder / "app.db").execute("CREATE TABLE other (id int)")
    result = runner.run(project.tables(1), url="sqlite:///app.db")
    assert result.kind == "UnversionedDatabase", result


@pytest.mark.parametrize("venv", ["alembic-1.16", "alembic-latest"])
def test_pyproject_only(runner, tmp_path, database, venv):
    project = Project(tmp_path / "app", ini=False).tables(1)
    text = '[tool.alembic]\nscript_location = "migrations"\nversion_locations = ["migrations/versions", "migrations/more"]\n'
    (project.folder / "pyproject.toml").write_text(text)
    project.revision("0002", folder="more")
    result = runner.run(project, url=database.url, venv=venv)
    assert (result.outcome, result.report["after"]) == ("applied", ["0002"]), result
    assert runner.run(project, url=database.url, venv=venv, config="pyproject.toml").outcome == "upToDate"


@pytest.mark.parametrize("venv", OUTERMOST)
def test_section_and_x_arguments(runner, tmp_path, database, venv):
    env = SYNC.replace("target_metadata=None", 'version_table=context.get_x_argument(as_dictionary=True)["table"]')
    project = Project(tmp_path / "app", env=env).tables(1)
    ini = project.folder / "alembic.ini"
    ini.write_text(ini.read_text().replace("[alembic]", "[shop]"))
    ini.rename(project.folder / "other.ini")
    result = runner.run(project, url=database.url, venv=venv, config="other.ini", section="shop", x=["table=steps", "y=a=b"])
    assert result.report["database"]["versionTable"] == {"schema": "public", "name": "steps"}, result


@pytest.mark.parametrize("venv", OUTERMOST)
def test_image_that_knows_its_database(runner, tmp_path, database, venv):
    """Nothing is injected: the ini has the URL."""
    project = Project(tmp_path / "app", url=database.url).tables(1)
    result = runner.run(project, venv=venv, in_pod=True, set_url=False)
    assert (result.outcome, result.report["after"]) == ("applied", ["0001"]), result
    assert "app-password" not in result.everything


def test_url_in_the_variable_only(runner, project, database):
    project.tables(1).env(SYNC.replace("connectable =", 'assert "ALEMBIC_OPERATOR_URL" not in os.environ\nconnectable ='))
    project.env(
        SYNC.replace(
            'engine_from_config(config.get_section(config.config_ini_section) or {}, prefix="sqlalchemy.", poolclass=pool.NullPool)',
            'create_engine(os.environ["ORDERS_URL"])',
        )
    )
    result = runner.run(project, url=database.url, url_env="ORDERS_URL", set_url=False)
    assert result.outcome == "applied", result


def test_parts_of_a_connection(runner, project, database):
    parts = {"HOST": database.host, "PORT": str(database.port), "NAME": database.name, "USER": "app", "PASSWORD": "x y\n"}
    result = runner.run(project.tables(1), environment={"ALEMBIC_OPERATOR_" + k: v for k, v in parts.items()})
    assert result.outcome == "applied", result
    assert {k: result.report["database"][k] for k in ("host", "port", "name", "user")} == {
        "host": database.host,
        "port": database.port,
        "name": database.name,
        "user": "app",
    }


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2", "jdbc:postgresql"])
def test_spellings(runner, project, database, scheme):
    address = database.url.partition("://")[2]
    if scheme.startswith("jdbc"):
        address = "%s:%d/%s?user=app&password=x&sslmode=prefer" % (database.host, database.port, database.name)
    result = runner.run(project.tables(1), url="%s://%s" % (scheme, address), driver="asyncpg" if scheme == "postgres" else "")
    expected = "EnvUnsupported" if scheme == "postgres" else None
    assert result.kind == expected, result


def test_installed_driver_instead_of_the_default_one(runner, project, database):
    """SQLAlchemy 2.1 takes psycopg for "postgresql://"; an image that has only psycopg2 goes on with that."""
    hide = project.folder / "hidden"
    hide.mkdir()
    (hide / "sitecustomize.py").write_text(
        "import sys\n"
        "class Hide:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'psycopg': raise ModuleNotFoundError(\"No module named 'psycopg'\", name='psycopg')\n"
        "sys.meta_path.insert(0, Hide())\n"
    )
    result = runner.run(project.tables(1), url=database.url, environment={"PYTHONPATH": str(hide)})
    assert (result.outcome, result.report["database"]["driver"]) == ("applied", "psycopg2"), result
    assert "psycopg2 is used instead" in result.report["notes"][0]


def test_search_path_that_env_sets(runner, project, database):
    """The version table is found again on a connection that does not have the search path."""
    database.rows("CREATE SCHEMA tenant AUTHORIZATION app")
    env = SYNC.replace(
        "    with context.begin_transaction():",
        '    with context.begin_transaction():\n        connection.execute(text("SET search_path TO tenant"))',
    )
    result = runner.run(project.env(env).tables(2), url=database.url)
    assert (result.outcome, result.report["after"]) == ("applied", ["0002"]), result
    assert result.report["database"]["versionTable"]["schema"] == "tenant"
    assert database.versions("tenant.alembic_version") == ["0002"]

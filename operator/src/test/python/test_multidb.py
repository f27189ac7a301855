# SPDX-License-Identifier: Apache-2.0
"""An env.py that migrates several databases: recognised before any of them is touched, and what to do instead works."""

import os
import sqlite3
import subprocess

import pytest

from support.projects import HEAD
from support.runs import OUTERMOST, interpreter

LOOP = (
    HEAD
    + """\
def migrate(url):
    with create_engine(url).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations(%s)

for url in (config.get_main_option("sqlalchemy.url"), "sqlite:///%s"):
    migrate(url)
"""
)

GATHERED = (
    HEAD
    + """\
import asyncio
from sqlalchemy.ext.asyncio import create_async_engine

def migrate(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def one(url):
    async with create_async_engine(url).connect() as connection:
        await connection.run_sync(migrate)

async def main():
    await asyncio.gather(*[one(url) for url in (config.get_main_option("sqlalchemy.url"), "sqlite+aiosqlite:///%s")])

asyncio.run(main())
"""
)


def refused(result, *words):
    assert (result.code, result.outcome, result.kind) == (3, "refused", "EnvUnsupported"), result
    assert not [word for word in (*words, "one DatabaseMigration for each") if word not in result.message], result.message
    assert "applied" not in result.report
    return result


def untouched(file):
    return not os.path.exists(file) or not sqlite3.connect(file).execute("SELECT * FROM sqlite_master").fetchall()


class Template:
    """What "alembic init --template multidb" makes, with one revision in which each database has its own part."""

    def __init__(self, folder, venv, engine1=None, engine2=None):
        self.folder = folder
        folder.mkdir()
        python = interpreter(venv)
        for words in (["init", "--template", "multidb", "migrations"], ["revision", "-m", "first"]):
            subprocess.run([python, "-m", "alembic", *words], cwd=str(folder), check=True, stdout=subprocess.DEVNULL)
        (revision,) = (folder / "migrations/versions").glob("*.py")
        text = revision.read_text()
        for name in ("engine1", "engine2"):
            head = text.index("def upgrade_%s(" % name)
            body = text.index("pass", head)
            text = text[:body] + "op.create_table('of_%s', sa.Column('id', sa.Integer))" % name + text[body + 4 :]
        revision.write_text(text)
        ini = folder / "alembic.ini"
        words = ini.read_text()
        for name, url in (("engine1", engine1), ("engine2", engine2)):
            head = words.index("[%s]" % name)
            if url:
                words = words[:head] + words[head:].replace(words[head:].splitlines()[1], "sqlalchemy.url = " + url, 1)
        ini.write_text(words)


@pytest.mark.parametrize("venv", OUTERMOST)
@pytest.mark.parametrize("action", ["status", "migrate"])
def test_alembics_template(runner, tmp_path, database, venv, action):
    other = tmp_path / "two.db"
    made = Template(tmp_path / "app", venv, database.url.replace("%", "%%"), "sqlite:///%s" % other)
    refused(runner.run(made, action, url=database.url, venv=venv), '"engine1", "engine2"', "alembic.section")
    assert database.tables() == []
    assert untouched(other)


@pytest.mark.parametrize("venv", OUTERMOST)
def test_alembics_template_whose_urls_nobody_has_set(runner, tmp_path, database, venv):
    refused(runner.run(Template(tmp_path / "app", venv), url=database.url, venv=venv), '"engine1", "engine2"')


@pytest.mark.parametrize("venv", OUTERMOST)
def test_one_resource_for_each_database(runner, tmp_path, database, venv):
    """What the refusal says: a section that names one database, and an unchanged env.py."""
    made = Template(tmp_path / "app", venv)
    ini = made.folder / "alembic.ini"
    location = "script_location = migrations\n"
    for name in ("engine1", "engine2"):
        ini.write_text(ini.read_text().replace("[%s]\n" % name, "[%s]\n%sdatabases = %s\n" % (name, location, name)))
    first = runner.run(made, url=database.url, venv=venv, section="engine1")
    assert first.outcome == "applied", first
    assert database.tables() == ["alembic_version", "of_engine1"]
    second = runner.run(made, url="sqlite:///two.db", venv=venv, section="engine2")
    assert second.outcome == "applied", second
    assert second.report["database"]["dialect"] == "sqlite"


@pytest.mark.parametrize("argument", ["", 'engine_name="shop"'])
def test_loop_by_hand(runner, project, database, tmp_path, argument):
    other = tmp_path / "other.db"
    project.tables(1).env(LOOP % (argument, other))
    revision = project.location / "versions/0001_.py"
    revision.write_text(revision.read_text().replace("upgrade()", "upgrade(engine_name=None)"))
    refused(runner.run(project, url=database.url), '"shop"' if argument else "other.db")
    assert database.tables() == []
    assert untouched(other)


def test_gathered_coroutines(runner, project, database, tmp_path):
    project.tables(1).env(GATHERED % (tmp_path / "other.db"))
    refused(runner.run(project, url=database.url, driver="asyncpg"), "other.db")
    assert database.tables() == []
    assert untouched(tmp_path / "other.db")


@pytest.mark.parametrize("venv", OUTERMOST)
def test_loop_with_one_turn(runner, project, database, venv):
    """A loop is no crime: which databases it comes to decides."""
    env = (LOOP % ('engine_name="shop"', "other.db")).replace('"sqlite:///other.db"', "")
    project.revision("0001", 'op.create_table("of_" + engine_name, sa.Column("id", sa.Integer))').env(env)
    revision = project.location / "versions/0001_.py"
    revision.write_text(revision.read_text().replace("upgrade()", "upgrade(engine_name)"))
    result = runner.run(project, url=database.url, venv=venv)
    assert (result.outcome, result.report["after"]) == ("applied", ["0001"]), result
    assert database.tables() == ["alembic_version", "of_shop"]
    assert runner.run(project, url=database.url, venv=venv).outcome == "upToDate"


def test_loop_that_cannot_be_seen(runner, project, database, tmp_path):
    """It is in another module and gives no argument: the second database is still refused, the first is told by its rows."""
    other = tmp_path / "other.db"
    (project.folder / "looping.py").write_text("def each(call, urls):\n    for url in urls:\n        call(url)\n")
    text = (
        (LOOP % ("", other))
        .replace("for url in (", "from looping import each\neach(migrate, (")
        .replace(":\n    migrate(url)", ")")
    )
    project.tables(2).env(text)
    result = runner.run(project, url=database.url, environment={"PYTHONPATH": str(project.folder)})
    assert (result.outcome, result.kind) == ("failed", "EnvUnsupported"), result
    assert result.report["after"] == database.versions() == ["0002"]
    assert untouched(other)


def test_schemas_of_one_database(runner, project, database):
    database.rows("CREATE SCHEMA a AUTHORIZATION app; CREATE SCHEMA b AUTHORIZATION app")
    text = HEAD + (
        'with create_engine(config.get_main_option("sqlalchemy.url")).connect() as connection:\n'
        "    for schema in 'ab':\n"
        "        context.configure(connection=connection, version_table_schema=schema)\n"
        "        with context.begin_transaction():\n"
        "            context.run_migrations()\n"
    )
    project.tables(1).env(text)
    refused(runner.run(project, url=database.url), "several schemas")
    assert database.rows("SELECT 1 FROM pg_tables WHERE schemaname IN ('a', 'b')") == []

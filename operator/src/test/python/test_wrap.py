# SPDX-License-Identifier: Apache-2.0
"""Wrap mode: the project's own migrate command, with the report, checks and limits of a run of our own."""

import json
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from support.projects import Project
from support.runs import OUTERMOST, interpreter, until

# A project as many have it: its env.py runs only inside its own command, which gives it an engine.
OWN_ENV = """\
from alembic import context
engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""

OWN_COMMAND = """\
import os, sys
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

def config():
    made = Config()
    made.set_main_option("script_location", "migrations")
    made.attributes["engine"] = create_engine(os.environ["DATABASE_URL"])
    return made

def main():
    target = sys.argv[1] if len(sys.argv) > 1 else "head"
    command.upgrade(config(), target)
    print("migrated by", sys.argv)
"""

MAIN = OWN_COMMAND + '\nif __name__ == "__main__":\n    main()\n'


@pytest.fixture
def own(tmp_path):
    """The project whose own command, ``python manage.py``, prepares env.py."""
    project = Project(tmp_path / "app", env=OWN_ENV, ini=False).tables(3)
    (project.folder / "manage.py").write_text(MAIN)
    return project


def wrapped(runner, project, database, *words, **options):
    options.setdefault("url_env", "DATABASE_URL")
    return runner.run(project, url=database.url, command=list(words), **options)


def refused(result, kind, *words):
    assert (result.code, result.outcome, result.kind) == (3, "refused", kind), result
    assert not [word for word in words if word not in result.message], result.message
    assert "applied" not in result.report
    return result


@pytest.mark.parametrize("venv", OUTERMOST)
def test_command_that_prepares_env(runner, own, database, venv):
    """Plain Alembic cannot load this project, its own command can; the report is that of any other run."""
    assert runner.run(own, url=database.url, venv=venv, url_env="DATABASE_URL").kind == "ConfigNotFound"
    result = wrapped(runner, own, database, "python", "manage.py", venv=venv)
    assert (result.code, result.outcome) == (0, "applied"), result
    assert result.applied == ["0001", "0002", "0003"]
    assert all(step["committed"] for step in result.report["applied"])
    assert [step["revision"] for step in result.report["plan"]] == ["0001", "0002", "0003"]
    assert result.report["plan"][0]["message"] == "revision 0001"
    assert result.report["planCount"] == 3
    assert (result.report["before"], result.report["after"], result.report["expected"]) == ([], ["0003"], ["0003"])
    assert result.report["database"]["identity"] == database.identity
    assert (result.report["direction"], result.report["halfApplied"]) == ("upgrade", "no")
    assert "migrated by ['manage.py']" in result.stdout
    again = wrapped(runner, own, database, "python", "manage.py", venv=venv)
    assert (again.code, again.outcome, again.report["after"]) == (0, "upToDate", ["0003"]), again


FLASK_APP = """\
import os
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
%s
db = SQLAlchemy(app)
Migrate(app, db)

class Customer(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(40))
"""


def flask(folder, *words, **variables):
    """Runs Flask's own command line, as a developer does."""
    done = subprocess.run(
        [str(Path(interpreter("flask")).parent / "flask"), *words],
        cwd=str(folder),
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout


class Folder:
    """A project that tools of its own have made."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir()

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return self


@pytest.fixture
def flask_project(tmp_path):
    """Made with "flask db init" and "flask db migrate" against a scratch database, as the tutorial says."""
    made = Folder(tmp_path / "shop").write("app.py", FLASK_APP % "")
    scratch = {"DATABASE_URL": "sqlite:///%s/scratch.db" % tmp_path}
    flask(made.folder, "db", "init", **scratch)
    flask(made.folder, "db", "migrate", "-m", "customers", **scratch)
    return made


def test_flask_migrate(runner, flask_project, database):
    refused(runner.run(flask_project, url=database.url, venv="flask"), "ConfigNotFound")
    in_folder = runner.run(flask_project, url=database.url, venv="flask", config="migrations/alembic.ini")
    assert in_folder.outcome == "refused", in_folder
    result = wrapped(runner, flask_project, database, "flask", "db", "upgrade", venv="flask")
    assert (result.code, result.outcome) == (0, "applied"), result
    assert database.tables() == ["alembic_version", "customer"]
    assert result.report["after"] == result.report["heads"] == database.versions()
    assert result.report["applied"][0]["committed"] is True
    assert result.report["plan"][0]["message"] == "customers"
    assert wrapped(runner, flask_project, database, "flask", "db", "upgrade", venv="flask").outcome == "upToDate"
    for words in (["python", "-m", "flask", "db", "upgrade"], ["uv", "run", "--no-sync", "flask", "db", "upgrade"]):
        assert wrapped(runner, flask_project, database, *words, venv="flask").outcome == "upToDate"


def test_flask_migrate_that_fails(runner, flask_project, database):
    database.rows("CREATE TABLE customer (id int); CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    database.rows("ALTER TABLE alembic_version OWNER TO app")
    result = wrapped(runner, flask_project, database, "flask", "db", "upgrade", venv="flask")
    assert (result.code, result.outcome, result.kind) == (1, "failed", "AlreadyExists"), result
    assert (result.report["after"], result.report["halfApplied"]) == ([], "no")


def test_flask_migrate_down_without_permission(runner, flask_project, database):
    assert wrapped(runner, flask_project, database, "flask", "db", "upgrade", venv="flask").outcome == "applied"
    refused(
        wrapped(runner, flask_project, database, "flask", "db", "downgrade", venv="flask"),
        "DowngradeForbidden",
        "flask db downgrade",
    )
    assert "customer" in database.tables()


def test_flask_application_that_cannot_be_loaded(runner, flask_project, database):
    flask_project.write("app.py", "import shop_settings\n")
    result = wrapped(runner, flask_project, database, "flask", "db", "upgrade", venv="flask")
    refused(result, "ImportFailed", "shop_settings", "exit code 2")


def test_flask_multidb(runner, tmp_path, database):
    """Flask-Migrate's own template for several binds: refused with nothing touched, in either database."""
    made = Folder(tmp_path / "shop")
    made.write("app.py", FLASK_APP % "app.config['SQLALCHEMY_BINDS'] = {'users': os.environ['USERS_URL']}")
    scratch = {"DATABASE_URL": "sqlite:///%s/a.db" % tmp_path, "USERS_URL": "sqlite:///%s/b.db" % tmp_path}
    flask(made.folder, "db", "init", "--multidb", **scratch)
    flask(made.folder, "db", "migrate", **scratch)
    users = tmp_path / "users.db"
    for url in (database.url, "sqlite:///%s/first.db" % tmp_path):
        result = runner.run(
            made,
            url=url,
            venv="flask",
            url_env="DATABASE_URL",
            command=["flask", "db", "upgrade"],
            environment={"USERS_URL": "sqlite:///%s" % users},
        )
        refused(result, "EnvUnsupported", '"users"', "one DatabaseMigration for each", "alembic.section", "alembic.xArguments")
    assert database.tables() == []
    for file in (users, tmp_path / "first.db"):
        assert not sqlite3.connect(file).execute("SELECT * FROM sqlite_master").fetchall()


def test_identity_is_checked_first(runner, own, database):
    wrong = json.dumps({"identity": database.identity + "1"})
    refused(wrapped(runner, own, database, "python", "manage.py", expect_database=wrong), "WrongDatabase", database.identity)
    own.folder.joinpath("manage.py").write_text(MAIN.replace('os.environ["DATABASE_URL"]', '"sqlite:///own.db"'))
    refused(wrapped(runner, own, database, "python", "manage.py"), "WrongDatabase", "own.db")
    assert database.tables() == []
    assert not sqlite3.connect(own.folder / "own.db").execute("SELECT * FROM sqlite_master").fetchall()


def test_settings_and_lock(runner, own, database):
    """Limits and names hold in the command's session, and of several commands at once one migrates."""
    own.revision("0004", "op.execute(\"CREATE TABLE settings AS SELECT current_setting('lock_timeout') AS lock,"
        " current_setting('application_name') AS name\")")  # fmt: skip
    started = [
        runner.start(own, "migrate", database.url, url_env="DATABASE_URL", command=["python", "manage.py"], lock_timeout="7")
        for _ in range(3)
    ]
    results = [runner.wait(process) for process in started]
    assert sorted(result.outcome for result in results) == ["applied", "upToDate", "upToDate"], results
    assert database.rows("SELECT * FROM settings") == [("7s", "shop/orders/3/4.4/0004")]


def test_lock_of_another_migration(runner, own, database):
    own.revision("0004", 'op.execute("SELECT pg_sleep(60)")')
    options = {"url_env": "DATABASE_URL", "command": ["python", "manage.py"]}
    first = runner.start(own, "migrate", database.url, **options)
    until(lambda: database.rows("SELECT 1 FROM pg_stat_activity WHERE query ~ 'pg_sleep' AND pid <> pg_backend_pid()"))
    second = runner.run(own, url=database.url, migration_lock_timeout="1", **options)
    refused(second, "WaitingForOtherMigration", "shop/orders/3")
    first.send_signal(signal.SIGTERM)
    result = runner.wait(first)
    assert (result.code, result.outcome, result.kind) == (143, "terminated", "Cancelled"), result
    assert database.tables() == []


def test_deadline(runner, own, database):
    own.revision("0004", 'op.execute("SELECT pg_sleep(60)")')
    result = wrapped(runner, own, database, "python", "manage.py", run_timeout="4")
    assert (result.outcome, result.kind) == ("failed", "DeadlineExceeded"), result
    assert database.tables() == []


def test_failing_step(runner, own, database):
    own.revision("0004", 'op.execute("SELEC 1")')
    result = wrapped(runner, own, database, "python", "manage.py")
    assert (result.code, result.outcome, result.kind) == (1, "failed", "MigrationFailed"), result
    assert (result.report["error"]["revision"], result.report["error"]["sqlstate"]) == ("0004", "42601")
    assert [step["committed"] for step in result.report["applied"]] == [False] * 3


def test_command_that_goes_elsewhere_than_to_the_target(runner, own, database):
    result = wrapped(runner, own, database, "python", "manage.py", "0002")
    assert (result.code, result.outcome, result.kind) == (1, "failed", "EnvUnsupported"), result
    assert not [word for word in ('"0002"', '"0003"', "manage.py") if word not in result.message], result
    assert result.report["after"] == database.versions() == ["0002"]
    assert wrapped(runner, own, database, "python", "manage.py", "0002", target="0002").outcome == "upToDate"
    refused(wrapped(runner, own, database, "python", "manage.py", "0002"), "EnvUnsupported", '"0003"')
    refused(wrapped(runner, own, database, "python", "manage.py", target="cafe1234"), "UnknownRevision", "cafe1234")


def test_command_with_several_passes(runner, own, database):
    """It asks first and goes in two strides, with an engine whose idle connections would keep the lock."""
    text = MAIN.replace(
        "    command.upgrade(config(), target)\n",
        "    made = config()\n    command.current(made)\n    command.upgrade(made, '0002')\n    command.upgrade(made, 'head')\n",
    )
    own.folder.joinpath("manage.py").write_text(text)
    result = wrapped(runner, own, database, "python", "manage.py", migration_lock_timeout="5")
    assert result.outcome == "applied", result
    assert result.applied == ["0001", "0002", "0003"]
    assert [step["revision"] for step in result.report["plan"]] == ["0001", "0002", "0003"]
    assert (result.report["planCount"], result.report["before"], result.report["after"]) == (3, [], ["0003"])


def test_further_version_table_of_the_same_database(runner, own, database):
    """Such as Airflow's providers have: watched as well, and the target is the main table's."""
    other = Project(own.folder / "auth", env=OWN_ENV.replace("connection=connection", 'connection=connection, version_table="auth_version"'), ini=False)  # fmt: skip
    other.revision("a001", 'op.create_table("users", sa.Column("id", sa.Integer))')
    second = (
        '    also = config()\n    also.set_main_option("script_location", "auth/migrations")\n    command.upgrade(also, "head")\n'
    )
    own.folder.joinpath("manage.py").write_text(MAIN.replace("    print(", second + "    print("))
    result = wrapped(runner, own, database, "python", "manage.py")
    assert result.outcome == "applied", result
    assert result.applied == ["0001", "0002", "0003", "a001"]
    assert all(step["committed"] for step in result.report["applied"])
    assert (result.report["after"], result.report["heads"]) == (["0003"], ["0003"])
    assert result.report["database"]["versionTable"]["name"] == "alembic_version"
    assert database.versions("auth_version") == ["a001"]
    assert wrapped(runner, own, database, "python", "manage.py").outcome == "upToDate"
    other.revision("a002", 'op.execute("SELEC 1")')
    failed = wrapped(runner, own, database, "python", "manage.py")
    assert (failed.kind, failed.report["error"]["revision"]) == ("MigrationFailed", "a002"), failed


def test_second_database_of_a_command(runner, own, database, tmp_path):
    again = '    os.environ["DATABASE_URL"] = "sqlite:///%s/two.db"\n    command.upgrade(config(), "head")\n' % tmp_path
    own.folder.joinpath("manage.py").write_text(MAIN.replace("    print(", again + "    print("))
    result = wrapped(runner, own, database, "python", "manage.py")
    assert (result.outcome, result.kind) == ("failed", "EnvUnsupported"), result
    assert "two.db" in result.message
    assert result.report["after"] == ["0003"]
    assert not sqlite3.connect(tmp_path / "two.db").execute("SELECT * FROM sqlite_master").fetchall()


def test_command_that_stamps_an_empty_database(runner, own, database):
    """Such as Airflow's: it creates all tables at once and records the newest revision."""
    text = MAIN.replace(
        "    command.upgrade(config(), target)\n",
        "    made = config()\n"
        "    import sqlalchemy as sa\n"
        "    with made.attributes['engine'].begin() as c:\n"
        "        c.execute(sa.text('CREATE TABLE t1 (id int)'))\n"
        "    command.stamp(made, 'head')\n",
    )
    own.folder.joinpath("manage.py").write_text(text)
    result = wrapped(runner, own, database, "python", "manage.py")
    assert (result.outcome, result.report["direction"]) == ("applied", "stamp"), result
    assert result.report["after"] == database.versions() == ["0003"]


def test_tables_that_were_there_before_the_command(runner, own, database):
    database.rows("CREATE TABLE customers (id int)")
    refused(wrapped(runner, own, database, "python", "manage.py"), "UnversionedDatabase", '"customers"')


@pytest.mark.parametrize("end", ["sys.exit(4)", 'sys.exit("no seeds")', 'raise RuntimeError("no seeds")'])
def test_command_that_fails_after_migrating(runner, own, database, end):
    own.folder.joinpath("manage.py").write_text(MAIN.replace("    print(", "    %s\n    print(" % end))
    result = wrapped(runner, own, database, "python", "manage.py")
    assert (result.code, result.outcome, result.kind) == (1, "failed", "MigrationFailed"), result
    assert "4" in result.message or "no seeds" in result.message
    assert result.report["after"] == ["0003"]
    assert all(step["committed"] for step in result.report["applied"])


def test_command_that_fails_before_migrating(runner, own, database):
    own.folder.joinpath("manage.py").write_text("import sys\nsys.exit(2)\n")
    refused(wrapped(runner, own, database, "python", "manage.py"), "EnvUnsupported", "exit code 2", "manage.py")


def test_command_that_hides_errors(runner, own, database):
    own.revision("0004", 'op.execute("SELEC 1")')
    text = MAIN.replace(
        "    command.upgrade(config(), target)", "    try: command.upgrade(config(), target)\n    except Exception: pass"
    )
    own.folder.joinpath("manage.py").write_text(text)
    assert wrapped(runner, own, database, "python", "manage.py").kind == "MigrationFailed"


def test_command_that_leaves_a_thread_running(runner, own, database):
    """Such as a scheduler that the application starts when it is loaded: the pod ends all the same, with the right code."""
    own.folder.joinpath("manage.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n" + MAIN
    )
    process = runner.start(own, "migrate", database.url, url_env="DATABASE_URL", command=["python", "manage.py"])
    result = runner.wait(process, 40)
    assert (result.code, result.outcome) == (0, "applied"), result
    assert "migrated by" in result.stdout


UNFIT = {
    "shell": (["sh", "-c", "alembic upgrade head"], "", "shell"),
    "shell script": (["./migrate"], "#!/bin/sh\nexec alembic upgrade head\n", "shell script"),
    "binary": (["ls"], "", "no Python program"),
    "other language": (["./migrate"], "#!/usr/bin/perl\n", "perl"),
    "nothing": (["./no-such-command"], "", "./no-such-command"),
    "no such module": (["python", "manage.sh"], "", "manage.sh"),
    "unknown option": (["uv", "run", "--env-file", ".env", "flask"], "", "--env-file"),
    "other program takes over": (
        ["./migrate"],
        "#!/usr/bin/env python\nimport os\nos.execvp('alembic', ['alembic'])\n",
        "makes way",
    ),
    "alembic as a child": (
        ["./migrate"],
        "#!/usr/bin/env python\nimport subprocess\nsubprocess.run(['alembic', 'upgrade', 'head'])\n",
        "alembic upgrade head",
    ),
    "only something else as a child": (
        ["./migrate"],
        "#!/usr/bin/env python\nimport subprocess\nsubprocess.run(['true', 'migrations'])\n",
        "true migrations",
    ),
}


@pytest.mark.parametrize("case", UNFIT)
def test_command_that_cannot_be_wrapped(runner, own, database, case):
    words, script, said = UNFIT[case]
    own.folder.joinpath("migrate").write_text(script)
    own.folder.joinpath("migrate").chmod(0o755)
    refused(wrapped(runner, own, database, *words), "EnvUnsupported", said, "alembic.command")
    assert database.tables() == []


def test_ways_to_name_the_command(runner, own, database):
    """A script by its first line, a module, code, Alembic itself; ``env`` sets its variables, an init is cut."""
    own.folder.joinpath("migrate").write_text("#!/usr/bin/env python3\n" + MAIN)
    own.folder.joinpath("migrate").chmod(0o755)
    for number, words in enumerate(
        (
            ["./migrate"],
            ["tini", "--", "/usr/bin/python3.11", "-u", "manage.py"],
            ["env", "A=b", "python", "-X", "dev", "-m", "manage"],
            ["python", "-c", "import manage; manage.main()"],
            ["poetry", "run", "python", "-u", "-m", "manage"],
        ),
        start=4,
    ):
        own.tables(1, first=number)
        result = wrapped(runner, own, database, *words)
        assert (result.outcome, result.report["after"]) == ("applied", ["%04d" % number]), result


def test_alembic_itself_as_the_command(runner, tmp_path, database):
    """The URL is put into sqlalchemy.url as in a run of our own."""
    project = Project(tmp_path / "app").tables(2)
    result = wrapped(runner, project, database, "alembic", "-x", "a=b", "upgrade", "head")
    assert result.outcome == "applied", result
    refused(wrapped(runner, project, database, "alembic", "downgrade", "base"), "DowngradeForbidden", '"0002"')
    refused(wrapped(runner, project, database, "alembic", "upgrade", "head", "--sql"), "EnvUnsupported", "connection")
    missing = wrapped(runner, project, database, "alembic", "-c", "other.ini", "upgrade", "head")
    assert (missing.outcome, missing.kind) == ("refused", "ConfigNotFound"), missing


def test_password_with_a_percent_sign(runner, own, database):
    """The project hands the variable to set_main_option as it is."""
    own.folder.joinpath("manage.py").write_text(
        MAIN.replace("    return made", '    made.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"])\n    return made')
    )
    result = runner.run(
        own,
        url=database.url.replace("app-password", "p%40ss%25word%2F"),
        url_env="DATABASE_URL",
        command=["python", "manage.py"],
    )
    assert result.outcome == "applied", result
    assert "ss%25word" not in result.everything
    assert "p@ss%word/" not in result.everything


def test_only_migrate_takes_a_command(runner, own, database):
    refused(runner.run(own, "status", url=database.url, command=["python", "manage.py"]), "InvalidSpec", "status")

# SPDX-License-Identifier: Apache-2.0
"""Every spelling of a connection, and passwords that are hard on every parser on their way."""

import io
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from alembic_operator_runner import credentials, scrub
from alembic_operator_runner.errors import Refusal
from support.projects import ASYNC, SYNC, VARIABLE
from support.runs import OUTERMOST

HOSTILE = [
    "p%word%41",
    "at@sign@",
    "sl/ash",
    "quo'te\"s",
    "col:on:",
    "with blanks ",
    "ünïcödé-ж-☃",
    "%@/': ?#&=+$\\{}[]",
    "100%",
    "%%",
    "a{b}%(here)s",
]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://app:pw@db/orders", ("postgresql", None, "app", "pw", [("db", None)], "orders")),
        ("postgresql+asyncpg://app:pw@db:6432/orders", ("postgresql", "asyncpg", "app", "pw", [("db", 6432)], "orders")),
        ("postgresql://app:p%40ss@db/orders", ("postgresql", None, "app", "p@ss", [("db", None)], "orders")),
        ("postgresql://app:p@ss/w:rd@db/orders", ("postgresql", None, "app", "p@ss/w:rd", [("db", None)], "orders")),
        ("postgresql://app:w?h=y@db/orders", ("postgresql", None, "app", "w?h=y", [("db", None)], "orders")),
        ("postgresql://app:a#b%zz@[::1]:5432/orders", ("postgresql", None, "app", "a#b%zz", [("::1", 5432)], "orders")),
        ("postgresql://app@db/orders", ("postgresql", None, "app", None, [("db", None)], "orders")),
        ("postgresql:///orders?host=/run/postgresql", ("postgresql", None, None, None, [("/run/postgresql", None)], "orders")),
        (
            "postgresql://a:b@h1:1,h2:2/o?target_session_attrs=read-write",
            ("postgresql", None, "a", "b", [("h1", 1), ("h2", 2)], "o"),
        ),
        (
            "jdbc:postgresql://db:5432/orders?user=app&password=p%26w",
            ("postgresql", None, "app", "p&w", [("db", 5432)], "orders"),
        ),
        ("mysql+pymysql://app:pw@db/orders?charset=utf8mb4", ("mysql", "pymysql", "app", "pw", [("db", None)], "orders")),
        ("sqlite:////data/app.db", ("sqlite", None, None, None, [], "/data/app.db")),
    ],
)
def test_parse(url, expected):
    read = credentials.parse(url)
    assert (read.dialect, read.driver, read.user, read.password, read.hosts, read.name) == expected


@pytest.mark.parametrize(
    "url",
    ["", "orders", "db:5432/orders", "postgresql:/db", "://db", "postgresql://u:secret-pw@db:port/orders", "postgresql://u:secret-pw@db:99999/o",
     "postgresql://u:secret-pw@d:b:c/o", "jdbc:postgresql://db/o?user=u&password=secret-pw&currentSchema=x"],
)  # fmt: skip
def test_unreadable(url):
    with pytest.raises(Refusal) as raised:
        credentials.parse(url)
    assert raised.value.kind == "InvalidConnection"
    assert "secret-pw" not in str(raised.value)


CASES = [
    c for c in json.loads((Path(__file__).parent.parent / "resources/connection-urls.json").read_text("utf-8")) if "url" in c
]


@pytest.mark.parametrize("case", [c for c in CASES if not c.get("invalid")], ids=lambda c: c["url"])
def test_means_what_the_operator_means(case):
    """The cases that the operator's own parser is tested with: both must look at the same database."""
    read = credentials.parse(case["url"])
    ports = {number for _, number in read.hosts}
    differ = len(ports) > 1
    shown = [
        ("[%s]" if ":" in h and len(read.hosts) > 1 else "%s") % h + (":%d" % n if differ and n else "") for h, n in read.hosts
    ]
    assert (read.dialect, read.driver, ",".join(shown)) == (case["dialect"], case["driver"], case["host"])
    assert (None if differ or not ports else ports.pop()) == case["port"]
    assert (read.name or "", read.user or "", read.password or "") == (case["name"], case["user"], case["password"])
    if not case["url"].startswith("jdbc:"):
        assert dict(read.query) == case["options"]


@pytest.mark.parametrize("case", [c for c in CASES if c.get("invalid")], ids=lambda c: c["why"])
def test_refuses_what_the_operator_refuses(case):
    with pytest.raises(Refusal) as raised:
        credentials.parse(case["url"])
    assert raised.value.kind == "InvalidConnection"
    assert "secret" not in str(raised.value).replace("Secret", "")


@pytest.mark.parametrize("password", HOSTILE)
@pytest.mark.parametrize("raw", [True, False])
def test_password_comes_out_as_it_went_in(password, raw):
    """Raw passwords are read as they are, unless they hold what looks like an escape."""
    if raw and "%4" in password:
        return
    read = credentials.parse("postgresql://app:%s@db/orders" % (password if raw else quote(password, safe="")))
    assert read.password == password


@pytest.mark.parametrize("password", HOSTILE)
def test_scrubber_knows_every_spelling(password):
    scrubber = scrub.Scrubber()
    scrubber.add(password)
    for spelling in (
        password,
        quote(password, safe=""),
        quote(password),
        repr(password),
        ascii(password),
        password.replace("'", "''"),
    ):
        cleaned = scrubber.clean("before (%s) after" % spelling)
        assert password not in cleaned
        assert cleaned.startswith("before (")
        assert "***" in cleaned


def test_scrubber_knows_patterns_without_values():
    scrubber = scrub.Scrubber()
    assert scrubber.clean("postgresql://app:other-pw@db/x") == "postgresql://app:***@db/x"
    assert "other-pw" not in scrubber.clean("host=db password=other-pw user=app")
    assert "other-pw" not in scrubber.clean("{'user': 'app', 'password': 'other-pw'}")


def test_short_secret_leaves_words_alone():
    scrubber = scrub.Scrubber()
    scrubber.add("app")
    assert scrubber.clean("application app 'app'") == "application *** '***'"


def test_secret_in_pieces():
    scrubber = scrub.Scrubber()
    scrubber.add("canary-password")
    target = io.BytesIO()
    output = scrub.ScrubbedOutput(target, scrubber)
    for piece in (b"one can", b"ary-pass", b"word\ntwo canary", b"-password"):
        output.write(piece)
        output.flush()
    output.finish()
    assert target.getvalue() == b"one ***\ntwo ***\n"


def spread():
    """Statements and prints that carry the password wherever text can go."""
    return (
        "import sys, logging, os\n"
        "secret = op.get_bind().engine.url.password\n"
        "print(secret); print(repr(secret), file=sys.stderr); sys.stdout.buffer.write(secret.encode())\n"
        "logging.getLogger('alembic').info('using %s', op.get_bind().engine.url.render_as_string(hide_password=False))\n"
        "logging.getLogger('shop').error(secret)\n"
        "op.execute(sa.text('SELECT :p').bindparams(p=secret))\n"
        "op.execute(sa.text('SELECT CAST(:p AS integer)').bindparams(p=secret))\n"
    )


@pytest.mark.parametrize(
    ("index", "password"), [(0, "canary%@/': ☃pass"), (1, '%41canary?#&=+\\"{}'), (2, "canary@host/name:port")]
)
@pytest.mark.parametrize("driver", ["psycopg2", "psycopg", "asyncpg"])
def test_hostile_password_connects_and_never_shows(runner, project, database, driver, index, password):
    user = "hostile %d %s" % (index, database.name)
    database.role(user, password)
    database.rows('GRANT ALL ON SCHEMA public TO "%s"' % user)
    project.env(ASYNC if driver == "asyncpg" else SYNC).tables(1)
    parts = {"HOST": database.host, "PORT": database.port, "NAME": database.name, "USER": user, "PASSWORD": password}
    environment = {"ALEMBIC_OPERATOR_" + key: str(value) for key, value in parts.items()}
    result = runner.run(project, environment=environment, driver=driver, url_env="DATABASE_URL")
    assert result.outcome == "applied", result
    assert result.report["database"]["user"] == user
    project.revision("0002", spread(), message="with %s inside" % password)
    result = runner.run(project, environment=environment, driver=driver, url_env="DATABASE_URL")
    assert result.kind == "MigrationFailed", result
    assert "Traceback" in result.stderr
    assert result.report["plan"][0]["message"] == "with *** inside"
    assert "canary" not in result.everything


@pytest.mark.parametrize("venv", OUTERMOST)
def test_hostile_password_in_a_url(runner, project, database, venv):
    user = "raw_" + database.name
    database.role(user, "canary@%/:word")
    database.rows('GRANT ALL ON SCHEMA public TO "%s"' % user)
    url = "postgresql+psycopg2://%s:canary@%%/:word@%s:%d/%s" % (user, database.host, database.port, database.name)
    result = runner.run(project.env(VARIABLE).tables(1), url=url, venv=venv, url_env="DATABASE_URL", driver="psycopg2")
    assert result.outcome == "applied", result
    assert "canary" not in result.everything


def test_errors_of_url_parsers_do_not_show_it(runner, project, database):
    project.tables(1).env("import os\nfrom sqlalchemy.engine import make_url\nmake_url('x ' + os.environ['DATABASE_URL'])\n")
    url = database.url.replace("app-password", "canary%40%25")
    result = runner.run(project, url=url, url_env="DATABASE_URL")
    assert result.kind == "EnvUnsupported", result
    assert "canary" not in result.everything


@pytest.mark.parametrize(
    ("driver", "mode", "words"),
    [
        ("psycopg2", "verify-full", ["sslmode=verify-full", "sslrootcert=/ca.pem"]),
        ("asyncpg", "verify-full", ["ssl=verify-full"]),
        ("pymysql", "verify-full", ["ssl_ca=/ca.pem", "ssl_check_hostname=true"]),
    ],
)
def test_tls_in_each_drivers_words(driver, mode, words):
    dialect = "mysql" if driver == "pymysql" else "postgresql"
    connection = credentials.parse("%s+%s://app:pw@db/orders?sslmode=prefer" % (dialect, driver))
    target = credentials.target(connection, None, mode, "/ca.pem")
    assert all(word in target.url.replace("%2F", "/") for word in words), target.url
    assert "prefer" not in target.url
    assert target.environment == ({"PGSSLROOTCERT": "/ca.pem"} if driver == "asyncpg" else {})


def test_parameters_of_another_driver_are_left_out():
    connection = credentials.parse("postgresql+asyncpg://app:pw@db/orders?ssl=require&statement_cache_size=0&timeout=3")
    assert credentials.target(connection).url.endswith("?statement_cache_size=0&timeout=3&ssl=require")
    target = credentials.target(connection, "psycopg2")
    assert target.url.endswith("/orders?sslmode=require")
    assert "statement_cache_size" in target.notes[0]
    connection = credentials.parse("postgresql+asyncpg://app:pw@db/orders?sslmode=require&application_name=x&options=-c%20a%3Db")
    target = credentials.target(connection)
    assert target.url.endswith("/orders?ssl=require")
    assert "application_name, options" in target.notes[0]


@pytest.mark.parametrize(("driver", "env"), [("psycopg2", SYNC), ("psycopg", SYNC), ("asyncpg", ASYNC)])
def test_tls_that_the_server_does_not_have(runner, project, database, driver, env):
    result = runner.run(project.env(env).tables(1), url=database.url, driver=driver, tls_mode="require")
    assert result.kind == "TlsFailed", result

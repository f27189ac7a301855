# SPDX-License-Identifier: Apache-2.0
"""The catalogue of failures, row by row: what Alembic, SQLAlchemy, the drivers and the databases say, and what becomes of it.

Each case makes the thing happen; each reaches its kind, a sentence with the cause, and the remedy. ``ELSEWHERE`` names the tests
of the kinds that need more than one run, so that no kind is forgotten.
"""

import importlib
import re
from collections import namedtuple

import pytest

from alembic_operator_runner import catalogue, errors
from support.projects import ASYNC, NEVER_COMMITS, SYNC, VARIABLE
from test_downgrades import tables
from test_targets import tree

Case = namedtuple("Case", "said kind remedy prepare words")
"""``said``: as the world says it. ``prepare(project, database)`` makes it happen and returns the options of the run. ``remedy`` and
``words``: parts of the sentence in status."""

CREATE = 'op.create_table("%s", sa.Column("id", sa.Integer, primary_key=True))'


def step(body, before=""):
    """A revision that does this, after what the superuser has done."""

    def prepare(project, database):
        database.rows("SELECT 1; " + before)
        project.revision("0001", body)
        return {}

    return prepare


def raised(state, message):
    """A step in which the server says just this."""
    text = message.replace("'", "''")
    return step('op.execute("""DO $$ BEGIN RAISE EXCEPTION USING errcode = \'%s\', message = \'%s\'; END $$""")' % (state, text))


def env(text, **options):
    def prepare(project, database):
        project.tables(1).env(text)
        return options

    return prepare


def target(name, **options):
    def prepare(project, database):
        project.tables(2)
        return dict(options, target=name)

    return prepare


def at(*rows, **options):
    """A database at these rows, under a project of three revisions."""

    def prepare(project, database):
        tables(project, 3)
        database.rows("CREATE TABLE alembic_version (version_num varchar(32) NOT NULL); GRANT ALL ON alembic_version TO app")
        for row in rows:
            database.rows("INSERT INTO alembic_version VALUES (%s)", row)
        return options

    return prepare


def two_heads(project, database):
    tree(project)
    return {}


def address(make):
    def prepare(project, database):
        project.tables(1)
        return {"url": make(database)}

    return prepare


def another_role(options, grant=""):
    def prepare(project, database):
        name = "r_" + database.name
        database.role(name, "right-password" if "PASSWORD" in options else None, options.replace("PASSWORD", "LOGIN"))
        database.rows(grant % name if grant else "SELECT 1")
        project.tables(1)
        return {"url": "postgresql://%s:wrong-password@%s:%d/%s" % (name, database.host, database.port, database.name)}

    return prepare


def file(name, text):
    """The same project with another content of one file; None takes it away."""

    def prepare(project, database):
        project.tables(3)
        path = project.folder / name
        path.write_text(text) if text is not None else path.unlink()
        return {}

    return prepare


def moved(project, database):
    project.tables(1).location.rename(project.folder / "elsewhere")
    return {}


def somebody_else(project, database):
    at("0003")(project, database)
    project.revision("0004", ONE_ROW)
    return {}


def cycle(project, database):
    project.revision("aaaa1111", parent="bbbb1111").revision("bbbb1111")
    return {}


def no_revisions(project, database):
    return {}


def long_id(project, database):
    project.revision("a_revision_id_that_is_longer_than_the_column")
    return {}


def way_back(downgrade):
    def prepare(project, database):
        at("0002")(project, database)
        (project.location / "versions" / "0002_.py").unlink()
        project.revision("0002", "pass", "0001", downgrade=downgrade)
        return {"target": "0001", "allow_downgrade": True}

    return prepare


def expanded(url):
    return "postgresql+psycopg2://" + url.partition("://")[2].replace("app-password", "p%40ss")


FOREIGN = "CREATE TABLE foreign_one (id int)"
MIGRATED = "correct the migration"
ONE_ROW = "op.execute(\"UPDATE alembic_version SET version_num = 'other'\")"
MOVED_PASSWORD = VARIABLE.replace('os.environ["DATABASE_URL"]', '"postgresql+psycopg2://app:p%40ss@127.0.0.1/x"')
OTHER_VARIABLE = 'import os\nurl = os.environ["SHOP_DATABASE"]\n' + SYNC
OTHER_URL = SYNC.replace(
    'config.get_section(config.config_ini_section) or {}, prefix="sqlalchemy."', '{"sqlalchemy.url": "%s"}, prefix="sqlalchemy."'
)

CASES = [
    Case("Can't locate revision: a row", "DatabaseAhead", "downgradePolicy", at("feedface"), ['"feedface"', '"0003"']),
    Case("Can't locate revision: the target", "UnknownRevision", "name a revision", target("deadbeef"), ['"deadbeef"', '"0002"']),
    Case("Multiple head revisions", "MultipleHeads", "alembic merge", two_heads, ['"bbbb2222"', '"heads"', "label@head"]),
    Case("not a valid downgrade target", "NotAnAncestor", "in line", at("0001", target="0003", direction="downgrade"), ['"0003"']),
    Case("Relative revision didn't produce", "UnknownRevision", "name a revision", target("head-9"), ['"head-9"']),
    Case("Walked too far", "UnknownRevision", "name a revision", target("head+1"), ['"head+1"']),
    Case("overlaps with other revisions", "OverlappingVersions", "delete the row", at("0001", "0002"), ['"0001"', '"0002"']),
    Case("expected to match one row", "WaitingForOtherMigration", "tried again", somebody_else, ["match one row"]),
    Case("relation already exists", "AlreadyExists", "compare", step(CREATE % "a" + "\n" + CREATE % "a"), ['"a"']),
    Case("column already exists", "AlreadyExists", "compare", step(CREATE % "a" + '\nop.add_column("a", sa.Column("id", sa.Integer))'), ['"id"']),
    Case("type already exists", "AlreadyExists", "compare", step('op.execute("CREATE TYPE e AS ENUM ()")\nop.execute("CREATE TYPE e AS ENUM ()")'), ['"e"']),
    Case("pg_type_typname_nsp_index", "WaitingForOtherMigration", "tried again", raised("23505", 'duplicate key value violates unique constraint "pg_type_typname_nsp_index"'), ["duplicate key"]),
    Case("permission denied for schema", "PermissionDenied", "grant the right", another_role("LOGIN"), ["permission denied"]),
    Case("permission denied for table", "PermissionDenied", "grant the right", step('op.execute("SELECT * FROM pg_authid")'), ["pg_authid"]),
    Case("must be owner of table", "PermissionDenied", "owner", step('op.execute("ALTER TABLE pg_class ADD x int")'), ["pg_class"]),
    Case("canceling statement due to lock timeout", "WaitingForLock", "timeouts.lock", raised("55P03", "canceling statement due to lock timeout"), ["lock timeout"]),
    Case("canceling statement due to statement timeout", "StatementTimeout", "timeouts.statement", lambda p, d: dict(step('op.execute("SELECT pg_sleep(30)")')(p, d), statement_timeout="0.3"), ["statement timeout"]),
    Case("deadlock detected", "Retrying", "tried again", raised("40P01", "deadlock detected"), ["deadlock"]),
    Case("could not serialize access", "Retrying", "tried again", raised("40001", "could not serialize access"), ["serialize"]),
    Case("column contains null values", "DataViolation", "correct the data", step('op.execute("CREATE TABLE a AS SELECT 1 AS i")\nop.execute("ALTER TABLE a ADD b int NOT NULL")'), ["null values"]),
    Case("could not create unique index", "DataViolation", "correct the data", step('op.execute("CREATE TABLE a AS SELECT 1 AS i UNION ALL SELECT 1")\nop.execute("CREATE UNIQUE INDEX u ON a (i)")'), ['"u"']),
    Case("check constraint is violated by some row", "DataViolation", "correct the data", step('op.execute("CREATE TABLE a AS SELECT 1 AS i")\nop.execute("ALTER TABLE a ADD CONSTRAINT c CHECK (i > 1)")'), ['"c"']),
    Case("violates foreign key constraint", "DataViolation", "correct the data", step(CREATE % "a" + '\nop.execute("CREATE TABLE b AS SELECT 1 AS i")\nop.execute("ALTER TABLE b ADD CONSTRAINT f FOREIGN KEY (i) REFERENCES a")'), ['"f"']),
    Case("cannot be cast automatically", "MigrationFailed", MIGRATED, step(CREATE % "a" + '\nop.execute("ALTER TABLE a ALTER id TYPE date")'), ["cast"]),
    Case("other objects depend on it", "MigrationFailed", MIGRATED, step(CREATE % "a" + '\nop.execute("CREATE VIEW v AS SELECT * FROM a")\nop.execute("DROP TABLE a")'), ["depend"]),
    Case("syntax error", "MigrationFailed", MIGRATED, step('op.execute("SELEC 1")'), ["syntax error", '"0001"']),
    Case("cannot run inside a transaction block", "NeedsAutocommit", "autocommit_block", step(CREATE % "a" + '\nop.execute("CREATE INDEX CONCURRENTLY i ON a (id)")'), ["transaction block"]),
    Case("unsafe use of new value of enum type", "NeedsAutocommit", "autocommit_block", step('op.execute("ALTER TYPE e ADD VALUE \'b\'")\nop.execute("SELECT \'b\'::e")', "CREATE TYPE e AS ENUM ('a'); ALTER TYPE e OWNER TO app"), ["unsafe use"]),
    Case("value too long: the version table", "ValueTooLong", "widen the column", long_id, ['"alembic_version"', "32"]),
    Case("value too long: elsewhere", "ValueTooLong", "widen the column", step('op.execute("CREATE TABLE a (s varchar(2))")\nop.execute("INSERT INTO a VALUES (\'long\')")'), ["too long"]),
    Case("in a read-only transaction", "NotPrimary", "primary", step('op.execute("SET TRANSACTION READ ONLY")\nop.execute("CREATE TABLE a (id int)")'), ["read-only"]),
    Case("server closed the connection unexpectedly", "WaitingForDatabase", "when the database answers", step('op.execute("SELECT pg_terminate_backend(pg_backend_pid())")'), []),
    Case("Connection refused", "WaitingForDatabase", "tried again", address(lambda d: "postgresql://app:x@127.0.0.1:9/orders"), ["refused"]),
    Case("could not translate host name", "WaitingForDatabase", "tried again", address(lambda d: "postgresql://app:x@nowhere.invalid/orders"), ["nowhere.invalid"]),
    Case("role does not exist", "AuthenticationFailed", "Secret", address(lambda d: d.url.replace("app:", "nobody_here:")), ["nobody_here"]),
    Case("password authentication failed", "AuthenticationFailed", "Secret", another_role("PASSWORD"), ["password authentication failed"]),
    Case("not permitted to log in", "AuthenticationFailed", "Secret", another_role("NOLOGIN"), ["log in"]),
    Case("database does not exist", "WaitingForDatabase", "tried again", address(lambda d: d.url + "_not"), ["does not exist"]),
    Case("too many connections for role", "WaitingForDatabase", "tried again", another_role("LOGIN CONNECTION LIMIT 0"), ["too many connections"]),
    Case("prepared statement already exists", "PoolerNotSupported", "direct address", raised("42P05", 'prepared statement "__asyncpg_stmt_1__" already exists'), ["prepared statement"]),
    Case("No config file found", "ConfigNotFound", "alembic.workingDir", file("alembic.ini", None), ["alembic.ini"]),
    Case("No 'script_location' key found", "ConfigNotFound", "alembic.config", file("alembic.ini", "[alembic]\n"), ["script_location"]),
    Case("Path doesn't exist", "ConfigNotFound", "alembic.workingDir", moved, ["migrations"]),
    Case("invalid interpolation syntax", "EnvUnsupported", "double each percent sign", env(MOVED_PASSWORD), ["interpolation"]),
    Case("KeyError of a variable", "EnvUnsupported", "pod.env", env(OTHER_VARIABLE), ["SHOP_DATABASE", "database.urlEnv"]),
    Case("Could not parse SQLAlchemy URL", "EnvUnsupported", "database.urlEnv", env(OTHER_URL % ""), ["parse"]),
    Case("Can't load plugin: postgres", "EnvUnsupported", "database.urlEnv", env(OTHER_URL % "postgres://db/x"), ["sqlalchemy.dialects"]),
    Case("No module named: the driver", "ImportFailed", "install", lambda p, d: p.tables(1) and {"driver": "pg8000"}, ['"pg8000"']),
    Case("No module named: the models", "ImportFailed", "prepend_sys_path", env("import shop.models\n" + SYNC), ["shop"]),
    Case("greenlet_spawn has not been called", "EnvUnsupported", "database.driver", env(SYNC, driver="asyncpg"), ["synchronous"]),
    Case("requires an async driver", "EnvUnsupported", "database.driver", env(ASYNC, driver="psycopg2"), ["asynchronous"]),
    Case("KeyError of a revision", "BrokenGraph", "all revision files", file("migrations/versions/0002_.py", None), ['"0002"']),
    Case("Cycle is detected", "BrokenGraph", "repair", cycle, ["ycle"]),
    Case("Could not determine revision id", "BrokenGraph", "repair", file("migrations/versions/0002_.py", "x = 1\n"), ["0002_.py"]),
    Case("SyntaxError in a revision", "BrokenGraph", "repair", file("migrations/versions/0002_.py", "no python\n"), ["SyntaxError", "0002_.py"]),
    Case("an empty versions folder", "NoMigrations", ".dockerignore", no_revisions, ["versions"]),
    Case("NotImplementedError", "IrreversibleRevision", "write its downgrade()", way_back("raise NotImplementedError()"), ['"0002"']),
    Case("has no attribute 'downgrade'", "IrreversibleRevision", "write its downgrade()", way_back(None), ['"0002"']),
    Case("nothing committed", "NotCommitted", "commit", env(NEVER_COMMITS), ["context.configure()"]),
    Case("a target behind", "DowngradeForbidden", "downgradePolicy", at("0002", target="0001"), ['("0002")']),
    Case("tables and no version table", "UnversionedDatabase", "adopt.baseline", step("pass", FOREIGN), ['"foreign_one"']),
    Case("relation does not exist", "DoesNotExist", "search path", step('op.drop_table("nothing")'), ['"nothing"']),
    Case("half of it committed", "PartiallyApplied", "by hand", step('op.execute("CREATE TABLE a (id int)")\nop.execute("COMMIT")\nop.execute("SELEC 1")'), ["half applied", '"0001"']),
    Case("another database", "WrongDatabase", "database.urlEnv", env(OTHER_URL % "sqlite:///own.db"), ["own.db"]),
    Case("an unreadable URL", "InvalidConnection", "Secret", address(lambda d: "db.example/orders"), []),
    Case("an option of another version", "InvalidSpec", "of one version", lambda p, d: {"frobnicate": 1}, ["--frobnicate"]),
]  # fmt: skip

ELSEWHERE = {
    "TlsFailed": "test_credentials.test_tls_that_the_server_does_not_have",
    "LeftoversFound": "test_failures.test_unique_index_over_duplicates",
    "DeadlineExceeded": "test_signals.test_deadline",
    "Cancelled": "test_signals.test_sigterm_before_the_first_step",
    "PythonNotFound": "test_launcher.test_no_python_at_all",
    "AlembicTooOld": "test_catalogue.test_alembic_that_is_too_old",
}


@pytest.mark.parametrize("case", CASES, ids=[case.said for case in CASES])
def test_case(runner, project, database, case):
    options = case.prepare(project, database)
    options.setdefault("url", database.url)
    rows = database.versions()
    result = runner.run(project, **options)
    assert result.kind == case.kind, result
    assert result.outcome == ("refused" if result.code == 3 else "failed")
    for words in [case.remedy, *case.words]:
        assert words in result.message, result.message
    # One line for people: no statement, no parameters, no password, not our own words twice.
    assert not [w for w in ("[SQL", "[parameters", "password@", "p%40ss", "Traceback", "\n") if w in result.message]
    assert len(result.message) < 600
    assert result.report["error"]["retryable"] == (catalogue.KINDS[case.kind].retryable and case.kind != "PartiallyApplied")
    if case.kind != "PartiallyApplied":
        assert result.report.get("halfApplied", "no") == "no"
        assert database.versions() == rows


def test_every_kind_is_reached():
    reached = {case.kind for case in CASES}
    assert not reached & set(ELSEWHERE)
    assert set(catalogue.KINDS) == reached | set(ELSEWHERE)
    for place in ELSEWHERE.values():
        module, name = place.split(".")
        assert hasattr(importlib.import_module(module), name), place


class _MySql(Exception):
    """An error as PyMySQL and mysqlclient raise it: number and text."""


_MySql.__module__ = "pymysql.err"


@pytest.mark.parametrize(
    ("number", "said", "kind"),
    [
        (1050, "Table 't3' already exists", "AlreadyExists"),
        (1060, "Duplicate column name 'x'", "AlreadyExists"),
        (1061, "Duplicate key name 'ix'", "AlreadyExists"),
        (1142, "CREATE command denied to user 'app'@'%' for table 't'", "PermissionDenied"),
        (1044, "Access denied for user 'app'@'%' to database 'orders'", "PermissionDenied"),
        (1205, "Lock wait timeout exceeded; try restarting transaction", "WaitingForLock"),
        (3024, "Query execution was interrupted, maximum statement execution time exceeded", "StatementTimeout"),
        (1213, "Deadlock found when trying to get lock; try restarting transaction", "Retrying"),
        (1062, "Duplicate entry '1' for key 'PRIMARY'", "DataViolation"),
        (1048, "Column 'name' cannot be null", "DataViolation"),
        (1452, "Cannot add or update a child row: a foreign key constraint fails", "DataViolation"),
        (1290, "The MariaDB server is running with the --read-only option", "NotPrimary"),
        (1045, "Access denied for user 'app'@'%' (using password: YES)", "AuthenticationFailed"),
        (1049, "Unknown database 'orders'", "WaitingForDatabase"),
        (1040, "Too many connections", "WaitingForDatabase"),
        (2006, "MySQL server has gone away", "WaitingForDatabase"),
        (1064, "You have an error in your SQL syntax", "MigrationFailed"),
        (1146, "Table 'orders.t' doesn't exist", "DoesNotExist"),
        (1406, "Data too long for column 'version_num'", "ValueTooLong"),
    ],
)
def test_numbers_of_mysql(number, said, kind):
    problem = errors.classify(_MySql(number, said), "step", "0002")
    assert problem.kind == kind
    assert '"0002"' in problem.message
    assert catalogue.KINDS[kind].remedy in problem.message


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("FATAL:  the database system is starting up", "WaitingForDatabase"),
        ("FATAL:  the database system is shutting down", "WaitingForDatabase"),
        ("server closed the connection unexpectedly", "WaitingForDatabase"),
        ("connection was closed in the middle of operation", "WaitingForDatabase"),
        ("[Errno 111] Connect call failed ('10.0.0.1', 5432)", "WaitingForDatabase"),
        ("[Errno -2] Name or service not known", "WaitingForDatabase"),
        ("unsupported startup parameter: options", "PoolerNotSupported"),
        ('connection to server failed: FATAL:  no pg_hba.conf entry for host "10.0.0.1"', "AuthenticationFailed"),
        ("database is locked", "WaitingForLock"),
        ("certificate verify failed: unable to get local issuer certificate", "TlsFailed"),
    ],
)
def test_texts_without_a_code(said, kind):
    """Drivers give connection errors no code; what needs a failing server is told by its words alone."""
    problem = errors.classify(Exception(said), "env")
    assert (problem.kind, problem.retryable) == (kind, catalogue.KINDS[kind].retryable)
    assert re.search(re.escape(catalogue.KINDS[kind].remedy), problem.message)


@pytest.mark.parametrize("version", ["1.3.3", "1.6.1"])
def test_alembic_that_is_too_old(runner, project, database, version):
    """1.6.0 to 1.6.2 went round in circles (sqlalchemy/alembic#843)."""
    folder = project.folder / "old" / "alembic"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("__version__ = %r" % version)
    result = runner.run(project, url=database.url, environment={"PYTHONPATH": str(folder.parent)})
    assert (result.code, result.kind) == (3, "AlembicTooOld"), result
    assert version in result.message
    assert "1.7 or newer" in result.message

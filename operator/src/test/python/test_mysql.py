# SPDX-License-Identifier: Apache-2.0
"""MariaDB with each driver for it: ways up, what a failure leaves, the lock, limits, and being told to stop."""

import json
import signal
import time

import pytest

from support.mariadb import PASSWORD
from support.projects import ASYNC, SYNC
from support.runs import until

PAIRS = [
    ("mysql-1.4", "pymysql"),
    ("mysql-1.4", "mysqldb"),
    ("mysql-1.4", "aiomysql"),
    ("mysql-latest", "pymysql"),
    ("mysql-latest", "mysqldb"),
    ("mysql-latest", "aiomysql"),
    ("mysql-latest", "asyncmy"),
]
NEWEST = PAIRS[3:]
CREATE = 'op.create_table("t%s", sa.Column("id", sa.Integer, primary_key=True))'


def prepare(project, driver):
    return project.env(SYNC if driver in ("pymysql", "mysqldb") else ASYNC)


def run(runner, project, maria, pair=("mysql-latest", "pymysql"), action="migrate", url=None, **options):
    venv, driver = pair
    prepare(project, driver)
    return runner.run(project, action, url=url or maria.url, venv=venv, driver=driver, **options)


def failed(result, kind, revision, half, *words):
    assert (result.code, result.outcome, result.kind) == (1, "failed", kind), result
    assert (result.report["error"].get("revision"), result.report["halfApplied"]) == (revision, half), result
    assert not [word for word in words if word not in result.message], result.message
    assert result.report["error"]["retryable"] is False or half == "no"
    return result


@pytest.mark.parametrize("pair", PAIRS)
def test_empty_database_to_head(runner, project, maria, pair):
    project.tables(2).revision("0003", 'op.execute("INSERT INTO t1 VALUES (7)")')
    expected = json.dumps({"dialect": "mysql", "host": "127.0.0.1", "name": maria.name})
    result = run(
        runner, project, maria, pair, expect_database=expected, lock_timeout="5", statement_timeout="90", connect_timeout="9"
    )
    assert (result.code, result.outcome) == (0, "applied"), result
    assert result.applied == ["0001", "0002", "0003"]
    assert all(step["committed"] for step in result.report["applied"])
    assert result.report["after"] == result.report["expected"] == maria.versions() == ["0003"]
    assert result.report["halfApplied"] == "no"
    database = result.report["database"]
    assert (database["dialect"], database["driver"], database["name"], database["port"]) == (
        "mysql",
        pair[1],
        maria.name,
        maria.port,
    )
    assert "MariaDB" in database["serverVersion"]
    assert (database["transactionalDdl"], database["versionTable"]) == (False, {"name": "alembic_version"})
    assert maria.rows("SELECT id FROM t1") == [(7,)]
    again = run(runner, project, maria, pair)
    assert (again.outcome, again.report["before"]) == ("upToDate", ["0003"]), again
    assert run(runner, project, maria, pair, "status").outcome == "observed"


def test_mariadb_as_the_dialect(runner, project, maria):
    """And without a driver: SQLAlchemy's default is mysqlclient, whose module has another name."""
    project.tables(1)
    result = runner.run(project, url=maria.url.replace("mysql:", "mariadb:"), venv="mysql-latest")
    assert result.outcome == "applied", result
    expected = json.dumps({"dialect": "mariadb", "name": maria.name})
    assert run(runner, project, maria, expect_database=expected).outcome == "upToDate"
    other = json.dumps({"dialect": "mysql", "host": "127.0.0.1", "name": "orders"})
    assert run(runner, project, maria, expect_database=other).kind == "WrongDatabase"


@pytest.mark.parametrize("pair", PAIRS)
def test_third_of_five(runner, project, maria, pair):
    """The table of the failed revision stays, so it is half applied for certain."""
    project.tables(2).revision("0003", CREATE % 3 + '\nop.execute("SELEC 1")').tables(2, first=4)
    result = run(runner, project, maria, pair)
    failed(result, "PartiallyApplied", "0003", "yes", '"0003"', "half applied", "by hand")
    assert [step["committed"] for step in result.report["applied"]] == [True, True]
    assert result.report["after"] == maria.versions() == ["0002"]
    assert maria.tables() == ["alembic_version", "t1", "t2", "t3"]
    assert run(runner, project, maria, pair).kind == "AlreadyExists"


@pytest.mark.parametrize("pair", PAIRS)
def test_data_that_is_rolled_back(runner, project, maria, pair):
    """Nothing but rows was changed, and InnoDB takes those back."""
    project.tables(1).revision("0002", 'op.execute("INSERT INTO t1 VALUES (1)")\nop.execute("INSERT INTO t1 VALUES (1)")')
    failed(run(runner, project, maria, pair), "DataViolation", "0002", "no")
    assert maria.rows("SELECT * FROM t1") == []


@pytest.mark.parametrize("pair", PAIRS)
def test_data_that_the_next_statement_commits(runner, project, maria, pair):
    """DDL commits what went before it in the transaction, and may do so although it fails itself."""
    project.tables(1).revision("0002", 'op.execute("INSERT INTO t1 VALUES (1)")\nop.execute("CREATE TABLE t1 (id int)")')
    failed(run(runner, project, maria, pair), "AlreadyExists", "0002", "possible")
    assert maria.rows("SELECT * FROM t1") == [(1,)]


@pytest.mark.parametrize("pair", NEWEST)
def test_table_that_cannot_be_rolled_back(runner, project, maria, pair):
    """MyISAM knows no transactions, and no driver tells from which table a row was not taken back."""
    project.revision("0001", 'op.execute("CREATE TABLE t1 (id int PRIMARY KEY) ENGINE=MyISAM")')
    project.revision("0002", 'op.execute("INSERT INTO t1 VALUES (1)")\nop.execute("SELEC 1")')
    result = run(runner, project, maria, pair)
    assert maria.rows("SELECT * FROM t1") == [(1,)]
    failed(result, "MigrationFailed", "0002", "possible")


@pytest.mark.parametrize("pair", NEWEST)
def test_way_back(runner, project, maria, pair):
    project.tables(3)
    for number in (1, 2, 3):
        path = project.location / ("versions/%04d_.py" % number)
        path.write_text(
            path.read_text().replace("def downgrade():\n    pass", 'def downgrade():\n    op.drop_table("t%d")' % number)
        )
    assert run(runner, project, maria, pair).outcome == "applied"
    down = run(runner, project, maria, pair, target="0001", allow_downgrade="true")
    assert (down.outcome, down.applied, down.report["after"]) == ("applied", ["0003", "0002"], ["0001"]), down
    assert maria.tables() == ["alembic_version", "t1"]
    assert run(runner, project, maria, pair).outcome == "applied"
    project.revision("0004", CREATE % 4, downgrade='op.drop_table("t4")\nop.execute("SELEC 1")')
    assert run(runner, project, maria, pair).outcome == "applied"
    half = run(runner, project, maria, pair, target="base", allow_downgrade="true")
    failed(half, "PartiallyApplied", "0004", "yes")
    assert half.report["after"] == maria.versions() == ["0004"]


def test_baseline(runner, project, maria):
    """The tables that the baseline would have made are looked for in this database too."""
    project.tables(3)
    maria.rows("CREATE TABLE t1 (id int)")
    refused = run(runner, project, maria, baseline="0002")
    assert (refused.outcome, refused.kind, '"t2"' in refused.message) == ("refused", "UnversionedDatabase", True), refused
    assert maria.tables() == ["t1"]
    maria.rows("CREATE TABLE t2 (id int)")
    result = run(runner, project, maria, baseline="0002")
    assert (result.outcome, result.applied, result.report["after"]) == ("applied", ["0003"], ["0003"]), result


def test_check_with_sql(runner, project, maria):
    assert run(runner, project.tables(1), maria).outcome == "applied"
    project.tables(1, first=2)
    result = run(runner, project, maria, action="check", sql="true")
    assert (result.code, result.outcome) == (0, "checked"), result
    assert result.report["sql"]["available"] is True, result
    assert "CREATE TABLE t2" in result.full_report()["sql"]["text"]
    assert maria.tables() == ["alembic_version", "t1"]


def test_wrapped_command(runner, project, maria):
    """Lock and limits go with the project's own command, too."""
    options = {"command": ["alembic", "upgrade", "head"], "url_env": "DATABASE_URL"}
    project.tables(2).revision(
        "0003", 'op.execute("CREATE TABLE seen AS SELECT @@lock_wait_timeout AS a")\nop.execute("SELEC 1")'
    )
    result = run(runner, project, maria, lock_timeout="7", **options)
    failed(result, "PartiallyApplied", "0003", "yes")
    assert maria.rows("SELECT a FROM seen") == [(7,)]
    maria.rows("DROP TABLE seen")
    project.revision("0003", parent="0002")
    assert run(runner, project, maria, **options).outcome == "applied"


@pytest.mark.parametrize("forced", [False, True])
def test_transactional_ddl_that_env_claims(runner, project, maria, forced):
    """Some projects set transactional_ddl for every database; MariaDB's is not, whatever they say."""
    project.tables(1).revision("0002", CREATE % 2 + '\nop.execute("SELEC 1")')
    if forced:
        project.env(SYNC.replace("target_metadata=None", "transactional_ddl=True"))
        result = runner.run(project, url=maria.url, venv="mysql-latest", driver="pymysql")
    else:
        result = run(runner, project, maria)
    assert "t2" in maria.tables()
    failed(result, "PartiallyApplied", "0002", "yes")


@pytest.mark.parametrize("pair", NEWEST)
def test_several_statements_in_one_text(runner, project, maria, pair):
    """All but PyMySQL send them at once, and hide the second one's error until its result is asked for."""
    project.tables(1).revision("0002", 'op.execute("CREATE TABLE t2 (id int); CREATE TABLE t1 (id int)")')
    result = run(runner, project, maria, pair)
    if pair[1] == "pymysql":
        failed(result, "MigrationFailed", "0002", "possible")
    else:
        failed(result, "PartiallyApplied", "0002", "yes", "already exists")
        assert "t2" in maria.tables()
    maria.rows("DROP TABLE IF EXISTS t2")
    project.revision("0002", 'op.execute("INSERT INTO t1 VALUES (1); INSERT INTO t1 VALUES (2);")', parent="0001")
    if pair[1] != "pymysql":
        assert run(runner, project, maria, pair).outcome == "applied"
        assert maria.rows("SELECT id FROM t1 ORDER BY id") == [(1,), (2,)]


def test_autocommit_block(runner, project, maria):
    block = 'with op.get_context().autocommit_block():\n    op.execute("INSERT INTO t1 VALUES (1)")\n    op.execute("SELEC 1")'
    project.tables(1).revision("0002", block)
    for pair in NEWEST:
        maria.rows("DROP TABLE IF EXISTS t1, alembic_version")
        failed(run(runner, project, maria, pair), "PartiallyApplied", "0002", "yes")
        assert maria.rows("SELECT * FROM t1") == [(1,)]


CATALOGUE = {
    "already exists": ('op.execute("CREATE TABLE t1 (id int)")', "AlreadyExists"),
    "column exists": ('op.execute("ALTER TABLE t1 ADD COLUMN id int")', "AlreadyExists"),
    "no table": ('op.execute("ALTER TABLE nothing ADD COLUMN i int")', "DoesNotExist"),
    "no column": ('op.execute("ALTER TABLE t1 DROP COLUMN nothing")', "DoesNotExist"),
    "no column to select": ('op.execute("UPDATE t1 SET nothing = 1")', "DoesNotExist"),
    "duplicate": ('op.execute("INSERT INTO t1 VALUES (1), (1)")', "DataViolation"),
    "null": ('op.execute("INSERT INTO named VALUES (NULL)")', "DataViolation"),
    "foreign key": ('op.execute("INSERT INTO child VALUES (5)")', "DataViolation"),
    "check": ('op.execute("INSERT INTO checked VALUES (-1)")', "DataViolation"),
    "too long": ("op.execute(\"INSERT INTO named VALUES ('abcdef')\")", "ValueTooLong"),
    "syntax": ('op.execute("SELEC 1")', "MigrationFailed"),
    "no right": ('op.execute("CREATE DATABASE somewhere_else")', "PermissionDenied"),
    "no right to a table": ('op.execute("SELECT * FROM mysql.global_priv")', "PermissionDenied"),
    "statement timeout": (
        'op.execute("SELECT COUNT(*) FROM seq_1_to_1000000 a, seq_1_to_1000000 b WHERE a.seq + b.seq = 1")',
        "StatementTimeout",
    ),
}
TABLES = (
    "op.execute('CREATE TABLE child (id int, FOREIGN KEY (id) REFERENCES t1 (id))')\n"
    "op.execute('CREATE TABLE checked (id int CHECK (id > 0))')\n"
    "op.execute('CREATE TABLE named (name varchar(3) NOT NULL)')"
)


@pytest.mark.parametrize("pair", NEWEST)
def test_catalogue(runner, project, maria, pair):
    """One refused statement: its kind and remedy, no SQL or rows in the sentence, and nothing half applied."""
    project.tables(1).revision("0002", TABLES)
    assert run(runner, project, maria, pair).outcome == "applied"
    for case, (body, kind) in CATALOGUE.items():
        project.revision("0003", body, parent="0002")
        result = run(runner, project, maria, pair, statement_timeout="1.5")
        assert (case, result.kind) == (case, kind), result
        failed(result, kind, "0003", "no", '"0003"')
        assert "INSERT" not in result.message
        assert "[SQL" not in result.message
        assert result.report["after"] == ["0002"]


@pytest.mark.parametrize("pair", NEWEST)
def test_connections_that_fail(runner, project, maria, pair):
    maria.user(maria.name + "_x")
    address = "@127.0.0.1:%d/%s" % (maria.port, maria.name)
    for url, kind in (
        ("mysql://%s:wrong-password%s" % (maria.name, address), "AuthenticationFailed"),
        ("mysql://nobody_here:wrong-password%s" % address, "AuthenticationFailed"),
        ("mysql://%s_x:%s%s" % (maria.name, PASSWORD, address), "PermissionDenied"),
        ("mysql://%s:%s@127.0.0.1:9/orders" % (maria.name, PASSWORD), "WaitingForDatabase"),
        ("mysql://%s:%s@no-such-host.invalid/orders" % (maria.name, PASSWORD), "WaitingForDatabase"),
    ):
        result = run(runner, project.tables(0), maria, pair, url=url)
        assert (result.code, result.outcome, result.kind) == (3, "refused", kind), result
        assert "wrong-password" not in result.everything
        assert PASSWORD not in result.everything
        assert result.report["error"]["retryable"] is (kind == "WaitingForDatabase")
    maria.rows("GRANT ALL ON *.* TO `%s_x`" % maria.name)
    result = run(runner, project, maria, pair, url="mysql://%s_x:%s%s_missing" % (maria.name, PASSWORD, address))
    assert (result.kind, result.report["error"]["retryable"]) == ("WaitingForDatabase", True), result
    maria.rows("DROP USER `%s_x`" % maria.name)


@pytest.mark.parametrize("pair", PAIRS)
def test_server_that_does_not_answer(runner, project, maria, pair):
    """It takes the connection and says nothing: the limit for connecting ends that."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = "mysql://app:x@127.0.0.1:%d/orders" % silent.getsockname()[1]
        start = time.monotonic()
        result = run(runner, project.tables(1), maria, pair, url=url, connect_timeout="2", run_timeout="40")
    assert (result.outcome, result.kind) == ("refused", "WaitingForDatabase"), result
    assert time.monotonic() - start < 20


@pytest.mark.parametrize("pair", PAIRS)
def test_busy_table(runner, project, maria, pair):
    """The metadata lock of an open transaction: not waited for longer than asked, nothing done, tried again."""
    project.tables(1)
    assert run(runner, project, maria, pair).outcome == "applied"
    project.revision("0002", 'op.execute("ALTER TABLE t1 ADD COLUMN name text")')
    with maria.connect() as other:
        other.begin()
        other.cursor().execute("SELECT * FROM t1")
        result = run(runner, project, maria, pair, lock_timeout="1")
    assert (result.outcome, result.kind, result.report["halfApplied"]) == ("failed", "WaitingForLock", "no"), result
    assert (result.report["error"]["retryable"], result.report["after"]) == (True, ["0001"])
    assert run(runner, project, maria, pair).outcome == "applied"


def test_deadlock(runner, project, maria):
    project.tables(1).revision(
        "0002", "op.execute(\"SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'Deadlock found'\")"
    )
    result = run(runner, project, maria)
    assert (result.kind, result.report["error"]["retryable"], result.report["halfApplied"]) == ("Retrying", True, "no"), result


@pytest.mark.parametrize("pair", PAIRS)
def test_one_at_a_time(runner, project, maria, pair):
    """Several at once: one migrates, the others find it done."""
    prepare(project, pair[1]).tables(3).revision("0004", 'op.execute("SELECT SLEEP(1)")')
    started = [runner.start(project, "migrate", maria.url, venv=pair[0], driver=pair[1]) for _ in range(3)]
    results = [runner.wait(process) for process in started]
    assert sorted(result.outcome for result in results) == ["applied", "upToDate", "upToDate"], results


SLEEP = 'op.execute("SELECT SLEEP(30) /* slow */")'
SLOW = 'op.execute("CREATE TABLE slow AS SELECT SLEEP(30) AS s /* slow */")'


def start_slow(runner, project, maria, pair, body=SLOW, **options):
    prepare(project, pair[1]).tables(1).revision("0002", body)
    process = runner.start(project, "migrate", maria.url, venv=pair[0], driver=pair[1], **options)
    until(lambda: maria.sessions("/* slow */") or process.poll() is not None)
    return process


@pytest.mark.parametrize("pair", NEWEST)
def test_waiting_for_another_migration(runner, project, maria, pair):
    """Who has the lock is told; a reader's status does not wait; the lock goes with its session."""
    process = start_slow(runner, project, maria, pair, SLEEP)
    holder = maria.sessions("/* slow */")[0][0]
    second = run(runner, project, maria, pair, migration_lock_timeout="1")
    assert (second.outcome, second.kind) == ("refused", "WaitingForOtherMigration"), second
    assert "connection %d" % holder in second.message
    assert run(runner, project, maria, pair, "status").outcome == "observed"
    process.kill()
    runner.wait(process)
    maria.end(holder)
    project.revision("0002", parent="0001")
    assert run(runner, project, maria, pair).outcome == "applied"


@pytest.mark.parametrize(("how", "pair"), [("SIGTERM", pair) for pair in PAIRS] + [("deadline", pair) for pair in NEWEST])
def test_told_to_stop(runner, project, maria, pair, how):
    """The statement ends in the server too; whether it has left anything is not claimed to be known."""
    process = start_slow(runner, project, maria, pair, run_timeout="6" if how == "deadline" else "")
    assert runner.interim(process)["halfApplied"] == "possible"
    if how == "SIGTERM":
        process.send_signal(signal.SIGTERM)
    result = runner.wait(process)
    kinds = {"SIGTERM": (143, "terminated", "Cancelled"), "deadline": (1, "failed", "DeadlineExceeded")}
    assert (result.code, result.outcome, result.kind) == kinds[how], result
    assert (result.report["halfApplied"], result.report["error"]["retryable"]) == ("possible", False)
    assert result.report["after"] == ["0001"]
    until(lambda: not maria.sessions("/* slow */"), 5)
    assert "slow" not in maria.tables()


@pytest.mark.parametrize("pair", NEWEST)
def test_told_to_stop_in_a_query(runner, project, maria, pair):
    process = start_slow(runner, project, maria, pair, SLEEP)
    process.send_signal(signal.SIGTERM)
    result = runner.wait(process)
    assert (result.code, result.outcome, result.report["halfApplied"]) == (143, "terminated", "no"), result
    until(lambda: not maria.sessions("/* slow */"), 5)


@pytest.mark.parametrize("pair", NEWEST)
def test_killed(runner, project, maria, pair):
    """The dead process's report tells where it was; its session keeps the lock until the statement ends."""
    process = start_slow(runner, project, maria, pair)
    process.kill()
    result = runner.wait(process)
    assert (result.report["phase"], result.report["running"], result.report["halfApplied"]) == (
        "running",
        {"revision": "0002"},
        "possible",
    )
    assert "outcome" not in result.report
    second = run(runner, project, maria, pair, migration_lock_timeout="0.5")
    assert second.kind == "WaitingForOtherMigration", second
    for session, _ in maria.sessions():
        maria.end(session)


def test_session_that_an_administrator_kills(runner, project, maria):
    for pair in NEWEST:
        maria.rows("DROP TABLE IF EXISTS t1, alembic_version")
        process = start_slow(runner, project, maria, pair, SLEEP)
        maria.rows("KILL %d" % maria.sessions("/* slow */")[0][0])
        result = runner.wait(process)
        assert (result.outcome, result.kind) == ("failed", "WaitingForDatabase"), result
        project._last = None


@pytest.mark.parametrize("pair", NEWEST)
def test_settings(runner, project, maria, pair):
    query = "CREATE TABLE settings AS SELECT @@lock_wait_timeout AS a, @@innodb_lock_wait_timeout AS b, @@max_statement_time AS c"
    project.revision("0001", 'op.execute("%s")' % query)
    assert run(runner, project, maria, pair, lock_timeout="7", statement_timeout="90.5").outcome == "applied"
    assert [float(value) for value in maria.rows("SELECT * FROM settings")[0]] == [7, 7, 90.5]


@pytest.mark.parametrize("pair", PAIRS)
def test_tls(runner, project, maria, mariadb_server, pair):
    """The modes mean what libpq means by them; the certificate is for one of two addresses."""
    project.tables(1)
    plain = run(runner, project, maria, pair, "status", tls_mode="disable")
    assert plain.outcome == "observed", plain
    assert "tls" not in plain.report["database"], plain
    other = maria.url.replace("127.0.0.1", "127.0.0.2")
    if pair == ("mysql-1.4", "mysqldb"):  # mysqlclient before 2.2
        result = run(runner, project, maria, pair, "status", tls_mode="require")
        assert (result.outcome, result.kind, "2.2" in result.message) == ("refused", "TlsFailed", True), result
        return
    authority = {"tls_ca_file": mariadb_server.authority}
    for mode, options, url in (
        ("require", {}, maria.url),
        ("verify-ca", authority, maria.url if pair[1] == "mysqldb" else other),
        ("verify-full", authority, maria.url),
    ):
        result = run(runner, project, maria, pair, "status", url=url, tls_mode=mode, **options)
        assert (mode, result.outcome) == (mode, "observed"), result
        assert result.report["database"]["tls"].startswith("TLSv1"), result
    for mode, options, url in (("verify-ca", {}, maria.url), ("verify-full", authority, other)):
        result = run(runner, project, maria, pair, "status", url=url, tls_mode=mode, **options)
        assert (mode, result.outcome, result.kind) == (mode, "refused", "TlsFailed"), result


def test_tables_without_version_table(runner, project, maria):
    maria.rows("CREATE TABLE customers (id int)")
    maria.rows("CREATE VIEW busy AS SELECT 1")
    result = run(runner, project.tables(1), maria)
    assert (result.kind, '1 table ("customers")' in result.message) == ("UnversionedDatabase", True), result


def test_ids_longer_than_the_column(runner, project, maria):
    long_id = "2026_11_21_add_the_customers_address_and_more"
    assert run(runner, project.tables(1).revision(long_id), maria).kind == "ValueTooLong"
    assert maria.tables() == []


def test_server_that_takes_no_changes(runner, project, maria):
    """A user without special rights, to whom a replica refuses changes."""
    maria.rows("SET GLOBAL read_only = 1")
    try:
        result = run(runner, project.tables(1), maria)
        assert (result.outcome, result.kind, result.report["error"]["retryable"]) == ("refused", "NotPrimary", True), result
        assert run(runner, project, maria, action="plan").outcome == "planned"
    finally:
        maria.rows("SET GLOBAL read_only = 0")


def test_hostile_password(runner, project, maria):
    password = "p@ss:w/o%25?rd#'\" x"
    connection = maria.connect()
    connection.cursor().execute("SET PASSWORD FOR `%s` = PASSWORD(%%s)" % maria.name, [password])
    parts = {"DIALECT": "mysql", "HOST": maria.host, "PORT": str(maria.port), "NAME": maria.name, "USER": maria.name}
    environment = {"ALEMBIC_OPERATOR_" + k: v for k, v in {**parts, "PASSWORD": password}.items()}
    for venv, driver in PAIRS:
        prepare(project, driver)
        result = runner.run(project.tables(0), "status", venv=venv, driver=driver, environment=environment)
        assert result.outcome in ("observed", "refused"), result
        assert result.kind in (None, "NoMigrations"), result
        assert password not in result.everything

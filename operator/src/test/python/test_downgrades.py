# SPDX-License-Identifier: Apache-2.0
"""The way back: only what was announced, in the announced order, and proved on a fresh connection."""

import hashlib

import pytest

from support.projects import ASYNC, NEVER_COMMITS, PER_MIGRATION, SYNC
from support.runs import OUTERMOST, PAIRS
from test_mysql import run as on_mariadb
from test_targets import reach, tree
from test_wrap import MAIN, own, wrapped  # noqa: F401 - a fixture


def tables(project, count):
    """Revisions 0001, 0002, ... that make and drop a table each."""
    for number in range(1, count + 1):
        make = 'op.create_table("t%d", sa.Column("id", sa.Integer, primary_key=True))' % number
        project.revision("%04d" % number, make, downgrade='op.drop_table("t%d")' % number)
    return project


def announced(runner, project, database, target, **options):
    """The refusal that announces a way back; nothing was touched."""
    before = database.versions()
    result = runner.run(project, url=database.url, target=target, **options)
    assert (result.code, result.outcome, result.kind) == (3, "refused", "DowngradeForbidden"), result
    assert result.report["direction"] == "downgrade"
    assert result.report["planCount"] == len(result.report["plan"])
    assert "applied" not in result.report
    assert database.versions() == before
    return result


def back(runner, project, database, target, **options):
    """Announced, then allowed; returns what was announced and what was done."""
    first = announced(runner, project, database, target, **options)
    result = runner.run(project, url=database.url, target=target, allow_downgrade=first.report["planDigest"], **options)
    assert (result.code, result.outcome) == (0, "applied"), result
    assert result.report["direction"] == "downgrade"
    assert result.applied == [step["revision"] for step in first.report["plan"]] == undone(first)
    assert all(step["committed"] for step in result.report["applied"])
    assert result.report["after"] == result.report["expected"] == first.report["expected"] == database.versions()
    assert result.report["planDigest"] == first.report["planDigest"]
    return result


def undone(result):
    return [step["revision"] for step in result.report["plan"]]


@pytest.mark.parametrize(("venv", "env"), [(venv, SYNC) for venv in PAIRS] + [(PAIRS[-1], PER_MIGRATION)])
def test_base_and_head_and_base_and_head(runner, project, database, venv, env):
    tables(project.env(env), 3)
    for _ in range(2):
        reach(runner, project, database, "head", venv=venv)
        assert database.tables() == ["alembic_version", "t1", "t2", "t3"]
        result = back(runner, project, database, "base", venv=venv)
        assert result.applied == ["0003", "0002", "0001"]
        assert result.report["before"] == ["0003"]
        assert database.tables() == ["alembic_version"]
        assert runner.run(project, url=database.url, target="base", venv=venv).outcome == "upToDate"


@pytest.mark.parametrize(("env", "driver"), [(SYNC, "psycopg"), (ASYNC, "asyncpg")])
@pytest.mark.parametrize("target", ["0002", "head-2", "0003-1"])
def test_to_an_older_revision(runner, project, database, env, driver, target):
    tables(project.env(env), 4)
    reach(runner, project, database, "head", driver=driver)
    result = back(runner, project, database, target, driver=driver)
    assert result.report["target"]["resolved"] == ["0002"]
    assert database.tables() == ["alembic_version", "t1", "t2"]
    assert "alembic-operator: 1/2 undo 0004 revision 0004" in result.stderr


def test_announcement(runner, project, database):
    tables(project, 3)
    reach(runner, project, database, "head")
    result = announced(runner, project, database, "0001")
    text = "\n".join(["0003", "->", "0001", "0003", "0002"])
    assert result.report["planDigest"] == "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    assert result.report["plan"] == [
        {"revision": "0003", "message": "revision 0003"},
        {"revision": "0002", "message": "revision 0002"},
    ]
    assert (result.report["before"], result.report["expected"]) == (["0003"], ["0001"])
    assert result.report["target"] == {"asked": "0001", "resolved": ["0001"]}
    for words in ('2 revisions would be undone ("0003", "0002")', "downgradePolicy", "ToTarget"):
        assert words in result.message
    # The upgrade's plan has a digest of its own.
    project.revision("0004")
    ahead = runner.run(project, "plan", url=database.url)
    text = "\n".join(["0003", "->", "0004", "0004"])
    assert ahead.report["planDigest"] == "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def test_permission_for_another_plan(runner, project, database):
    tables(project, 3)
    reach(runner, project, database, "0002")
    old = announced(runner, project, database, "0001").report["planDigest"]
    reach(runner, project, database, "head")
    stale = announced(runner, project, database, "0001", allow_downgrade=old)
    assert "no longer" in stale.message
    assert undone(stale) == ["0003", "0002"]
    assert stale.report["planDigest"] != old
    assert database.tables() == ["alembic_version", "t1", "t2", "t3"]
    result = runner.run(project, url=database.url, target="0001", allow_downgrade=stale.report["planDigest"])
    assert result.report["after"] == database.versions() == ["0001"], result


def test_permission_by_hand(runner, project, database):
    tables(project, 2)
    reach(runner, project, database, "head")
    announced(runner, project, database, "0001", allow_downgrade=False)
    result = runner.run(project, url=database.url, target="0001", allow_downgrade=True)
    assert (result.outcome, database.versions()) == ("applied", ["0001"]), result
    for nonsense in ("yes", "sha256:1234", "sha256:" + "g" * 64):
        assert runner.run(project, url=database.url, allow_downgrade=nonsense).kind == "InvalidSpec"


def test_permission_does_not_hinder_an_upgrade(runner, project, database):
    tables(project, 2)
    assert reach(runner, project, database, "head", allow_downgrade="sha256:" + "0" * 64).applied == ["0001", "0002"]


def test_downwards_only(runner, project, database):
    tables(project, 4)
    reach(runner, project, database, "0002")
    for target in ("0003", "head", "0003,0004"):
        result = runner.run(project, url=database.url, target=target, direction="downgrade", allow_downgrade=True)
        assert (result.code, result.kind) == (3, "NotAnAncestor"), result
        assert database.versions() == ["0002"]
    assert reach(runner, project, database, "0002", direction="downgrade").outcome == "upToDate"
    back(runner, project, database, "0001", direction="downgrade")
    assert runner.run(project, url=database.url, direction="upgrade").kind == "InvalidSpec"


def test_downwards_from_an_empty_database(runner, project, database):
    result = runner.run(tables(project, 2), url=database.url, target="0001", direction="downgrade")
    assert result.kind == "NotAnAncestor", result
    assert database.tables() == []


@pytest.mark.parametrize("venv", OUTERMOST)
@pytest.mark.parametrize(
    ("target", "gone", "rows"),
    [
        ("aaaa1111", ["bbbb2222", "cccc2222", "bbbb1111", "cccc1111"], ["aaaa1111"]),
        ("bbbb1111", ["bbbb2222"], ["cccc2222"]),  # which depends on bbbb1111
        ("cccc1111", ["cccc2222"], ["bbbb2222", "cccc1111"]),
        ("billing@head-1", ["cccc2222"], ["bbbb2222", "cccc1111"]),
        ("api@bbbb1111", ["bbbb2222"], ["cccc2222"]),
        ("base", ["bbbb2222", "cccc2222", "bbbb1111", "cccc1111", "aaaa1111"], []),
        ("bbbb1111,cccc1111", ["bbbb2222", "cccc2222"], ["bbbb1111", "cccc1111"]),
        ("cccc1111,", ["bbbb2222", "cccc2222", "bbbb1111"], ["cccc1111"]),  # nothing but this
    ],
)
def test_branches(runner, project, database, venv, target, gone, rows):
    tree(project)
    reach(runner, project, database, "heads", venv=venv)
    result = back(runner, project, database, target, venv=venv)
    assert (sorted(result.applied), database.versions()) == (sorted(gone), rows)
    # There and back again.
    assert reach(runner, project, database, "heads", venv=venv).report["after"] == ["bbbb2222", "cccc2222"]


@pytest.mark.parametrize("venv", PAIRS)
def test_merges(runner, project, database, venv):
    tree(project).revision("dddd1111", parent=("bbbb2222", "cccc2222")).revision("dddd2222")
    reach(runner, project, database, "head", venv=venv)
    assert back(runner, project, database, "bbbb2222", venv=venv).report["after"] == ["bbbb2222", "cccc2222"]
    reach(runner, project, database, "head", venv=venv)
    assert back(runner, project, database, "bbbb2222,cccc1111", venv=venv).report["after"] == ["bbbb2222", "cccc1111"]
    reach(runner, project, database, "head", venv=venv)
    assert back(runner, project, database, "base", venv=venv).report["planCount"] == 7


def test_set_of_rows_that_lies_on_both_sides(runner, project, database):
    tree(project)
    reach(runner, project, database, "bbbb2222")
    result = runner.run(project, url=database.url, target="bbbb1111,cccc1111", allow_downgrade=True)
    assert (result.code, result.kind) == (3, "NotAnAncestor"), result
    assert database.versions() == ["bbbb2222"]
    assert reach(runner, project, database, "bbbb2222,cccc1111").report["after"] == ["bbbb2222", "cccc1111"]


def test_order_is_the_same_whatever_the_folder_says(runner, tmp_path, database):
    """The digest is asked of people, and another node lists the folder in another order."""
    from alembic_operator_runner import downgrade

    parents = {"r": set(), "a1": {"r"}, "a2": {"a1"}, "b1": {"r"}, "b2": {"b1", "a1"}}
    for names in (list(parents), list(reversed(parents))):
        assert downgrade.order(dict.fromkeys(names).keys(), {n: parents[n] for n in names}) == ["a2", "b2", "a1", "b1", "r"]


MISSING = None
RAISING = 'raise NotImplementedError("data is gone")'
TEXT = '"""Not possible."""\nraise RuntimeError("no way back")'


@pytest.mark.parametrize("venv", OUTERMOST)
@pytest.mark.parametrize("downgrade", [MISSING, RAISING, TEXT])
def test_irreversible(runner, project, database, venv, downgrade):
    """Found before anything is undone, though with one transaction each the newer one would be gone already."""
    project.env(PER_MIGRATION).tables(1).revision("0002", downgrade=downgrade).revision(
        "0003", downgrade='op.execute("SELECT 1")'
    )
    reach(runner, project, database, "head", venv=venv)
    for action in ("plan", "migrate"):
        result = runner.run(project, action, url=database.url, target="0001", venv=venv, allow_downgrade=True)
        assert (result.code, result.outcome, result.kind) == (3, "refused", "IrreversibleRevision"), result
        assert result.report["error"]["revision"] == "0002"
        assert undone(result) == ["0003", "0002"]
        assert '"0002"' in result.message
    assert database.versions() == ["0003"]
    # What lies before it does not matter.
    assert back(runner, project, database, "0002", venv=venv).applied == ["0003"]


def test_irreversible_found_in_the_middle(runner, project, database):
    project.env(PER_MIGRATION).tables(1)
    project.revision("0002", downgrade="if op.get_bind(): raise NotImplementedError()").revision("0003")
    reach(runner, project, database, "head")
    result = runner.run(project, url=database.url, target="base", allow_downgrade=True)
    assert (result.code, result.outcome, result.kind) == (1, "failed", "IrreversibleRevision"), result
    assert "undoing revision" in result.message
    assert (result.report["error"]["revision"], result.report["after"]) == ("0002", ["0002"])
    assert result.report["applied"][0]["committed"] is True


def test_empty_downgrade_is_noted(runner, project, database):
    project.tables(1).revision("0002", 'op.execute("SELECT 1")', downgrade='"""Nothing."""').revision("0003")
    reach(runner, project, database, "head")
    result = announced(runner, project, database, "base")
    assert result.report["notes"] == ['the downgrade() of "0002", "0001" is empty: undoing it changes only the version table']


@pytest.mark.parametrize("env", [SYNC, PER_MIGRATION])
def test_failure_on_the_way_back(runner, project, database, env):
    project.env(env)
    tables(project, 2).revision("0003", downgrade='op.execute("SELEC 1")').revision("0004")
    reach(runner, project, database, "head")
    result = runner.run(project, url=database.url, target="0001", allow_downgrade=True)
    assert (result.code, result.outcome, result.kind) == (1, "failed", "MigrationFailed"), result
    assert (result.report["error"]["revision"], result.report["halfApplied"]) == ("0003", "no")
    assert "undoing revision" in result.message
    assert result.report["after"] == database.versions() == (["0003"] if env == PER_MIGRATION else ["0004"])
    assert [step["committed"] for step in result.report["applied"]] == [env == PER_MIGRATION]


def test_half_undone(runner, project, database):
    block = 'with op.get_context().autocommit_block():\n    op.execute("DROP TABLE t2")\n    op.execute("SELEC 1")'
    tables(project, 1).revision("0002", 'op.execute("CREATE TABLE t2 (id int)")', downgrade=block).revision("0003")
    reach(runner, project, database, "head")
    result = runner.run(project, url=database.url, target="0001", allow_downgrade=True)
    assert (result.code, result.outcome, result.kind) == (1, "failed", "PartiallyApplied"), result
    assert (result.report["error"]["revision"], result.report["error"]["retryable"]) == ("0002", False)
    assert (result.report["after"], result.report["halfApplied"]) == (["0002"], "yes")
    assert "t2" not in database.tables()


def test_way_back_that_is_never_committed(runner, project, database):
    tables(project, 2)
    reach(runner, project, database, "head")
    result = runner.run(project.env(NEVER_COMMITS), url=database.url, target="base", allow_downgrade=True)
    assert (result.code, result.outcome, result.kind) == (1, "failed", "NotCommitted"), result
    assert [step["committed"] for step in result.report["applied"]] == [False, False]
    assert result.report["after"] == database.versions() == ["0002"]


def test_plan_of_a_way_back(runner, project, database):
    """Reading needs no permission."""
    tables(project, 3)
    reach(runner, project, database, "head")
    result = runner.run(project, "plan", url=database.url, target="0001")
    assert (result.code, result.outcome, result.report["direction"]) == (0, "planned", "downgrade"), result
    assert undone(result) == ["0003", "0002"]


def test_older_image_says_what_it_would_want(runner, project, database):
    """Its answer is the target with which a newer image is then run."""
    tables(project, 3)
    reach(runner, project, database, "head")
    (project.location / "versions" / "0003_.py").rename(project.folder / "newer")
    for action in ("plan", "migrate"):
        result = runner.run(project, action, url=database.url)
        assert (result.code, result.kind) == (3, "DatabaseAhead"), result
        assert result.report["target"] == {"asked": "head", "resolved": ["0002"]}
        assert "downgradePolicy" in result.message
        assert "ToImage" in result.message
    (project.folder / "newer").rename(project.location / "versions" / "0003_.py")
    assert back(runner, project, database, "0002", direction="downgrade").applied == ["0003"]


def test_two_hundred_on_the_way_back(runner, project, database):
    for number in range(200):
        project.revision("%032d" % number, message="Adds the column number %d to the customers' table" % number)
    assert runner.run(project, url=database.url).outcome == "applied"
    first = runner.run(project, url=database.url, target="base")
    assert (first.kind, first.report["planCount"]) == ("DowngradeForbidden", 200), first
    result = runner.run(project, url=database.url, target="base", allow_downgrade=first.report["planDigest"])
    assert (result.outcome, result.report["after"], database.versions()) == ("applied", [], []), result
    for one in (first, result):
        assert len(one.raw) <= 4096
        assert one.report["planDigest"] == first.report["planDigest"]
        assert [s["revision"] for s in one.full_report()["plan"]] == ["%032d" % n for n in reversed(range(200))]
    assert len(result.full_report()["applied"]) == result.report["appliedCount"] == 200


def test_command_of_the_projects_own(runner, own, database):  # noqa: F811
    """It goes back only with the permission for what it is going to do."""
    assert wrapped(runner, own, database, "python", "manage.py").outcome == "applied"
    own.folder.joinpath("manage.py").write_text(MAIN.replace("command.upgrade", "command.downgrade"))
    back = ("python", "manage.py", "0001")
    first = wrapped(runner, own, database, *back, target="0001")
    assert (first.code, first.kind, undone(first)) == (3, "DowngradeForbidden", ["0003", "0002"]), first
    assert database.versions() == ["0003"]
    result = wrapped(runner, own, database, *back, target="0001", allow_downgrade=first.report["planDigest"])
    assert (result.outcome, result.applied, result.report["direction"]) == ("applied", ["0003", "0002"], "downgrade"), result
    assert all(step["committed"] for step in result.report["applied"])
    assert result.report["after"] == database.versions() == ["0001"]


@pytest.mark.parametrize("pair", [("mysql-1.4", "mysqldb"), ("mysql-latest", "asyncmy")])
def test_mariadb(runner, project, maria, pair):
    """Each step is for good there, and one that fails in its middle stays half done."""
    tables(project, 1).revision("0002", 'op.execute("CREATE TABLE t2 (id int)")', downgrade='op.execute("DROP TABLE t2")')
    half = 'op.execute("DROP TABLE t3")\nop.execute("SELEC 1")'
    project.revision("0003", 'op.execute("CREATE TABLE t3 (id int)")', downgrade=half)
    assert on_mariadb(runner, project, maria, pair, target="0002").outcome == "applied"
    first = on_mariadb(runner, project, maria, pair, target="0001")
    assert first.kind == "DowngradeForbidden", first
    result = on_mariadb(runner, project, maria, pair, target="0001", allow_downgrade=first.report["planDigest"])
    assert (result.outcome, result.applied, maria.versions()) == ("applied", ["0002"], ["0001"]), result
    assert on_mariadb(runner, project, maria, pair).outcome == "applied"
    result = on_mariadb(runner, project, maria, pair, target="base", allow_downgrade=True)
    assert (result.kind, result.report["error"]["revision"], result.report["halfApplied"]) == ("PartiallyApplied", "0003", "yes")
    assert maria.versions() == ["0003"]
    assert "t3" not in maria.tables()


def test_alembic_that_would_leave_wrong_rows(runner, project, database):
    """Before 1.13.1 undoing a merge of two revisions, one of which depends on the other, left both as rows."""
    project.revision("aaaa1111", parent=None).revision("bbbb1111", parent=None, depends_on="aaaa1111")
    project.revision("cccc1111", parent=("aaaa1111", "bbbb1111"))
    reach(runner, project, database, "head", venv=PAIRS[0])
    result = runner.run(project, url=database.url, venv=PAIRS[0], target="bbbb1111", allow_downgrade=True)
    assert (result.code, result.kind) == (3, "AlembicTooOld"), result
    assert "1.13.1" in result.message
    assert database.versions() == ["cccc1111"]
    assert back(runner, project, database, "bbbb1111", venv=PAIRS[-1]).report["after"] == ["bbbb1111"]

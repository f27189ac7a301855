# SPDX-License-Identifier: Apache-2.0
"""What a target means, on straight lines, trees, merges and dependencies."""

import pytest

from support.runs import OUTERMOST, PAIRS


def tree(project):
    """aaaa1111 -> api: bbbb1111, bbbb2222; billing: cccc1111, cccc2222, which depends on bbbb1111."""

    def add(name, table, *parent, **more):
        make = 'op.create_table("%s", sa.Column("id", sa.Integer))' % table
        project.revision(name, make, *parent, downgrade='op.drop_table("%s")' % table, **more)

    add("aaaa1111", "a1")
    add("bbbb1111", "b1", branch_labels=("api",))
    add("bbbb2222", "b2")
    add("cccc1111", "c1", "aaaa1111", branch_labels=("billing",))
    add("cccc2222", "c2", depends_on=("bbbb1111",))
    return project


def reach(runner, project, database, target, **options):
    result = runner.run(project, url=database.url, target=target, **options)
    assert result.outcome in ("applied", "upToDate"), result
    assert database.versions() == result.report["after"] == result.report["expected"]
    return result


@pytest.mark.parametrize("venv", OUTERMOST)
@pytest.mark.parametrize(
    ("target", "resolved"),
    [("0002", "0002"), ("head-1", "0004"), ("0002+2", "0004"), ("head", "0005"), ("heads", "0005")],
)
def test_straight_line(runner, project, database, venv, target, resolved):
    project.tables(5)
    result = reach(runner, project, database, target, venv=venv)
    assert result.report["target"]["resolved"] == [resolved]
    assert database.versions() == [resolved]


def test_prefix_of_four_characters(runner, project, database):
    project.revision("ab12cd34").revision("ab12ff00").revision("77777777")
    assert reach(runner, project, database, "ab12c").report["target"]["resolved"] == ["ab12cd34"]
    ambiguous = runner.run(project, url=database.url, target="ab12")
    assert (ambiguous.code, ambiguous.kind) == (3, "UnknownRevision"), ambiguous
    assert "several" in ambiguous.message


def test_ids_with_dots(runner, project, database):
    project.revision("v1.0.0.a").revision("v1.2.0.a").revision("v3.0.0.b")
    assert reach(runner, project, database, "v1.0.0.a+1").report["after"] == ["v1.2.0.a"]
    assert reach(runner, project, database, "v3.0.0.b").applied == ["v3.0.0.b"]


@pytest.mark.parametrize("target", ["deadbeef", "00", "head+1", "0001-1", "nolabel@head", "'; DROP", "0001:0002"])
def test_unknown_target(runner, project, database, target):
    project.tables(2)
    result = runner.run(project, url=database.url, target=target)
    assert (result.code, result.outcome, result.kind) == (3, "refused", "UnknownRevision"), result
    assert '"0002"' in result.message
    assert database.tables() == []


@pytest.mark.parametrize("target", ["+1", "-1"])
def test_target_relative_to_the_database(runner, project, database, target):
    """Repeated, it would mean something else each time."""
    result = runner.run(project.tables(2), url=database.url, target=target)
    assert (result.code, result.kind) == (3, "UnknownRevision"), result
    assert '"head-1"' in result.message
    assert database.tables() == []


@pytest.mark.parametrize("venv", OUTERMOST)
@pytest.mark.parametrize("target", ["0001", "base", "head-2"])
def test_target_behind_is_no_silent_success(runner, project, database, venv, target):
    project.tables(3)
    reach(runner, project, database, "head", venv=venv)
    result = runner.run(project, url=database.url, target=target, venv=venv)
    assert (result.code, result.outcome, result.kind) == (3, "refused", "DowngradeForbidden"), result
    assert '"0003"' in result.message
    assert "downgradePolicy" in result.message
    assert result.report["before"] == ["0003"]
    assert database.versions() == ["0003"]


def test_base_of_an_empty_database(runner, project, database):
    project.tables(2)
    result = runner.run(project, url=database.url, target="base")
    assert (result.code, result.outcome) == (0, "upToDate"), result
    assert result.report["expected"] == []
    assert database.tables() == []


def test_nothing_to_do_creates_nothing(runner, project, database):
    project.tables(2)
    reach(runner, project, database, "head")
    result = reach(runner, project, database, "head")
    assert result.outcome == "upToDate"
    assert result.report["planCount"] == 0
    assert "applied" not in result.report


@pytest.mark.parametrize("venv", PAIRS)
def test_several_heads(runner, project, database, venv):
    tree(project)
    result = runner.run(project, url=database.url, venv=venv)
    assert (result.code, result.kind) == (3, "MultipleHeads"), result
    assert all(words in result.message for words in ('"bbbb2222"', '"cccc2222"', '"heads"', "label@head", "alembic merge"))
    assert database.tables() == []

    result = reach(runner, project, database, "heads", venv=venv)
    assert database.versions() == ["bbbb2222", "cccc2222"]
    assert reach(runner, project, database, "heads", venv=venv).outcome == "upToDate"
    # One branch alone is reached too; the other one is not in the way.
    assert reach(runner, project, database, "api@head", venv=venv).outcome == "upToDate"
    behind = runner.run(project, url=database.url, target="aaaa1111", venv=venv)
    assert behind.kind == "DowngradeForbidden", behind


@pytest.mark.parametrize("venv", PAIRS)
def test_rows_differ_from_heads_with_dependencies(runner, project, database, venv):
    """A revision that a row depends on is no row of its own, though it is what was asked for before."""
    tree(project)
    assert reach(runner, project, database, "bbbb1111", venv=venv).report["after"] == ["bbbb1111"]
    assert reach(runner, project, database, "billing@head", venv=venv).report["after"] == ["cccc2222"]
    assert reach(runner, project, database, "bbbb1111", venv=venv).outcome == "upToDate"
    assert reach(runner, project, database, "api@head", venv=venv).report["after"] == ["bbbb2222", "cccc2222"]


@pytest.mark.parametrize("venv", PAIRS)
def test_merge(runner, project, database, venv):
    tree(project)
    reach(runner, project, database, "heads", venv=venv)
    project.revision("dddd1111", parent=("bbbb2222", "cccc2222"))
    assert reach(runner, project, database, "head", venv=venv).report["after"] == ["dddd1111"]


def test_image_without_the_current_revision(runner, project, database):
    project.tables(2)
    reach(runner, project, database, "head")
    database.rows("UPDATE alembic_version SET version_num = 'feedface'")
    for action in ("status", "plan", "migrate"):
        result = runner.run(project, action, url=database.url)
        assert (result.code, result.outcome, result.kind) == (3, "refused", "DatabaseAhead"), result
        assert '"feedface"' in result.message
        assert result.report["before"] == ["feedface"]
        assert result.report["heads"] == ["0002"]


def test_ancestor_and_descendant_both_rows(runner, project, database):
    project.tables(3)
    reach(runner, project, database, "0002")
    database.rows("INSERT INTO alembic_version VALUES ('0001')")
    result = runner.run(project, url=database.url)
    assert (result.code, result.kind) == (3, "OverlappingVersions"), result
    assert '"0001"' in result.message


def test_empty_versions_folder(runner, project, database):
    result = runner.run(project, url=database.url)
    assert (result.code, result.kind) == (3, "NoMigrations"), result
    assert "migrations" in result.message


def test_missing_parent_file(runner, project, database):
    project.tables(3)
    (project.location / "versions" / "0002_.py").unlink()
    result = runner.run(project, url=database.url)
    assert (result.code, result.kind) == (3, "BrokenGraph"), result
    assert '"0002"' in result.message


def test_cycle(runner, project, database):
    project.revision("aaaa1111", parent="bbbb1111").revision("bbbb1111")
    assert runner.run(project, url=database.url).kind == "BrokenGraph"


def test_syntax_error_in_a_revision(runner, project, database):
    project.tables(1).revision("0002", "this is no Python")
    result = runner.run(project, url=database.url)
    assert (result.code, result.kind) == (3, "BrokenGraph"), result
    assert "0002_.py" in result.message


def test_duplicate_revision_id_is_noted(runner, project, database):
    project.tables(2)
    copy = project.location / "versions" / "copy_.py"
    copy.write_text((project.location / "versions" / "0002_.py").read_text())
    result = runner.run(project, url=database.url)
    assert any("0002" in note and "more than once" in note for note in result.report["notes"]), result


def test_plan_and_status_change_nothing(runner, project, database):
    project.tables(3)
    result = runner.run(project, "plan", url=database.url)
    assert (result.code, result.outcome) == (0, "planned"), result
    assert [step["revision"] for step in result.report["plan"]] == ["0001", "0002", "0003"]
    assert result.report["plan"][0]["message"] == "revision 0001"
    assert result.report["expected"] == ["0003"]
    assert database.tables() == []

    result = runner.run(project, "status", url=database.url)
    assert (result.code, result.outcome) == (0, "observed"), result
    assert (result.report["before"], result.report["heads"]) == ([], ["0003"])
    assert database.tables() == []

    reach(runner, project, database, "head")
    assert runner.run(project, "plan", url=database.url).outcome == "upToDate"


@pytest.mark.parametrize("venv", PAIRS)
def test_other_table_schema_and_several_locations(runner, tmp_path, database, venv):
    from support.projects import SYNC, Project

    database.rows("CREATE SCHEMA audit AUTHORIZATION app")
    env = SYNC.replace("target_metadata=None", 'version_table="steps", version_table_schema="audit"')
    project = Project(tmp_path / "app", env=env, more="version_locations = migrations/versions migrations/more")
    project.tables(2).revision("0003", folder="more")
    result = runner.run(project, url=database.url, venv=venv)
    assert result.outcome == "applied", result
    assert result.report["database"]["versionTable"] == {"schema": "audit", "name": "steps"}
    assert database.versions("audit.steps") == ["0003"]


def test_env_that_chooses_its_locations_itself(runner, project, database):
    from support.projects import SYNC

    project.tables(1)
    project.env(SYNC.replace("connectable =", 'context.script.version_locations = ["migrations/postgresql"]\nconnectable ='))
    project.revision("abcd1234", parent=None, folder="postgresql")
    result = runner.run(project, url=database.url)
    assert result.report["after"] == ["abcd1234"], result

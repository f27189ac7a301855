# SPDX-License-Identifier: Apache-2.0
"""Upwards on PostgreSQL, with every pair of versions."""

import pytest

from support.runs import PAIRS


@pytest.mark.parametrize("venv", PAIRS)
def test_empty_database_to_head(runner, project, database, venv):
    project.tables(3)
    result = runner.run(project, url=database.url, venv=venv)
    assert (result.code, result.outcome) == (0, "applied"), result
    assert result.applied == ["0001", "0002", "0003"]
    assert all(step["committed"] for step in result.report["applied"])
    assert result.report["before"] == []
    assert result.report["after"] == result.report["expected"] == result.report["heads"] == ["0003"]
    assert result.report["target"] == {"asked": "head", "resolved": ["0003"]}
    assert result.report["database"]["identity"] == database.identity
    assert result.report["halfApplied"] == "no"
    assert database.versions() == ["0003"]
    assert database.tables() == ["alembic_version", "t1", "t2", "t3"]

# SPDX-License-Identifier: Apache-2.0
"""A chain that others wrote: Optuna's ten revisions, whose ids have dots and whose configuration lies among its packages."""

import glob
import os
from types import SimpleNamespace

from support.runs import interpreter


def optuna():
    """Its alembic.ini names a folder relative to itself, so the working directory must be the one that holds it."""
    environment = os.path.dirname(os.path.dirname(interpreter("optuna")))
    (folder,) = glob.glob(environment + "/lib/python3.*/site-packages/optuna/storages/_rdb")
    return SimpleNamespace(folder=folder)


def test_whole_chain(runner, database):
    result = runner.run(optuna(), url=database.url, venv="optuna", config="alembic.ini", lock_timeout="5")
    assert (result.code, result.outcome) == (0, "applied"), result
    assert len(result.applied) == 10
    assert all(step["committed"] for step in result.report["applied"])
    assert result.report["after"] == result.report["heads"] == database.versions()
    assert "trials" in database.tables()
    assert runner.run(optuna(), url=database.url, venv="optuna").outcome == "upToDate"


def test_older_revision_first(runner, database):
    result = runner.run(optuna(), url=database.url, venv="optuna", target="v2.6.0.a")
    assert (result.outcome, database.versions()) == ("applied", ["v2.6.0.a"]), result
    plan = runner.run(optuna(), "plan", url=database.url, venv="optuna", target="v3.0.0.a+1")
    assert [step["revision"] for step in plan.report["plan"]] == ["v3.0.0.a", "v3.0.0.b"]
    assert runner.run(optuna(), url=database.url, venv="optuna").outcome == "applied"
    behind = runner.run(optuna(), url=database.url, venv="optuna", target="v2.6.0.a")
    assert (behind.code, behind.kind) == (3, "DowngradeForbidden"), behind

# SPDX-License-Identifier: Apache-2.0
"""The termination message: valid JSON, at most 4096 bytes, at every moment; the whole in the log where it does not fit."""

import hashlib
import json
import time

import pytest

from alembic_operator_runner import report as reports
from alembic_operator_runner import scrub
from alembic_operator_runner.session import application_name


@pytest.mark.parametrize("count", [35, 60, 200])
def test_long_run(runner, project, database, count):
    project.tables(1)
    for number in range(count):
        project.revision("%032d" % number, message="Adds the column number %d to the customers' table, ☃ and says so" % number)
    process = runner.start(project, "migrate", database.url)
    while process.poll() is None:
        text = process.report_path.read_bytes() if process.report_path.exists() else b""
        assert len(text) <= 4096
        assert not text or json.loads(text)["version"] == 1
        time.sleep(0.003)
    result = runner.wait(process)
    assert (result.code, result.outcome) == (0, "applied"), result
    assert len(result.raw) <= 4096
    assert result.report["planCount"] == result.report["appliedCount"] == count + 1
    assert result.report["expected"] == result.report["after"] == ["%032d" % (count - 1)]
    assert result.report["plan"][0]["revision"] == "0001"
    assert result.report["plan"][-1]["revision"] == "%032d" % (count - 1)
    whole = result.full_report()
    assert len(whole["plan"]) == len(whole["applied"]) == count + 1
    assert whole["plan"][1]["message"].endswith("says so")
    assert all(step["committed"] for step in whole["applied"])


def test_short_run_has_no_block(runner, project, database):
    result = runner.run(project.tables(2), url=database.url)
    assert "log" not in result.report
    assert "BEGIN ALEMBIC" not in result.stdout


def test_hostile_names(runner, project, database):
    message = "\x1b[31mred\x07 \u202etxet desrever " + "long " * 100
    project.revision("0001", 'op.execute("SELECT \\"\x1b[2J\\nforged: line\\"")', message=message)
    result = runner.run(project, url=database.url)
    assert result.kind == "DoesNotExist", result
    for text in (json.dumps(result.report, ensure_ascii=False), result.report["plan"][0]["message"]):
        assert not [c for c in "\x1b\x07\u202e\n" if c in text]
    assert len(result.report["plan"][0]["message"]) <= 120


def test_everything_too_long_still_fits():
    data = {
        "version": 1, "action": "migrate", "phase": "done", "outcome": "failed", "planCount": 5000, "appliedCount": 4999,
        "plan": [{"revision": "r%031d" % n, "message": "☃" * 120} for n in range(5000)],
        "applied": [{"revision": "r%031d" % n, "seconds": 1.234, "committed": True} for n in range(4999)],
        "before": ["b%031d" % n for n in range(300)], "after": ["a%031d" % n for n in range(300)],
        "heads": ["h%031d" % n for n in range(300)], "expected": ["e%031d" % n for n in range(300)],
        "notes": ["note ☃ " * 60] * 9, "target": {"asked": "heads", "resolved": ["t%031d" % n for n in range(300)]},
        "error": {"kind": "MigrationFailed", "message": "☃" * 1000, "retryable": False},
    }  # fmt: skip
    encoded = reports.trimmed(data)
    assert len(encoded) <= 4096
    kept = json.loads(encoded)
    assert (kept["planCount"], kept["appliedCount"], kept["error"]["kind"]) == (5000, 4999, "MigrationFailed")
    # A set of rows is there as a whole or not at all.
    assert all(len(kept[key]) == 300 for key in ("before", "after", "heads", "expected") if key in kept)
    assert len(data["plan"]) == 5000


def test_shorter_report_leaves_nothing_of_the_longer_one(tmp_path):
    path = tmp_path / "report"
    path.write_text("x" * 9999)
    report = reports.Report(str(path), scrub.Scrubber(), "migrate", "head")
    report.data["notes"] = ["a" * 300]
    report.write()
    del report.data["notes"]
    report.write()
    assert "notes" not in json.loads(path.read_bytes())


def test_unwritable_report_is_no_failure(runner, project, database):
    result = runner.run(project.tables(1), url=database.url, report="/proc/nowhere/report")
    assert result.code == 0
    assert "cannot write the report" in result.stderr
    assert database.versions() == ["0001"]


def test_block_is_what_it_announces():
    whole = b'{"a":1}' * 100
    digest = hashlib.sha256(whole).hexdigest()
    lines = reports.framed(whole, digest).decode().splitlines()
    assert lines[0] == "-----BEGIN ALEMBIC-OPERATOR REPORT %s-----" % digest
    assert lines[-1] == "-----END ALEMBIC-OPERATOR REPORT-----"
    assert max(len(line) for line in lines[1:-1]) == 76


def test_application_name():
    assert application_name("shop/orders", "3", 2, 5, "0004") == "shop/orders/3/2.5/0004"
    name = application_name("a-very-long-namespace-name/a-very-long-resource-name-indeed", "12", 2, 5, "f" * 28)
    assert len(name) == 63
    assert name.startswith("a-very-long-namespace-name")
    assert name.endswith("/12/2.5/" + "f" * 28)
    # The operator knows its sessions by resource and attempt: these stay whole, whatever the revision is called.
    name = application_name("n" * 24, "99999", 200, 200, "f" * 32)
    assert name == "n" * 24 + "/99999/200.200/" + "f" * 24
    assert application_name("shop/ordérs", "3") == "shop/ord?rs/3/0.0/-"

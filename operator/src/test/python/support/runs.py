# SPDX-License-Identifier: Apache-2.0
"""Starts the runner as its pod does: the archive, an own process, the image's interpreter, credentials in the environment."""

import base64
import hashlib
import json
import os
import re
import subprocess
import time
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[5]
SOURCES = REPOSITORY / "operator/src/main/python"

PAIRS = ("alembic-1.7", "alembic-1.13", "alembic-1.16", "alembic-latest")
"""Environments of config/dev/venvs: Alembic 1.7 with SQLAlchemy 1.4 up to the newest of both."""

OUTERMOST = (PAIRS[0], PAIRS[-1])
"""The oldest and the newest pair, where all that differs between the others is known to stand in between."""

_venvs = {}


def interpreter(name):
    """The interpreter of an environment of config/dev/venvs; it is built when it is missing."""
    if name not in _venvs:
        folder = subprocess.run(
            [str(REPOSITORY / "config/dev/venv"), name], stdout=subprocess.PIPE, check=True, text=True
        ).stdout.strip()
        _venvs[name] = os.path.join(folder, "bin", "python")
    return _venvs[name]


def build_archive(path):
    """Zips the sources as the build does."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for source in sorted(SOURCES.rglob("*.py")):
            archive.write(source, str(source.relative_to(SOURCES)))
    return path


def until(condition, seconds=60):
    """Waits for a condition and returns what it gave; fails when it does not come true in time."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "did not happen in %d s" % seconds
        time.sleep(0.05)
    return value


class Result:
    """What a finished run left: exit code, termination message, log."""

    def __init__(self, code, report_path, stdout, stderr):
        self.code = code
        self.stdout = stdout
        self.stderr = stderr
        self.raw = Path(report_path).read_bytes() if Path(report_path).exists() else b""
        self.report = json.loads(self.raw) if self.raw else None

    @property
    def outcome(self):
        return self.report.get("outcome")

    @property
    def kind(self):
        return self.report.get("error", {}).get("kind")

    @property
    def message(self):
        return self.report.get("error", {}).get("message", "")

    @property
    def applied(self):
        return [step["revision"] for step in self.report.get("applied", [])]

    @property
    def everything(self):
        """All that left the process."""
        return self.stdout + self.stderr + self.raw.decode()

    def full_report(self):
        """The report in the log's block, checked against the announced size and digest."""
        begin = re.search(r"^-----BEGIN ALEMBIC-OPERATOR REPORT ([0-9a-f]{64})-----$", self.stdout, re.M)
        block = self.stdout[begin.end() :].partition("-----END ALEMBIC-OPERATOR REPORT-----")[0]
        whole = base64.b64decode(block)
        assert hashlib.sha256(whole).hexdigest() == begin.group(1) == self.report["log"]["sha256"]
        assert len(whole) == self.report["log"]["bytes"]
        return json.loads(whole)

    def __repr__(self):
        return "code %s\n%s\n--- stdout\n%s\n--- stderr\n%s" % (
            self.code,
            json.dumps(self.report, indent=1),
            self.stdout,
            self.stderr,
        )


class Runner:
    """Starts runs of one archive; every run gets a fresh report file."""

    def __init__(self, archive, folder):
        self._archive = archive
        self._folder = folder
        self._count = 0
        self._started = []

    def start(self, project, action, url=None, venv="alembic-latest", environment=None, python=None, **options):
        """Starts a run and returns it; options as the contract has them, lists for repeated ones."""
        self._count += 1
        report = self._folder / ("report-%d.json" % self._count)
        options.setdefault("resource", "shop/orders")
        options.setdefault("attempt", "3")
        words = ["--report=%s" % report]
        for name, value in options.items():
            for one in value if isinstance(value, list) else [value]:
                words.append("--%s=%s" % (name.replace("_", "-"), str(one).lower() if isinstance(one, bool) else one))
        variables = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "PYTHON", "ALEMBIC", "DATABASE", "TEST_"))}
        variables["LANG"] = "C.UTF-8"
        if url is not None:
            variables["ALEMBIC_OPERATOR_URL"] = url
        variables.update(environment or {})
        process = subprocess.Popen(
            [python or interpreter(venv), str(self._archive), action, *words],
            cwd=str(project.folder),
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=open(report.with_suffix(".out"), "w"),
            stderr=open(report.with_suffix(".err"), "w"),
        )
        process.report_path = report
        self._started.append(process)
        return process

    def interim(self, process):
        """The report as it stands while the run goes on; empty before the first."""
        return json.loads(process.report_path.read_bytes() or b"{}") if process.report_path.exists() else {}

    def wait(self, process, timeout=60):
        process.wait(timeout=timeout)
        stdout, stderr = (process.report_path.with_suffix(end).read_text(errors="surrogateescape") for end in (".out", ".err"))
        return Result(process.returncode, process.report_path, stdout, stderr)

    def run(self, project, action="migrate", url=None, **options):
        """Starts a run and waits for it."""
        return self.wait(self.start(project, action, url, **options))

    def stop(self):
        """Ends what a failed test left running."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
                process.wait()

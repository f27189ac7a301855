# SPDX-License-Identifier: Apache-2.0
"""What the runner costs over plain Alembic when there is nothing to do: run it by hand, it is no test.

    python benchmark_overhead.py [ROUNDS]

Prints, for every pair of versions, the best wall-clock time and the best processor time of both, in seconds. The best of many
rounds is what a busy machine distorts least.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from support import postgres
from support.projects import Project
from support.runs import PAIRS, Runner, build_archive, interpreter


def measured(start):
    """Wall-clock and processor seconds of one child process."""
    before, begun = os.times(), time.monotonic()
    start()
    after = os.times()
    return time.monotonic() - begun, after.children_user + after.children_system - before.children_user - before.children_system


def main(rounds):
    server = postgres.Server()
    server.start()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            runner = Runner(build_archive(folder / "runner.pyz"), folder)
            print("%-16s %22s %22s" % ("", "plain alembic", "runner"))
            for venv in PAIRS:
                database = postgres.Database(server.url, venv.replace(".", "_"))
                database.create()
                project = Project(folder / venv, url=database.url.replace("postgresql:", "postgresql+psycopg2:")).tables(5)
                assert runner.run(project, url=database.url, venv=venv, driver="psycopg2").outcome == "applied"
                command = [interpreter(venv), "-m", "alembic", "upgrade", "head"]

                def plain(command=command, project=project):
                    pid = os.posix_spawn(
                        "/bin/sh", ["sh", "-c", 'cd "$0" && exec "$@" 2>/dev/null', str(project.folder), *command], os.environ
                    )
                    assert os.waitpid(pid, 0)[1] == 0

                def ours(venv=venv, project=project, database=database):
                    assert runner.run(project, url=database.url, venv=venv, driver="psycopg2").outcome == "upToDate"

                best = {}
                for _ in range(rounds):
                    for label, start in (("plain", plain), ("runner", ours)):
                        times = measured(start)
                        best[label] = tuple(map(min, times, best.get(label, times)))
                print("%-16s %10.3f wall %6.3f cpu %10.3f wall %6.3f cpu" % ((venv,) + best["plain"] + best["runner"]))
    finally:
        server.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)

# SPDX-License-Identifier: Apache-2.0
"""launch.sh finds the interpreter that Alembic belongs to, in whatever way its script names it."""

import json
import shutil
import subprocess

import pytest

from support.runs import SOURCES

SHELLS = [shell for shell in ("sh", "bash", "busybox sh") if shutil.which(shell.split()[0])]


@pytest.fixture
def image(tmp_path):
    """A folder with the launcher and a stand-in for the runner, and an empty PATH but for what the launcher itself needs."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "mounted dir").mkdir()
    shutil.copy(SOURCES / "launch.sh", tmp_path / "mounted dir")
    (tmp_path / "mounted dir" / "runner.pyz").write_text("")
    for tool in ("dirname", "sed"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    return tmp_path


def python(path):
    """An interpreter that only says who it is and what it was given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('#!%s\nprintf "%%s\\n" "$0" "$@"\n' % shutil.which("sh"))
    path.chmod(0o755)
    return path


def launch(image, shell, *arguments):
    command = [shutil.which(shell.split()[0]), *shell.split()[1:], str(image / "mounted dir" / "launch.sh"), *arguments]
    return subprocess.run(command, env={"PATH": str(image / "bin")}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def script(image, first, *more, name="alembic"):
    path = image / "bin" / name
    path.write_text("\n".join([first, *more, "import sys"]) + "\n")
    path.chmod(0o755)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("style", ["plain", "flag", "env", "pip", "uv"])
def test_interpreter_of_alembic(image, shell, style):
    ours = python(image / "venv" / "python3.11")
    python(image / "bin" / "python3")
    if style == "plain":
        script(image, "#!%s" % ours)
    elif style == "flag":
        script(image, "#! %s -E" % ours)
    elif style == "env":
        ours = python(image / "bin" / "python3.11")
        script(image, "#!/usr/bin/env python3.11")
    else:
        ours = python(image / "folder with blanks" / "python3.11")
        quote = '"' if style == "pip" else "'"
        script(image, "#!/bin/sh", "'''exec' %s%s%s \"$0\" \"$@\"" % (quote, ours, quote), "' '''")
    done = launch(image, shell, "migrate", "--target=-1", "--x=a=b c", "--x=$HOME")
    archive = str(image / "mounted dir" / "runner.pyz")
    assert done.stdout.splitlines() == [str(ours), archive, "migrate", "--target=-1", "--x=a=b c", "--x=$HOME"], done


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", ["python3", "python"])
def test_any_python_else(image, shell, name):
    ours = python(image / "bin" / name)
    script(image, "#!/gone/python3.11")
    assert launch(image, shell, "status").stdout.splitlines()[0] == str(ours)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("kind", ["script", "path", "interpreter", "no Python", "not there", "later word"])
def test_interpreter_of_a_command(image, shell, kind):
    """A command of the user's own brings its interpreter; Alembic's serves where the command tells none."""
    alembics = python(image / "alembics" / "python3.11")
    script(image, "#!%s" % alembics)
    own = python(image / "own" / "python3.12")
    words = {
        "script": ["shop", "migrate"],
        "path": [str(image / "bin" / "shop")],
        "interpreter": [str(own), "-m", "shop"],
        "no Python": ["sed"],
        "not there": ["nothing"],
        "later word": ["sed", "shop"],
    }[kind]
    script(image, "#!%s" % own, name="shop")
    done = launch(image, shell, "migrate", *("--command=" + word for word in words))
    expected = own if kind in ("script", "path", "interpreter") else alembics
    assert done.stdout.splitlines()[0] == str(expected), done
    assert done.stdout.splitlines()[3:] == ["--command=" + word for word in words], done


@pytest.mark.parametrize("shell", SHELLS)
def test_no_python_at_all(image, shell):
    report = image / "report"
    done = launch(image, shell, "migrate", "--target=head", "--report=%s" % report)
    assert done.returncode == 3
    parsed = json.loads(report.read_text())
    assert (parsed["phase"], parsed["outcome"], parsed["error"]["kind"]) == ("done", "refused", "PythonNotFound")
    assert "alembic.python" in parsed["error"]["message"]

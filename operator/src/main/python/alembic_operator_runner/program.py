# SPDX-License-Identifier: Apache-2.0
"""The user's own migrate command (``alembic.command``), found and run in this interpreter as Python itself would run it."""

import os
import re
import runpy
import shutil
import sys

from .errors import Refusal
from .text import clean, quoted

_REMEDY = "name the words of the Python command itself in alembic.command"

_RUNNERS = ("uv", "poetry", "pdm", "pipenv", "rye")
"""Their ``run`` starts a command in the project's environment, which is this one: the image's."""

_RUNNER_FLAGS = ("--no-sync", "--frozen", "--locked", "--no-dev", "--all-extras", "--offline", "--quiet", "-q", "--")
_RUNNER_VALUES = ("--package", "--extra", "--group", "--project")
_INITS = ("tini", "dumb-init", "catatonit")
_SHELLS = ("sh", "bash", "dash", "ash", "zsh", "ksh", "busybox")
_PYTHON = re.compile(r"(?:python|pypy)[0-9.]*\Z")
_PYTHON_FLAGS = re.compile(r"-[bBdEiIOPqsSuvx]+\Z")


class Program:
    """A command that can be run in this interpreter. ``words`` are its own: without what only starts Python."""

    def __init__(self, words, start, folder):
        """``start()`` runs it; ``folder`` is what Python would put first on the module path."""
        self.words = words
        self._start = start
        self._folder = folder

    @property
    def name(self):
        """What to call it in a sentence."""
        return quoted(" ".join(self.words))

    def run(self):
        """Runs it to its end, which may be a ``SystemExit``."""
        sys.argv[:] = self.words
        sys.path.insert(0, self._folder)
        self._start()


def find(words):
    """The :class:`Program` of a command line. Raises :class:`Refusal` (``EnvUnsupported``) where this cannot be Python."""
    rest = _without_starters(list(words))
    if not rest or not rest[0]:
        raise _unfit(words, "names no program")
    name = os.path.basename(rest[0])
    if _PYTHON.match(name):
        return _python(words, rest)
    if name in _SHELLS:
        raise _unfit(words, "is a shell's, and what a shell starts runs in processes of its own, which cannot be watched")
    if os.sep not in rest[0]:
        entry = _entry_point(rest[0])
        if entry:
            return Program(rest, lambda: entry.load()(), os.path.dirname(shutil.which(rest[0]) or sys.executable))
    path = rest[0] if os.sep in rest[0] else shutil.which(rest[0])
    if not path or not os.path.exists(path):
        raise _unfit(words, "cannot be found: the image has no %s on its PATH" % quoted(rest[0]))
    _require_python(words, path)
    return _file(path, rest[1:])


def _without_starters(words):
    """Cuts what only starts the command: an init process, ``env NAME=value``, ``uv run`` and its like."""
    while words:
        name = os.path.basename(words[0])
        if name == "env" and len(words) > 1 and re.match(r"[A-Za-z_]\w*=", words[1]):
            words.pop(0)
            while words and re.match(r"[A-Za-z_]\w*=", words[0]):
                variable, _, value = words.pop(0).partition("=")
                os.environ[variable] = value
        elif name in _INITS:
            words = words[2:] if words[1:2] == ["--"] else words[1:]
        elif name in _RUNNERS and words[1:2] == ["run"]:
            words = _without_options(words[2:])
        else:
            break
    return words


def _without_options(words):
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option in ("-m", "--module"):
            return ["python", "-m", *words]
        if option in _RUNNER_VALUES and words:
            words.pop(0)
        elif option not in _RUNNER_FLAGS and option.partition("=")[0] not in _RUNNER_VALUES:
            raise Refusal(
                "EnvUnsupported",
                "alembic.command begins with an option, %s, of which the runner does not know what it does; %s"
                % (quoted(option), _REMEDY),
            )
    return words


def _python(words, rest):
    rest = rest[1:]
    while rest and (_PYTHON_FLAGS.match(rest[0]) or rest[0] in ("-W", "-X")):
        rest = rest[2:] if rest[0] in ("-W", "-X") else rest[1:]
    if len(rest) > 1 and rest[0] == "-m":
        module = rest[1]
        start = lambda: runpy.run_module(module, run_name="__main__", alter_sys=True)  # noqa: E731
        return Program(rest[1:], start, os.getcwd())
    if len(rest) > 1 and rest[0] == "-c":
        code = rest[1]
        start = lambda: exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})  # noqa: E731, S102
        return Program(["-c"] + rest[2:], start, os.getcwd())
    if not rest or rest[0].startswith("-"):
        raise _unfit(words, "gives Python neither a file nor a module")
    if not os.path.exists(rest[0]):
        raise _unfit(words, "cannot be found: there is no %s in %s" % (quoted(rest[0]), quoted(os.getcwd())))
    return _file(rest[0], rest[1:])


def _file(path, arguments):
    return Program([path, *arguments], lambda: runpy.run_path(path, run_name="__main__"), os.path.dirname(os.path.realpath(path)))


def _entry_point(name):
    """The console script of that name among the installed distributions, or None."""
    from importlib import metadata

    found = metadata.entry_points()
    # Python 3.8 and 3.9 return a dictionary of groups.
    scripts = found.select(group="console_scripts") if hasattr(found, "select") else found.get("console_scripts", ())
    return next((script for script in scripts if script.name == name), None)


def _require_python(words, path):
    if path.endswith((".py", ".pyz")) or os.path.isdir(path):
        return
    try:
        with open(path, "rb") as file:
            first, second = (file.readline(400).decode("utf-8", "replace").strip() for _ in range(2))
    except OSError as error:
        raise _unfit(words, "cannot be read: %s" % error.strerror) from None
    interpreter = first[2:].split() if first.startswith("#!") else []
    if interpreter[:1] and os.path.basename(interpreter[0]) == "env":
        interpreter = [word for word in interpreter[1:] if not word.startswith("-")]
    name = os.path.basename(interpreter[0]) if interpreter else ""
    # Installers write a shell's first line where Python's path is too long for one; the file is Python all the same.
    if _PYTHON.match(name) or (name == "sh" and second.startswith("'''exec'")):
        return
    if name in _SHELLS:
        raise _unfit(words, "is a shell script, and what a shell starts runs in processes of its own, which cannot be watched")
    raise _unfit(words, "is no Python program%s" % (" but one for %s" % quoted(name) if name else ""))


def _unfit(words, because):
    return Refusal("EnvUnsupported", "the command %s %s; %s" % (quoted(clean(" ".join(words), 100)), because, _REMEDY))

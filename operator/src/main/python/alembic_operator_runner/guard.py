# SPDX-License-Identifier: Apache-2.0
"""Sees when a wrapped command is about to migrate where the runner cannot look: in another process."""

import os
import shlex
import sys
from typing import List

from .errors import Refusal
from .text import clean, quoted

_REMEDY = "name the words of the Python command itself in alembic.command"
_SPAWNS = {"subprocess.Popen": 1, "os.posix_spawn": 1, "os.system": 0}
"""Python's audit events for a new process, and which of their arguments is its command line ("Audit events table")."""


class Guard:
    """``started`` names the other programs that the command ran; ``raised`` collects refusals, which it may swallow."""

    def __init__(self, raised):
        self.started: List[str] = []
        self._raised = raised
        self._process = os.getpid()
        self._active = False

    def __enter__(self):
        sys.addaudithook(self._on_event)  # it stays for the life of the process
        self._active = True
        return self

    def __exit__(self, *_):
        self._active = False

    def _on_event(self, event, arguments):
        if not self._active or os.getpid() != self._process:
            return
        if event == "os.exec":
            # It would take the place of this process, and with it lock, limits and report.
            self._refuse("the command makes way for another program, %s" % quoted(os.fsdecode(arguments[0])))
        elif event in _SPAWNS:
            words = _words(arguments[_SPAWNS[event]])
            if any(os.path.basename(word) == "alembic" for word in words[:4]):
                self._refuse("the command starts Alembic in a process of its own (%s)" % quoted(" ".join(words)))
            self.started.append(clean(" ".join(words), 80))

    def _refuse(self, what):
        refusal = Refusal("EnvUnsupported", "%s, where the migration cannot be watched; %s" % (what, _REMEDY))
        self._raised.append(refusal)
        raise refusal


def _words(command):
    if isinstance(command, (bytes, str, os.PathLike)):
        text = os.fsdecode(command)
        try:
            return shlex.split(text)
        except ValueError:
            return text.split()
    return [os.fsdecode(word) for word in command]

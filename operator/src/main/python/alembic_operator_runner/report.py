# SPDX-License-Identifier: Apache-2.0
"""The one report: kept whole in memory, written to the termination message after every change, at most 4096 bytes long."""

import base64
import copy
import hashlib
import json
import os
import sys
import unicodedata

from . import CONTRACT, VERSION
from .text import clean

LIMIT = 4096
"""Bytes that the kubelet keeps of one container's termination message."""

OUTCOME_CODES = {
    "upToDate": 0,
    "applied": 0,
    "planned": 0,
    "observed": 0,
    "checked": 0,
    "failed": 1,
    "refused": 3,
    "terminated": 143,
}


class Report:
    """A dictionary in the contract's shape, and where it goes.

    Free text is scrubbed and cleaned when it is put in; names, revisions and numbers are not secret and stay as they are.
    """

    def __init__(self, path, scrubber, action, target=None):
        self._path = path
        self._scrubber = scrubber
        self._written = 0
        self._warned = False
        self.data = {"version": CONTRACT, "action": action, "phase": "starting", "versions": {"runner": VERSION}}
        if target is not None:
            self.data["target"] = {"asked": clean(target, 200)}

    def text(self, words, limit=1000):
        """Free text, fit for the report."""
        return clean(self._scrubber.clean(str(words)), limit)

    def script(self, words):
        """A text of many lines, such as SQL, that keeps them; only for the log."""
        lines = self._scrubber.clean(words).splitlines()
        return "".join("".join(c for c in line if c == "\t" or unicodedata.category(c)[0] != "C") + "\n" for line in lines)

    def note(self, words):
        """Adds a sentence that somebody should read although nothing is wrong."""
        notes = self.data.setdefault("notes", [])
        sentence = self.text(words, 400)
        if sentence not in notes:
            notes.append(sentence)

    def phase(self, name):
        """Enters a phase and writes."""
        self.data["phase"] = name
        self.write()

    def fail(self, problem):
        """Puts a :class:`errors.Problem` in."""
        entry = problem.as_report()
        entry["message"] = self.text(entry["message"])
        self.data["error"] = entry

    def write(self):
        """Writes the report, trimmed; a report that cannot be written is told once on stderr."""
        self._store(trimmed(self.data))

    def finish(self, outcome, output):
        """Writes the final report; what does not fit goes whole into the log through ``output``. Returns the exit code."""
        self.data.update(phase="done", outcome=outcome)
        self.data.pop("running", None)
        self.data.pop("waitingFor", None)
        whole = encode(self.data)
        if len(whole) > LIMIT or "text" in self.data.get("sql", {}):
            digest = hashlib.sha256(whole).hexdigest()
            self.data["log"] = {"bytes": len(whole), "sha256": digest}
            output.raw(framed(whole, digest))
        self.write()
        return OUTCOME_CODES[outcome]

    def _store(self, data):
        # In one write and never shorter than before: whenever the process is killed, the file holds one valid JSON text.
        data = data.ljust(min(self._written, LIMIT))
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o644)
            try:
                if not self._written:
                    os.ftruncate(handle, 0)
                os.pwrite(handle, data, 0)
            finally:
                os.close(handle)
            self._written = len(data)
        except OSError as error:
            if not self._warned:
                self._warned = True
                print("alembic-operator: cannot write the report to %s: %s" % (self._path, error.strerror), file=sys.stderr)


def encode(data):
    """Compact UTF-8 JSON."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def framed(whole, digest):
    """The block in the log that holds the whole report: two marker lines around Base64."""
    encoded = base64.b64encode(whole).decode("ascii")
    lines = [encoded[i : i + 76] for i in range(0, len(encoded), 76)]
    begin = "-----BEGIN ALEMBIC-OPERATOR REPORT %s-----" % digest
    return "\n".join([begin] + lines + ["-----END ALEMBIC-OPERATOR REPORT-----", ""]).encode("ascii")


def trimmed(data, limit=LIMIT):
    """The report as JSON of at most ``limit`` bytes.

    Lists lose their middle, then texts their ends, in a fixed order; counts, outcome and error kind always stay. A set of rows
    is left out rather than shortened, since part of it would be a lie.
    """
    if "text" in data.get("sql", {}):
        data = dict(data, sql={k: v for k, v in data["sql"].items() if k != "text"})
    encoded = encode(data)
    if len(encoded) <= limit:
        return encoded
    data = copy.deepcopy(data)
    for rule in _RULES:
        rule(data)
        encoded = encode(data)
        if len(encoded) <= limit:
            return encoded
    kept = (
        "version",
        "action",
        "phase",
        "outcome",
        "direction",
        "planCount",
        "planDigest",
        "appliedCount",
        "error",
        "log",
        "halfApplied",
    )
    return encode({k: data[k] for k in kept if k in data})


def _messages(limit):
    def rule(data):
        for step in data.get("plan", []):
            if "message" in step:
                step["message"] = clean(step["message"], limit)

    return rule


def _ends(key, keep):
    def rule(data):
        entries = data.get(key, [])
        if len(entries) > 2 * keep:
            data[key] = entries[:keep] + entries[-keep:] if keep else []

    return rule


def _models(keep, length):
    def rule(data):
        if "differences" in data.get("models", {}):
            data["models"]["differences"] = [clean(d, length) for d in data["models"]["differences"][:keep]]

    return rule


def _notes(data):
    if "notes" in data:
        data["notes"] = [clean(n, 150) for n in data["notes"][:3]]


def _error(limit):
    def rule(data):
        if "error" in data:
            data["error"]["message"] = clean(data["error"]["message"], limit)

    return rule


def _without(*keys):
    def rule(data):
        for key in keys:
            data.pop(key, None)

    return rule


_RULES = (
    [_messages(60)]
    + [_ends(key, keep) for keep in (15, 8, 4) for key in ("plan", "applied")]
    + [_models(5, 80), _notes, _error(600)]
    + [_ends(key, keep) for keep in (2, 1) for key in ("plan", "applied")]
    + [
        _messages(20),
        _error(300),
        _models(0, 0),
        _without("notes"),
        _without("plan", "applied"),
        _without("heads"),
        _without("expected"),
    ]
    + [_without("before", "after", "target"), _without("waitingFor", "running", "database")]
)

# SPDX-License-Identifier: Apache-2.0
"""What can stop a run: our own refusals, and everything that Alembic, SQLAlchemy and the drivers raise, brought to one kind."""

import re
import traceback
from typing import List

from . import catalogue
from .text import clean, quoted


class Refusal(Exception):
    """A reason, found by the runner itself, not to go on.

    ``kind`` is one of :data:`catalogue.KINDS`; the message is a whole sentence with cause and remedy.
    """

    def __init__(self, kind, message, revision=None):
        Exception.__init__(self, message)
        self.kind = kind
        self.revision = revision


class Problem:
    """A classified failure: what the report says under ``error``."""

    def __init__(self, kind, message, revision=None, sqlstate=None, retryable=None):
        self.kind = kind
        self.message = clean(message, 1000)
        self.revision = revision
        self.sqlstate = sqlstate
        self.retryable = catalogue.KINDS[kind].retryable if retryable is None else retryable

    def as_report(self):
        """The entry of the report, without what is unknown."""
        entry = {"kind": self.kind, "message": self.message, "retryable": self.retryable}
        if self.revision:
            entry["revision"] = clean(self.revision, 128)
        if self.sqlstate:
            entry["sqlstate"] = clean(self.sqlstate, 5)
        return entry


_SUBJECTS = {"step": "revision %s failed: %s", "undo": "undoing revision %s failed: %s"}


def show(error):
    """Prints the traceback for people, to stderr, which scrubs it. Refusals say all in their sentence."""
    if not any(isinstance(one, (Refusal, SystemExit)) for one in chain(error)):
        traceback.print_exception(type(error), error, error.__traceback__)


def chain(error):
    """The error, the driver's errors inside it and its causes, outermost first, each once."""
    seen: List[BaseException] = []
    pending = [error]
    while pending:
        current = pending.pop(0)
        if not isinstance(current, BaseException) or any(current is s for s in seen):
            continue
        seen.append(current)
        pending.append(getattr(current, "orig", None))
        pending.append(current.__cause__ or (None if current.__suppress_context__ else current.__context__))
    return seen


def sqlstate(errors):
    """The first SQLSTATE that a driver left: psycopg2 calls it ``pgcode``, psycopg and asyncpg ``sqlstate``."""
    for error in errors:
        for attribute in ("pgcode", "sqlstate"):
            value = getattr(error, attribute, None)
            if isinstance(value, str) and len(value) == 5:
                return value
    return None


def _number(errors):
    """The error number that MySQL drivers give as the first argument."""
    for error in errors:
        module = type(error).__module__.lower()
        if any(word in module for word in catalogue.MYSQL_MODULES) and error.args and isinstance(error.args[0], int):
            return error.args[0]
    return None


def primary(errors):
    """The sentence of the innermost speaker, without SQL, parameters, details and rows.

    A driver's own error, where there is one, speaks for the database; otherwise the outermost error does.
    """
    drivers = [e.orig for e in errors if isinstance(getattr(e, "orig", None), BaseException)]
    if drivers:
        # asyncpg's error stands behind SQLAlchemy's adapter, as its cause.
        speaker = drivers[0].__cause__ if sqlstate([drivers[0].__cause__]) else drivers[0]
        diagnosis = getattr(getattr(speaker, "diag", None), "message_primary", None)
        if not diagnosis and speaker.args and isinstance(speaker.args[0], int) and len(speaker.args) > 1:
            diagnosis = speaker.args[1]
        return _first_line(diagnosis or speaker)
    outermost = errors[0]
    words = _first_line(str(outermost).partition(" (Background on this error")[0])
    if type(outermost).__name__ in ("CommandError", "Refusal"):
        return words
    return "%s: %s" % (type(outermost).__name__, words) if words else type(outermost).__name__


def _first_line(words):
    lines = [line.strip() for line in str(words).splitlines() if line.strip()]
    kept = [line for line in lines[:3] if not line.startswith(("DETAIL:", "[SQL:", "[parameters:", "LINE "))]
    # libpq tells the reason of a failed connection in the second line.
    return clean(" ".join(kept[:2]) if kept and kept[0].endswith("?") else (kept[0] if kept else ""), 500)


def classify(error, stage, revision=None, subject=None):
    """Brings any exception to a :class:`Problem`.

    ``stage`` tells where it came from (a key of :data:`catalogue.STAGES`) and decides when nothing else does. ``subject``
    begins the sentence, such as ``revision "0003" failed``.
    """
    errors = chain(error)
    for one in errors:
        if isinstance(one, Refusal):
            return Problem(one.kind, str(one), one.revision or revision)
    state = sqlstate(errors)
    text = " | ".join(str(e) for e in errors)
    told, remedy = (None, None) if state else catalogue.by_text(text)
    kind = (
        catalogue.by_exceptional_text(text)
        or catalogue.SQLSTATES.get(state)
        or catalogue.SQLSTATES.get((state or "")[:2])
        or catalogue.NUMBERS.get(_number(errors))
        or told
        or _by_type(errors, stage)
        or catalogue.STAGES[stage]
    )
    cause = primary(errors)
    if subject:
        cause = "%s: %s" % (subject, cause)
    elif stage in _SUBJECTS and revision:
        cause = _SUBJECTS[stage] % (quoted(revision), cause)
    if kind != told or not remedy:
        remedy = catalogue.KINDS[kind].remedy
        if kind == "EnvUnsupported" and any(_misses_variable(one) for one in errors):
            remedy = catalogue.MISSING_VARIABLE
    return Problem(kind, "%s; %s" % (cause.rstrip(" .;"), remedy), revision, state)


def _misses_variable(error):
    """Whether something wanted a key that looks like an environment variable's name."""
    return isinstance(error, KeyError) and bool(error.args) and bool(re.match(r"[A-Z][A-Z0-9_]*\Z", str(error.args[0])))


def _of_a_library(error):
    """Whether Alembic or SQLAlchemy raised it, of something that the database cannot do."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return place is not None and place.tb_frame.f_globals.get("__name__", "").split(".")[0] in ("alembic", "sqlalchemy")


def _by_type(errors, stage):
    for error in errors:
        if isinstance(error, ImportError) and stage not in _SUBJECTS:
            return "ImportFailed"
        if isinstance(error, NotImplementedError) and stage == "undo" and not _of_a_library(error):
            return "IrreversibleRevision"
        if isinstance(error, SyntaxError) and stage == "graph":
            return "BrokenGraph"
        if isinstance(error, (ConnectionError, TimeoutError)) and stage in ("connect", "verify"):
            return "WaitingForDatabase"
    return None

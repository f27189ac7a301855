# SPDX-License-Identifier: Apache-2.0
"""Runs revisions without a database: what they would execute is written down, as ``alembic upgrade --sql`` does it."""

import contextlib
import io

from .errors import primary
from .signals import Interrupted


class NotOffline(Exception):
    """A revision wanted to execute something for good."""


class Offline:
    """A twin of a live ``MigrationContext``, with env.py's own settings, that only writes down. A context manager.

    While it lasts, ``alembic.op`` and ``alembic.context`` lead to the twin, and no engine of this process connects or executes
    anything: revisions may have other ways to a database than ``op``.
    """

    def __init__(self, context):
        from alembic.runtime.migration import MigrationContext

        self._buffer = io.StringIO()
        self._environment = context.environment_context
        options = dict(context.opts, as_sql=True, output_buffer=self._buffer, literal_binds=True, starting_rev=None)
        self.context = MigrationContext.configure(
            # Of the usual styles only "named" leaves percent signs alone.
            dialect=type(context.dialect)(paramstyle="named"),
            environment_context=self._environment,
            opts=options,
        )
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        self._stack.enter_context(_nothing_executed())
        self._stack.enter_context(_operations(self.context))
        if self._environment is not None:
            self._stack.enter_context(_environment(self._environment, self.context))
        return self

    def __exit__(self, *_):
        self._stack.close()

    def call(self, function):
        """Runs one function of a revision. Returns what it would execute, and in a few words why it did not come to its end,
        None where it did."""
        error = None
        try:
            function()
        except Interrupted:
            raise
        except (Exception, SystemExit) as caught:  # noqa: BLE001 - user code may raise anything
            error = "it wants to execute statements" if isinstance(caught, NotOffline) else primary([caught])
        return self.text(), error

    def text(self):
        """What was written down since the last time."""
        text = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return text


@contextlib.contextmanager
def _nothing_executed():
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    def refuse(*_):
        raise NotOffline()

    for name in ("before_cursor_execute", "do_connect"):
        event.listen(Engine, name, refuse)
    try:
        yield
    finally:
        for name in ("before_cursor_execute", "do_connect"):
            event.remove(Engine, name, refuse)


@contextlib.contextmanager
def _operations(context):
    import alembic.op
    from alembic.operations import Operations

    outer = getattr(alembic.op, "_proxy", None)
    operations = Operations(context)
    operations._install_proxy()
    try:
        yield
    finally:
        operations._remove_proxy()
        if outer is not None:
            outer._install_proxy()


@contextlib.contextmanager
def _environment(environment, context):
    kept = environment.context_opts, environment._migration_context
    environment.context_opts = dict(kept[0], as_sql=True)
    environment._migration_context = context
    try:
        yield
    finally:
        environment.context_opts, environment._migration_context = kept

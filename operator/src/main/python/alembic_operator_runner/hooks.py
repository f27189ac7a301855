# SPDX-License-Identifier: Apache-2.0
"""Our hand on the two calls of Alembic that matter, whoever makes them: the runner itself or a command of the user's."""

from typing import Any, List, Tuple

from . import multidb
from .errors import Refusal, classify


class Hooks:
    """While this context lasts, ``at_migrations(migration_context, script, proceed)`` is called wherever env.py calls
    ``context.run_migrations()``, with its connection open and its context configured but before Alembic has read the version
    table; ``proceed()`` goes on as Alembic would.

    An env.py that may have several databases is gone through once beforehand, in which nothing is migrated: if it comes to a
    second one, it is refused before the first is touched. ``before(config)`` is called before each env.py.
    """

    def __init__(self, at_migrations, before=lambda config: None):
        self._at_migrations = at_migrations
        self._before = before
        self._places: List[multidb.Place] = []
        self._inside = False
        self._counting = False
        self._counted = False
        self._originals: Tuple[Any, ...] = ()
        self.calls = 0
        self.raised: List[BaseException] = []

    def __enter__(self):
        from alembic.runtime.migration import MigrationContext
        from alembic.script import ScriptDirectory

        self._originals = MigrationContext.run_migrations, ScriptDirectory.run_env
        MigrationContext.run_migrations = lambda context, **arguments: self._run_migrations(context, arguments)
        ScriptDirectory.run_env = lambda script: self._run_env(script)
        return self

    def __exit__(self, *_):
        from alembic.runtime.migration import MigrationContext
        from alembic.script import ScriptDirectory

        MigrationContext.run_migrations, ScriptDirectory.run_env = self._originals

    def reraise(self):
        """Raises again what was raised inside, which env.py or the command may have swallowed."""
        if self.raised:
            raise self.raised[0]

    def _run_env(self, script):
        from alembic import context

        self._before(context.config)
        self._counted = False
        if multidb.may_loop(multidb.env_file(script)):
            self._pass(script, True, context.config)
        self._pass(script, False, context.config)
        if self._counting:  # it turned out on the way that this pass had better only count
            self._pass(script, False, context.config)

    def _pass(self, script, counting, config):
        self._places, self._counting, self._inside = [], counting, True
        try:
            self._originals[1](script)
        except Exception as error:
            # Engines that nobody has configured: one URL is given to the project, and it wants several.
            names = multidb.declared(config)
            if not self._places and len(names) > 1 and classify(error, "env").kind == "EnvUnsupported":
                raise multidb.several(multidb.listed(names)) from error
            raise
        finally:
            self._inside = False
            self._counted = True

    def _run_migrations(self, context, arguments):
        try:
            if not self._inside:
                self._places, self._counting, self._counted = [], False, True
            self._places.append(multidb.Place(context, arguments))
            multidb.refuse_second(self._places)
            # Arguments are how the templates tell a revision which database it is run for.
            self._counting = self._counting or bool(arguments and not self._counted)
            if not self._counting:
                self.calls += 1
                self._at_migrations(context, _script(context), lambda: self._originals[0](context, **arguments))
        except BaseException as error:
            self.raised.append(error)
            raise


def _script(context):
    environment = context.environment_context
    script = environment.script if environment is not None else getattr(context, "script", None)
    if script is None:
        raise Refusal("EnvUnsupported", "migrations are run without a script directory; let alembic.command do it")
    return script

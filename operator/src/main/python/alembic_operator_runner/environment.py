# SPDX-License-Identifier: Apache-2.0
"""One pass through the user's env.py, with our hand on the one call that matters."""

from typing import List

from .errors import Refusal


def visit(config, target, at_migrations, steps):
    """Runs env.py once.

    Where it calls ``context.run_migrations()``, with its connection open and its context configured but before Alembic has
    read the version table, ``at_migrations(migration_context, script, proceed)`` is called instead; ``proceed()`` goes on as
    Alembic would, and Alembic then asks ``steps(rows, migration_context)`` for what to run.

    Whatever is raised inside is raised again here, even where env.py swallows it. Raises :class:`Refusal`
    (``EnvUnsupported``) when env.py migrates nothing at all, or a second database.
    """
    from alembic.runtime.environment import EnvironmentContext
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    original = MigrationContext.run_migrations
    calls: List[object] = []
    raised: List[BaseException] = []

    def hooked(context, **arguments):
        try:
            if calls:
                raise Refusal(
                    "EnvUnsupported",
                    "env.py calls context.run_migrations() more than once, for several databases or schemas; only the first was "
                    "looked at: give each its own resource, chosen in env.py by alembic.xArguments or alembic.section",
                )
            calls.append(context)
            at_migrations(context, script, lambda: original(context, **arguments))
        except BaseException as error:
            raised.append(error)
            raise

    MigrationContext.run_migrations = hooked
    try:
        options = {"as_sql": False, "starting_rev": None, "destination_rev": target, "tag": None, "dont_mutate": True}
        if steps:
            del options["dont_mutate"]
        with EnvironmentContext(config, script, fn=steps or (lambda rows, context: []), **options):
            script.run_env()
    finally:
        MigrationContext.run_migrations = original
    if raised:
        raise raised[0]
    if not calls:
        raise Refusal(
            "EnvUnsupported",
            "env.py never calls context.run_migrations(); let it do so when context.is_offline_mode() is false",
        )

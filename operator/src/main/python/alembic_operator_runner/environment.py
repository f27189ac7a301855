# SPDX-License-Identifier: Apache-2.0
"""One visit to the user's env.py, without knowing or changing it."""

from .errors import Refusal
from .hooks import Hooks


def visit(config, target, at_migrations, steps):
    """Runs env.py.

    Where it calls ``context.run_migrations()``, ``at_migrations(migration_context, script, proceed)`` is called instead (see
    :class:`hooks.Hooks`); ``proceed()`` goes on as Alembic would, and Alembic then asks ``steps(rows, migration_context)`` for
    what to run.

    Whatever is raised inside is raised again here, even where env.py swallows it. Raises :class:`Refusal`
    (``EnvUnsupported``) when env.py migrates nothing at all, or several databases.
    """
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    options = {"as_sql": False, "starting_rev": None, "destination_rev": target, "tag": None, "dont_mutate": True}
    if steps:
        del options["dont_mutate"]
    with Hooks(at_migrations) as hooks, EnvironmentContext(config, script, fn=steps or (lambda rows, context: []), **options):
        script.run_env()
    hooks.reraise()
    if not hooks.calls:
        raise Refusal(
            "EnvUnsupported",
            "env.py never calls context.run_migrations(); let it do so when context.is_offline_mode() is false",
        )

# SPDX-License-Identifier: Apache-2.0
"""An env.py that migrates several databases in one go, recognised before any of them is touched.

Alembic's template ``multidb`` and Flask-Migrate's are loops over engines around ``context.run_migrations(engine_name=...)``. A
resource stands for one database, whose identity, lock and rows the runner looks after, and no other.
"""

import ast
import os
import re

from .errors import Refusal
from .text import clean, listed

_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_REMEDY = (
    "make one DatabaseMigration for each, and let env.py choose the one by alembic.section (such as a section whose "
    '"databases" names only that one) or by alembic.xArguments'
)


def may_loop(path):
    """Whether this env.py calls ``run_migrations``, directly or by functions of its own, inside a loop.

    A suspicion only: the loop may have one turn. Code that Python cannot read is somebody else's to complain about.
    """
    try:
        with open(path, encoding="utf-8") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError):
        return False
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    migrating = {"run_migrations"}
    while True:
        more = {f.name for f in functions if f.name not in migrating and _names(f) & migrating}
        if not more:
            break
        migrating |= more
    return any(_names(node) & migrating for node in ast.walk(tree) if isinstance(node, _LOOPS))


def _names(node):
    """Every name and attribute inside; a function is often passed on and not called: ``connection.run_sync(migrate)``."""
    inner = [n for n in ast.walk(node) if n is not node]
    return {n.id for n in inner if isinstance(n, ast.Name)} | {n.attr for n in inner if isinstance(n, ast.Attribute)}


class Place:
    """What one call of ``run_migrations`` is about to migrate."""

    def __init__(self, context, arguments):
        url = getattr(getattr(context.connection, "engine", None), "url", None)  # a mock's, where SQL is only written, has none
        self.database = (url.drivername.partition("+")[0], url.host, url.port, url.database) if url is not None else None
        self.table = (context.version_table_schema, context.version_table)
        engine_name = arguments.get("engine_name")
        self.name = clean(engine_name or (url.database if url is not None else None) or "the default one", 128)


def refuse_second(places):
    """Raises :class:`Refusal` (``EnvUnsupported``) when one pass through env.py has come to a second place."""
    if len(places) > 1:
        names = list(dict.fromkeys(place.name for place in places))
        raise several("%s%s" % (listed(names), "" if len(names) > 1 else ", or several schemas of it"))


def several(which):
    """The refusal itself."""
    return Refusal("EnvUnsupported", "env.py migrates more than one database in one go: %s; %s" % (which, _REMEDY))


def declared(config):
    """The databases that the template's option ``databases`` names."""
    return [name for name in re.split(r"[\s,]+", config.get_main_option("databases", "") or "") if name]


def env_file(script):
    """The path of a script directory's env.py."""
    return os.path.join(str(script.dir), "env.py")

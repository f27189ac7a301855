# SPDX-License-Identifier: Apache-2.0
"""Small Alembic projects, written as users have them: configuration, env.py, revisions."""

import textwrap
from pathlib import Path

INI = """\
[alembic]
script_location = %(location)s
sqlalchemy.url = %(url)s
%(more)s
[loggers]
keys = root,alembic
[handlers]
keys = console
[formatters]
keys = generic
[logger_root]
level = WARNING
handlers = console
[logger_alembic]
level = INFO
handlers =
qualname = alembic
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = generic
[formatter_generic]
format = %%(levelname)-5.5s [%%(name)s] %%(message)s
"""

HEAD = """\
import os
from logging.config import fileConfig
from alembic import context
from sqlalchemy import create_engine, engine_from_config, pool, text
config = context.config
if config.config_file_name is not None:
    fileConfig(config.config_file_name)
"""

SYNC = (
    HEAD
    + """\
connectable = engine_from_config(config.get_section(config.config_ini_section) or {}, prefix="sqlalchemy.", poolclass=pool.NullPool)
with connectable.connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
"""
)

PER_MIGRATION = SYNC.replace("target_metadata=None", "transaction_per_migration=True")

ASYNC = (
    HEAD
    + """\
import asyncio
from sqlalchemy.ext.asyncio import create_async_engine

def migrate(connection):
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()

async def main():
    connectable = create_async_engine(config.get_main_option("sqlalchemy.url"), poolclass=pool.NullPool)
    async with connectable.connect() as connection:
        await connection.run_sync(migrate)
    await connectable.dispose()

asyncio.run(main())
"""
)

# The next ones are mistakes, or habits, that exist in the wild.
VARIABLE = SYNC.replace("connectable =", 'config.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"])\nconnectable =')
NEVER_COMMITS = SYNC.replace("    context.configure", '    connection.execute(text("SELECT 1"))\n    context.configure', 1)


class Project:
    """A folder with a project in it."""

    def __init__(self, folder, env=SYNC, ini=True, url="driver://user:pass@localhost/dbname", more="", location="migrations"):
        self.folder = Path(folder)
        self.location = self.folder / location
        (self.location / "versions").mkdir(parents=True)
        if ini:
            (self.folder / "alembic.ini").write_text(INI % {"location": location, "url": url, "more": more})
        self.env(env)
        self._last = None

    def env(self, text):
        (self.location / "env.py").write_text(text)
        return self

    def revision(self, name, body="pass", parent=..., message=None, downgrade="pass", folder="versions", **values):
        """Adds a revision after the last one, or after ``parent``; ``values`` are more variables of the file."""
        parent = self._last if parent is ... else parent
        self._last = name
        lines = [repr(message or "revision " + name), "from alembic import op", "import sqlalchemy as sa"]
        lines += ["revision = %r" % name, "down_revision = %r" % (parent,)]
        for key in ("branch_labels", "depends_on"):
            lines.append("%s = %r" % (key, values.get(key)))
        lines += ["", "def upgrade():", textwrap.indent(textwrap.dedent(body), "    ")]
        if downgrade is not None:
            lines += ["", "def downgrade():", textwrap.indent(textwrap.dedent(downgrade), "    ")]
        path = self.location / folder / ("%s_.py" % name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")
        return self

    def tables(self, count, first=1):
        """Revisions 0001, 0002, ..., each of which creates a table t1, t2, ..."""
        for number in range(first, first + count):
            self.revision("%04d" % number, 'op.create_table("t%d", sa.Column("id", sa.Integer, primary_key=True))' % number)
        return self

# SPDX-License-Identifier: Apache-2.0
"""Alembic's configuration, built by Alembic's own command line, so that files are found and read as the user knows it."""

import os
import re
import sys

from .errors import Refusal
from .text import quoted

OLDEST = (1, 4)
_LOOPING = ((1, 6, 0), (1, 6, 1), (1, 6, 2))


def versions():
    """Python's, Alembic's and SQLAlchemy's version as strings. Raises :class:`Refusal` when one is missing or too old."""
    try:
        import alembic
        import sqlalchemy
    except ImportError as error:
        raise Refusal(
            "ImportFailed",
            "the interpreter %s has no module %s; set alembic.python to the interpreter of the image that has it"
            % (quoted(sys.executable), quoted(error.name or error)),
        ) from None
    version = alembic.__version__
    number = tuple(int(n) for n in re.findall(r"\d+", version)[:3])
    if number < OLDEST or number in _LOOPING:
        raise Refusal("AlembicTooOld", "the image has Alembic %s; update it to 1.7 or newer" % version)
    return {"python": "%d.%d.%d" % sys.version_info[:3], "alembic": version, "sqlalchemy": sqlalchemy.__version__}


def load(options, url):
    """Returns Alembic's ``Config`` for ``-c``, ``-n`` and ``-x``; ``url`` goes into ``sqlalchemy.url`` when asked for.

    Raises :class:`Refusal` (``ConfigNotFound``) when neither an ini file nor ``pyproject.toml`` is there.
    """
    from alembic.config import CommandLine

    class Capture(CommandLine):
        config = None

        def run_cmd(self, config, options):
            self.config = config

    line = Capture()
    line.main(_arguments(options))
    config = line.config
    _require_file(config)
    if url:
        double_percent_signs(url)
        put_url(config, url, options.set_url)
    return config


def put_url(config, url, wanted):
    """Puts the URL into ``sqlalchemy.url``, where that is wanted."""
    if wanted:
        config.set_main_option("sqlalchemy.url", url)


def _arguments(options):
    words = []
    for name in options.config:
        words += ["-c", name]
    if options.section:
        words += ["-n", options.section]
    for value in options.x:
        words += ["-x", value]
    return words + (["current"] if options.action == "status" else ["upgrade", "--", options.target])


def _require_file(config):
    ini = config.config_file_name
    toml = getattr(config, "toml_file_name", None)  # Alembic 1.16 and newer
    if ini and os.path.exists(ini):
        return
    if toml and os.path.exists(toml):
        # The usual env.py passes this name to fileConfig() unless it is None.
        config.config_file_name = None
        return
    names = " or ".join(quoted(n) for n in (ini, toml) if n)
    raise Refusal(
        "ConfigNotFound",
        "there is no %s in %s; set alembic.config and alembic.workingDir to where it is in the image"
        % (names, quoted(os.getcwd())),
    )


def double_percent_signs(url):
    """Lets ``config.set_main_option("sqlalchemy.url", os.environ[...])`` work although the URL has escapes such as ``%40``.

    configparser takes a single percent sign for an interpolation and fails with a message that shows the URL.
    """
    from alembic.config import Config

    original = Config.set_section_option
    escaped = url.replace("%", "%%")

    def set_section_option(config, section, name, value):
        if isinstance(value, str) and escaped not in value:
            value = value.replace(url, escaped)
        return original(config, section, name, value)

    Config.set_section_option = set_section_option

# SPDX-License-Identifier: Apache-2.0
"""The command line, as the operator writes it: an action, then options that always have the form ``--name=value``."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from .errors import Refusal
from .text import listed, quoted

ACTIONS = ("status", "plan", "check", "migrate")
TLS_MODES = ("disable", "prefer", "require", "verify-ca", "verify-full")
REPORT = "/dev/termination-log"
_CHOICES = {"tls_mode": TLS_MODES, "direction": ("downgrade",)}


@dataclass
class Options:
    """What the operator asked for. Times are seconds; ``None`` means no limit or not given."""

    action: str = "status"
    target: str = "head"
    report: str = REPORT
    resource: str = "alembic-operator"
    attempt: str = "0"
    config: List[str] = field(default_factory=list)
    section: Optional[str] = None
    x: List[str] = field(default_factory=list)
    command: List[str] = field(default_factory=list)
    url_env: Optional[str] = None
    set_url: bool = True
    in_pod: bool = False
    driver: Optional[str] = None
    tls_mode: Optional[str] = None
    tls_ca_file: Optional[str] = None
    version_table: Optional[str] = None
    version_table_schema: Optional[str] = None
    lock_timeout: Optional[float] = None
    migration_lock_timeout: Optional[float] = None
    statement_timeout: Optional[float] = None
    run_timeout: Optional[float] = None
    connect_timeout: Optional[float] = None
    grace: float = 25.0
    expect_database: Dict[str, Any] = field(default_factory=dict)
    allow_downgrade: Optional[str] = None
    direction: Optional[str] = None
    baseline: Optional[str] = None
    sql: bool = False


def report_path(argv):
    """Where to write, known even when the rest of the command line is unreadable."""
    paths = [a[len("--report=") :] for a in argv if a.startswith("--report=")]
    return paths[-1] if paths and paths[-1] else REPORT


def parse(argv):
    """Returns :class:`Options`; raises :class:`Refusal` (``InvalidSpec``) naming the option that is at fault."""
    if not argv or argv[0] not in ACTIONS:
        raise Refusal("InvalidSpec", "the action must be one of %s" % listed(ACTIONS))
    options = Options(action=argv[0])
    for argument in argv[1:]:
        name, separator, value = argument.partition("=")
        key = name[2:].replace("-", "_")
        if not separator or not name.startswith("--") or key == "action" or key not in Options.__dataclass_fields__:
            raise Refusal("InvalidSpec", "the runner has no option %s; operator and runner must be of one version" % quoted(name))
        _apply(options, name, key, value)
    if options.command and options.action != "migrate":
        raise Refusal("InvalidSpec", "a command of the user's own can migrate and nothing else, not %s" % quoted(options.action))
    return options


def _apply(options, name, key, value):
    kind = Options.__dataclass_fields__[key].type
    if kind == List[str]:
        getattr(options, key).append(value)
    elif value == "" and key != "target":
        return
    elif kind is bool:
        setattr(options, key, _choice(name, value, ("true", "false")) == "true")
    elif kind in (float, Optional[float]):
        setattr(options, key, _seconds(name, value))
    elif key == "expect_database":
        options.expect_database = _object(name, value)
    elif key in _CHOICES:
        setattr(options, key, _choice(name, value, _CHOICES[key]))
    elif key == "allow_downgrade":
        options.allow_downgrade = _permission(name, value)
    else:
        setattr(options, key, value)


def _choice(name, value, choices):
    if value not in choices:
        raise Refusal("InvalidSpec", "%s must be one of %s, not %s" % (name, listed(choices), quoted(value)))
    return value


def _permission(name, value):
    """A digest, ``true``, or None for ``false``."""
    if value == "false":
        return None
    if value != "true" and not re.match(r"sha256:[0-9a-f]{64}\Z", value):
        raise Refusal("InvalidSpec", "%s must be the digest of a plan, not %s" % (name, quoted(value)))
    return value


def _seconds(name, value):
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise Refusal("InvalidSpec", "%s must be a number of seconds, not %s" % (name, quoted(value)))
    return seconds


def _object(name, value):
    try:
        parsed = json.loads(value)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise Refusal("InvalidSpec", "%s must be a JSON object" % name)
    return {k: v for k, v in parsed.items() if v not in (None, "")}

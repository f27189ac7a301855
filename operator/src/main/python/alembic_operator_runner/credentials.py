# SPDX-License-Identifier: Apache-2.0
"""Connection settings: any spelling in, the one spelling out that this image's driver understands."""

from typing import Dict
from urllib.parse import quote, urlencode

from . import drivers, mysqltls
from .errors import Refusal
from .text import clean, quoted
from .urls import Connection, normalised, parse, port

PREFIX = "ALEMBIC_OPERATOR_"
_PARTS = ("HOST", "PORT", "NAME", "USER", "PASSWORD", "DIALECT")

# What asyncpg and SQLAlchemy's adapter for it take from a URL (asyncpg.connect, the dialect's documentation).
_ASYNCPG = (
    "ssl timeout command_timeout statement_cache_size max_cached_statement_lifetime max_cacheable_statement_size "
    "direct_tls target_session_attrs krbsrvname passfile prepared_statement_cache_size host port async_fallback"
).split()
_MYSQL_TLS = ("ssl_ca", "ssl_mode", "ssl_check_hostname", "ssl_verify_cert", "ssl_verify_identity")
_ASYNCPG_ONLY = set(_ASYNCPG) - {"target_session_attrs", "krbsrvname", "passfile", "host", "port"}


def from_environment(environ):
    """Takes the operator's variables **out of** ``environ``; returns the URL or None, and the separate parts by name.

    Blanks around a URL and line ends around a part are cut: ``echo value | base64`` leaves them.
    """
    url = environ.pop(PREFIX + "URL", None)
    parts = {part: environ.pop(PREFIX + part, None) for part in _PARTS}
    return (None if url is None else url.strip()), {k: None if v is None else v.strip("\r\n") for k, v in parts.items()}


def read(url, parts):
    """The :class:`Connection` of what :func:`from_environment` found, or None when it found nothing.

    Raises :class:`Refusal` (``InvalidConnection``); its text names what is wrong and never a value.
    """
    composed = any(parts[p] is not None for p in ("HOST", "NAME", "USER", "PASSWORD"))
    if url or (url is not None and not composed):
        return parse(url)
    if not composed:
        return None
    values = {k: v or "" for k, v in parts.items()}
    dialect = normalised(values["DIALECT"] or "postgresql")
    if not values["HOST"]:
        raise Refusal("InvalidConnection", "the connection names no host; give database.connection.host or hostFrom")
    host = values["HOST"].strip().strip("[]")
    number = port(values["PORT"].strip()) if values["PORT"].strip() else None
    return Connection(
        dialect=dialect,
        user=values["USER"] or None,
        password=values["PASSWORD"] or None,
        hosts=[(host, number)],
        name=values["NAME"] or None,
    )


class Target:
    """The URL to hand to the project, how it came about, and what must stand in the environment for it."""

    def __init__(self, url, notes, environment):
        self.url = url
        self.notes = notes
        self.environment = environment


def target(connection, wanted_driver=None, tls_mode=None, tls_ca_file=None):
    """Composes the URL for this image. Raises :class:`Refusal` when the driver is missing or cannot do the TLS asked for."""
    name, effective, note = drivers.choose(connection.dialect, wanted_driver, connection.driver)
    notes = [note] if note else []
    environment: Dict[str, str] = {}
    query = _query(connection, effective, tls_mode, tls_ca_file, notes, environment)
    return Target(_render(connection, name, query), notes, environment)


def _query(connection, driver, tls_mode, tls_ca_file, notes, environment):
    style = drivers.parameters(connection.dialect, driver)
    given = [(k, v) for k, v in connection.query if k not in ("ssl", "sslmode", "sslrootcert")]
    values = dict(connection.query)
    mode = tls_mode or values.get("sslmode") or values.get("ssl")
    authority = tls_ca_file or values.get("sslrootcert")
    if tls_ca_file and not tls_mode:
        mode = "verify-full"
    if style == "asyncpg":
        kept = [(k, v) for k, v in given if k in _ASYNCPG]
        tls = [("ssl", mode)] if mode else []
        if authority:
            environment["PGSSLROOTCERT"] = authority  # asyncpg has no parameter for it but reads libpq's variable
    elif style == "libpq":
        kept = [(k, v) for k, v in given if k not in _ASYNCPG_ONLY]
        tls = [(k, v) for k, v in (("sslmode", mode), ("sslrootcert", authority)) if v]
    elif style in ("mysql", "mysqlclient") and mode:
        given = kept = [(k, v) for k, v in given if k not in _MYSQL_TLS]
        tls = mysqltls.parameters(driver, mode.lower(), authority, notes)
    elif tls_mode and tls_mode not in ("disable", "prefer"):
        raise Refusal(
            "TlsFailed", "the runner cannot set up TLS for the driver %s; name another database.driver" % quoted(driver)
        )
    else:
        return list(connection.query)
    dropped = [k for k, _ in given if (k, dict(given)[k]) not in kept]
    if dropped:
        notes.append("parameters of the URL that %s does not know were left out: %s" % (driver, clean(", ".join(dropped), 200)))
    return kept + tls


def _render(connection, driver, query):
    scheme = connection.dialect + ("+" + driver if driver else "")
    userinfo = authority = ""
    if connection.user is not None:
        userinfo = quote(connection.user, safe="")
        if connection.password is not None:
            userinfo += ":" + quote(connection.password, safe="")
        userinfo += "@"
    if len(connection.hosts) > 1:  # SQLAlchemy takes several hosts only as parameters
        query = query + [("host", "%s:%d" % (host, number or 5432)) for host, number in connection.hosts]
    elif connection.host and connection.host.startswith("/"):  # and a socket's folder too
        query = query + [("host", connection.host)] + [("port", str(n)) for _, n in connection.hosts if n]
    else:
        authority = "".join(_authority(host, number) for host, number in connection.hosts)
    encoded = "?" + urlencode(query, quote_via=quote) if query else ""
    return "%s://%s%s/%s%s" % (scheme, userinfo, authority, connection.name or "", encoded)


def _authority(host, number):
    return ("[%s]" if ":" in host else "%s") % host + (":%d" % number if number else "")

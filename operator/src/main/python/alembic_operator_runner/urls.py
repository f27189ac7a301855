# SPDX-License-Identifier: Apache-2.0
"""Reads a connection URL in any usual spelling.

The operator reads the same text by the same rules (``ConnectionUrls`` in Java): both must mean the same database, and the
tests of both go through one file of cases, ``connection-urls.json``. Python's and SQLAlchemy's own parsers are not used:
they stumble over raw passwords, and show the text in their errors.
"""

import re
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple
from urllib.parse import unquote_to_bytes

from .errors import Refusal

_DIALECTS = {
    "postgres": "postgresql",
    "pgsql": "postgresql",
    "psql": "postgresql",
    "mysql2": "mysql",
    "sqlite3": "sqlite",
}
_SECRET_PARAMETERS = ("password", "passwd", "sslpassword", "passfile")
_OTHER_SERVICES = "http https ftp file ldap ldaps redis rediss amqp amqps mongodb kafka s3".split()
_TLS_MODES = ("", "false", "0", "disable", "allow", "prefer", "require", "verify-ca", "verify-full", "true", "1")

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9_]*)(?:\+([A-Za-z0-9_]+))?://")
_JDBC = re.compile(r"(?i)jdbc:(postgresql|mysql|mariadb|sqlite):(//)?")
_QUERY = re.compile(r"\?[A-Za-z_][A-Za-z0-9_.]*=[^&]*(?:&[A-Za-z_][A-Za-z0-9_.]*=[^&]*)*\Z")
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9._,-]+(?::[0-9]{1,5})?/[^/@:]*\Z")
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_HOST = re.compile(r"[A-Za-z0-9._:%-]*\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

Host = Tuple[str, Optional[int]]


@dataclass
class Connection:
    """One database address in parts, nothing escaped."""

    dialect: str
    driver: Optional[str] = None
    user: Optional[str] = None
    password: Optional[str] = None
    hosts: List[Host] = field(default_factory=list)
    name: Optional[str] = None
    query: List[Tuple[str, str]] = field(default_factory=list)

    @property
    def host(self):
        """The host, for comparisons; several are joined by commas; None for a default or a file."""
        return ",".join(h for h, _ in self.hosts) or None

    @property
    def secrets(self):
        """The values that must never be shown."""
        return [self.password] + [v for k, v in self.query if k.lower() in _SECRET_PARAMETERS]


def parse(url):
    """The :class:`Connection` of a URL, in any spelling and with a raw or escaped password.

    Raises :class:`Refusal` (``InvalidConnection``); its text names what is wrong and never a value.
    """
    text = _unwrapped(url)
    jdbc = _JDBC.match(text)
    if jdbc:
        dialect, rest = jdbc.group(1).lower(), text[jdbc.end() :]
        if dialect == "sqlite":
            return _file(dialect, None, "/" + ("//" if jdbc.group(2) else "") + rest)
        # jdbc:postgresql:orders is the database of that name on this machine (pgjdbc, "Connecting to the Database").
        return _jdbc(_server(dialect, None, rest if jdbc.group(2) else "localhost/" + rest, jdbc=True))
    scheme = _SCHEME.match(text)
    if not scheme:
        raise _unreadable('the connection URL begins with no scheme such as "postgresql://"; correct the value in the Secret')
    dialect, driver, rest = normalised(scheme.group(1)), scheme.group(2), text[scheme.end() :]
    if dialect in _OTHER_SERVICES:
        raise _unreadable("the connection URL is that of another kind of service; a database's begins like postgresql://")
    driver = driver.lower() if driver else None
    return _file(dialect, driver, rest) if dialect == "sqlite" else _server(dialect, driver, rest)


def normalised(dialect):
    """SQLAlchemy's name for a dialect that people also spell ``postgres``, ``sqlite3``."""
    return _DIALECTS.get(dialect.lower(), dialect.lower())


def port(text):
    """The number of a port."""
    if not re.match(r"[0-9]{1,5}\Z", text) or not 0 < int(text) < 65536:
        raise _unreadable("the connection's port is not a number from 1 to 65535; correct it in the Secret")
    return int(text)


def _unreadable(message):
    return Refusal("InvalidConnection", message)


def _unwrapped(url):
    """Without the blanks, quotes and byte order mark that editors, ``echo`` and env files leave."""
    text = url.replace("\ufeff", "").strip()
    if len(text) > 1 and text[0] in "\"'`" and text[-1] == text[0]:
        text = text[1:-1].replace("\ufeff", "").strip()
    if not text:
        raise _unreadable("the connection URL is empty; put the database's URL into the Secret's key")
    if _CONTROL.search(text):
        raise _unreadable("the connection URL has a line break or another control character in it; write it as one line")
    return text


def _file(dialect, driver, rest):
    path, _, query = rest.partition("?")
    if path and not path.startswith("/"):
        raise _unreadable("a SQLite URL has three slashes before a relative path and four before an absolute one")
    return Connection(dialect=dialect, driver=driver, name=_decoded(path[1:]) or None, query=_pairs(_query(query)))


def _server(dialect, driver, rest, jdbc=False):
    at = _end_of_credentials(rest, jdbc)
    connection = Connection(dialect=dialect, driver=driver)
    if at >= 0:
        user, colon, password = rest[:at].partition(":")
        connection.user = _decoded(user) or None
        connection.password = _decoded(password) if colon else None
    tail, _, text = rest[at + 1 :].partition("?")
    authority, _, name = tail.partition("/")
    connection.name = _decoded(name) or None
    connection.hosts = [_host(h) for h in authority.split(",")]
    query = _query(text)
    if dialect == "postgresql":
        # As with libpq, these go before what stands elsewhere.
        connection.hosts = _overridden(connection.hosts, query.pop("host", None), query.pop("port", None))
        connection.name = query.pop("dbname", [connection.name])[-1]
    if jdbc or dialect == "postgresql":
        connection.user = query.pop("user", [connection.user])[-1]
        connection.password = query.pop("password", [connection.password])[-1]
    connection.hosts = _checked(connection.hosts)
    connection.query = _pairs(query)
    values = dict(connection.query)
    if dialect == "postgresql" and values.get("sslmode", values.get("ssl", "")).lower() not in _TLS_MODES:
        raise _unreadable("the connection URL's sslmode is none of disable, prefer, require, verify-ca, verify-full")
    return connection


def _jdbc(connection):
    """Takes over what a JDBC URL says in its own words."""
    values = dict(connection.query)
    if "currentSchema" in values:
        raise _unreadable("the JDBC URL sets currentSchema, which only JDBC understands; set the role's search_path instead")
    kept = [(k, v) for k, v in connection.query if k in ("sslmode", "sslrootcert")]
    if "sslmode" not in values and values.get("ssl", "false").lower() in ("true", ""):
        kept.append(("sslmode", "require"))
    connection.query = kept
    return connection


def _end_of_credentials(rest, jdbc):
    """Where the ``@`` before the host stands; -1 without credentials. An ``@`` of the query is not meant."""
    if jdbc:
        return rest.partition("?")[0].rfind("@")
    plain = False
    question = rest.find("?")
    while question >= 0:
        if _QUERY.match(rest, question):
            at = rest.rfind("@", 0, question)
            if at >= 0:
                return at
            plain = plain or bool(_PLAIN_ADDRESS.match(rest[:question]))
        question = rest.find("?", question + 1)
    return -1 if plain else rest.rfind("@")


def _query(text) -> Dict[str, List[str]]:
    """Decoded pairs; those without a value are dropped, as SQLAlchemy drops them."""
    query: Dict[str, List[str]] = {}
    for pair in text.split("&"):
        key, _, value = pair.partition("=")
        if key and value:
            query.setdefault(_decoded(key.replace("+", " ")), []).append(_decoded(value.replace("+", " ")))
    return query


def _pairs(query):
    return [(key, values[-1]) for key, values in query.items()]


def _decoded(text):
    """Percent-decoded; what is no escape, or no UTF-8, is text as it stands."""
    return _ESCAPES.sub(_run, text)


def _run(escapes):
    try:
        return unquote_to_bytes(escapes.group()).decode("utf-8")
    except UnicodeDecodeError:
        return escapes.group()


def _host(text) -> Host:
    bracketed = re.match(r"\[([^\]]*:[^\]]*)\](?::(.*))?\Z", text)
    if bracketed:
        return _decoded(bracketed.group(1)), port(bracketed.group(2)) if bracketed.group(2) else None
    if "[" in text or text.count(":") > 1:
        raise _no_host()
    name, _, number = text.partition(":")
    return _decoded(name), port(number) if number else None


def _overridden(hosts, names, ports):
    if names:
        listed = ",".join(names).split(",")
        hosts = [(name, None) if name.startswith("/") else _host(name) for name in listed]
    if ports:
        numbers = ",".join(ports).split(",")
        # One port serves every host (libpq, "Specifying Multiple Hosts").
        hosts = [
            (host, port(n) if n else None) for (host, _), n in zip(hosts, numbers + [numbers[-1]] * (len(hosts) - len(numbers)))
        ]
    return hosts


def _checked(hosts):
    if any(not host.startswith("/") and not _HOST.match(host) for host, _ in hosts):
        raise _no_host()
    return [] if hosts == [("", None)] else hosts


def _no_host():
    return _unreadable("the connection URL has an unreadable host or port; percent-encode a password's special characters")

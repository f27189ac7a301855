# SPDX-License-Identifier: Apache-2.0
"""Which database this is, proved before anything is done to it."""

from .errors import Refusal
from .text import quoted

_POSTGRESQL = """
SELECT current_database(), session_user, current_setting('server_version'), pg_is_in_recovery(), pg_backend_pid(),
       (SELECT oid FROM pg_database WHERE datname = current_database()),
       has_function_privilege('pg_control_system()', 'EXECUTE'),
       current_setting('lock_timeout'), current_setting('application_name'), current_schema(),
       (SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl)
"""


class Facts:
    """What a session says about its server; ``None`` where the database has no such thing."""

    def __init__(self, dialect):
        self.dialect = dialect
        self.host = None
        self.port = None
        self.name = None
        self.user = None
        self.server_version = None
        self.standby = False
        self.process = None
        self.oid = None
        self.system = None
        self.application_name = None
        self.schema = None
        self.tls = None

    @property
    def identity(self):
        """``<system identifier>/<database oid>``, or None where it cannot be read."""
        return "%s/%s" % (self.system, self.oid) if self.system and self.oid else None


def read(session, engine):
    """The :class:`Facts` of a session. One query, two on PostgreSQL where the system identifier may be read."""
    facts = Facts(engine.dialect.name)
    facts.host, facts.port, facts.user, facts.name = engine.url.host, engine.url.port, engine.url.username, engine.url.database
    if session.dialect == "postgresql":
        row = session.row(_POSTGRESQL)
        facts.name, facts.user, facts.server_version, facts.standby, facts.process, facts.oid = row[:6]
        readable, facts.application_name, facts.schema, facts.tls = row[6], row[8], row[9], row[10]
        if readable:
            facts.system = session.row("SELECT system_identifier::text FROM pg_control_system()")[0]
        facts.server_version = facts.server_version.split()[0]
    elif session.dialect == "mysql":
        facts.name, facts.server_version, facts.process, read_only = session.row(
            "SELECT DATABASE(), VERSION(), CONNECTION_ID(), @@global.read_only"
        )
        # A replica is set to it; those who may write there all the same must not migrate it.
        facts.standby = str(read_only).upper() not in ("0", "OFF", "NO_LOCK")
        cipher = session.rows("SHOW SESSION STATUS LIKE 'Ssl_version'")
        facts.tls = (cipher and cipher[0][1]) or None
    elif session.dialect == "sqlite":
        facts.server_version = session.row("SELECT sqlite_version()")[0]
        facts.name = session.row("SELECT file FROM pragma_database_list WHERE name = 'main'")[0] or facts.name
    return facts


def check(facts, expected, injected):
    """Raises :class:`Refusal` (``WrongDatabase``) unless this is the database that is meant.

    ``expected`` is the operator's JSON. An identity decides alone where this session can read it. Where it cannot, the oid in
    it counts, and dialect, host and name: those of the JSON, else those of the URL that the runner gave to the project
    (``injected``, a :class:`credentials.Connection` or None).
    """
    expected = dict(expected)
    identity = expected.pop("identity", None)
    if identity and facts.identity:
        if identity != facts.identity:
            raise _wrong(facts, "another server or database than the operator sees (%s, not %s)" % (facts.identity, identity))
        return
    if identity and facts.oid and identity.rpartition("/")[2] != str(facts.oid):
        raise _wrong(facts, "another database than the operator sees (its number is %s, not %s)" % (facts.oid, identity))
    if not expected and injected is not None:
        expected = {"dialect": injected.dialect, "host": injected.host, "name": injected.name}
    found = {"dialect": facts.dialect, "host": facts.host, "name": facts.name}
    for key, value in expected.items():
        if key in found and value and not _same(key, value, found[key]):
            raise _wrong(facts, "the %s should be %s" % (key, quoted(value)))


def _same(key, wanted, found):
    if key == "dialect":
        return {"mariadb": "mysql"}.get(wanted, wanted) == {"mariadb": "mysql"}.get(found, found)
    if key == "host":
        # A URL of several hosts, or a creator function of the project, leaves no host to compare.
        return found is None or str(wanted).lower() == str(found).lower()
    return str(wanted) == str(found) or str(found).endswith("/" + str(wanted).lstrip("./"))


def _wrong(facts, difference):
    place = "/".join(str(p) for p in (facts.host, facts.name) if p)
    return Refusal(
        "WrongDatabase",
        "env.py is connected to %s %s: %s; let env.py take its URL from the variable in database.urlEnv or from sqlalchemy.url"
        % (facts.dialect, quoted(place), difference),
    )

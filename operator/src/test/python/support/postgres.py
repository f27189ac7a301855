# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL for the tests: the one that TEST_POSTGRES_URL names, else one of our own."""

import contextlib
import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from urllib.parse import urlsplit

import psycopg2

CHECKED = "password_checked"
"""Members of this role must give their password, whatever else the server trusts."""


class Server:
    """A temporary server on 127.0.0.1; it runs as "postgres" where we are root, since it refuses to run as root."""

    def __init__(self):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres")) or [shutil.which("postgres")]
        if not found[-1]:
            raise RuntimeError("no PostgreSQL: install the package postgresql, or set TEST_POSTGRES_URL to a superuser's URL")
        self._bin = os.path.dirname(found[-1])
        self._folder = tempfile.mkdtemp(prefix="runner-postgres-")
        self._user = {"user": "postgres"} if os.geteuid() == 0 else {}
        if self._user:
            os.chown(self._folder, pwd.getpwnam("postgres").pw_uid, -1)
        with contextlib.closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = "postgresql://postgres@127.0.0.1:%d/postgres" % self.port

    def start(self):
        data = os.path.join(self._folder, "data")
        self._call("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        settings = "-p %d -k %s -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=60" % (self.port, self._folder)
        self._call("pg_ctl", "-D", data, "-w", "-t", "60", "-l", os.path.join(self._folder, "log"), "-o", settings, "start")

    def stop(self):
        self._call("pg_ctl", "-D", os.path.join(self._folder, "data"), "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _call(self, program, *arguments):
        done = subprocess.run(
            [os.path.join(self._bin, program), *arguments],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            **self._user,
        )
        if done.returncode:
            raise RuntimeError("%s failed: %s" % (program, done.stderr))


def connect(url):
    """A connection that commits by itself."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    return connection


def require_passwords(url):
    """Makes the server ask members of CHECKED for their password, also one that trusts everybody else."""
    with contextlib.closing(connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [CHECKED])
        if not cursor.fetchone():
            cursor.execute("CREATE ROLE " + CHECKED)
        cursor.execute("SHOW hba_file")
        path = cursor.fetchone()[0]
        rule = "host all +%s all scram-sha-256\n" % CHECKED
        with open(path, "r+", encoding="utf-8") as file:
            rules = file.read()
            if rule not in rules:
                file.seek(0)
                file.write(rule + rules)
        cursor.execute("SET password_encryption = 'scram-sha-256'")
        cursor.execute("SELECT pg_reload_conf()")


class Database:
    """One empty database of its own for a test, owned by the role "app"."""

    def __init__(self, server_url, name):
        parts = urlsplit(server_url)
        self.host, self.port, self.name = parts.hostname, parts.port, name
        self.superuser_url = "postgresql://%s@%s:%d/%s" % (parts.netloc.rpartition("@")[0], self.host, self.port, name)
        self.url = "postgresql://app:app-password-%s@%s:%d/%s" % (name, self.host, self.port, name)
        self._server_url = server_url

    def create(self):
        with contextlib.closing(connect(self._server_url)) as connection, connection.cursor() as cursor:
            cursor.execute(
                "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'app') THEN CREATE ROLE app LOGIN; END IF;"
                " EXCEPTION WHEN unique_violation OR duplicate_object THEN NULL; END $$"
            )
            cursor.execute('CREATE DATABASE "%s" OWNER app' % self.name)

    def drop(self):
        with contextlib.closing(connect(self._server_url)) as connection, connection.cursor() as cursor:
            cursor.execute('DROP DATABASE IF EXISTS "%s" WITH (FORCE)' % self.name)

    def role(self, name, password=None, options="LOGIN"):
        """Creates a role for this test; with a password the server asks for it."""
        with contextlib.closing(connect(self.superuser_url)) as connection, connection.cursor() as cursor:
            cursor.execute('DROP ROLE IF EXISTS "%s"' % name)
            cursor.execute('CREATE ROLE "%s" %s PASSWORD %%s' % (name, options), [password])
            if password:
                cursor.execute('GRANT %s TO "%s"' % (CHECKED, name))

    def rows(self, statement, *values):
        """All rows of a statement, as the superuser."""
        with contextlib.closing(connect(self.superuser_url)) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def value(self, statement, *values):
        return self.rows(statement, *values)[0][0]

    def versions(self, table="alembic_version"):
        """The rows of the version table, sorted; None when there is no such table."""
        if not self.value("SELECT to_regclass(%s)::text", table):
            return None
        return sorted(row[0] for row in self.rows("SELECT version_num FROM " + table))

    def tables(self):
        return sorted(r[0] for r in self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))

    @property
    def identity(self):
        return self.value(
            "SELECT system_identifier::text || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())"
            " FROM pg_control_system()"
        )

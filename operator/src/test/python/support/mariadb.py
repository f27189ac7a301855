# SPDX-License-Identifier: Apache-2.0
"""A MariaDB for the tests: always one of their own, in a folder and on a port of its own."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time

import pymysql

from support.runs import REPOSITORY

PASSWORD = "app-password"


class Server:
    """A temporary server on 127.0.0.1, which also speaks TLS, with a certificate for that address from an authority
    of its own. The certificate is not good for 127.0.0.2, where the server is as well."""

    def __init__(self):
        found = subprocess.run([str(REPOSITORY / "config/dev/mariadb")], stdout=subprocess.PIPE, check=True, text=True)
        self._program = os.path.join(found.stdout.strip(), "mariadbd")
        self._folder = tempfile.mkdtemp(prefix="runner-mariadb-")
        self._socket = os.path.join(self._folder, "socket")
        self._process = None
        with contextlib.closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.authority = os.path.join(self._folder, "authority.pem")

    def start(self):
        data = os.path.join(self._folder, "data")
        own = ["--no-defaults", "--datadir=" + data] + (["--user=root"] if os.geteuid() == 0 else [])
        _call("mariadb-install-db", *own, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")
        self._certificates()
        self._process = subprocess.Popen(
            [
                self._program,
                *own,
                "--socket=" + self._socket,
                "--port=%d" % self.port,
                "--bind-address=127.0.0.1,127.0.0.2",
                "--ssl-cert=" + os.path.join(self._folder, "server.pem"),
                "--ssl-key=" + os.path.join(self._folder, "server.key"),
                "--innodb-flush-log-at-trx-commit=0",
                "--innodb-buffer-pool-size=32M",
                "--log-error=" + os.path.join(self._folder, "log"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 60
        while True:
            try:
                self.connect().close()
                return
            except pymysql.err.OperationalError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError("MariaDB did not start: " + open(os.path.join(self._folder, "log")).read()) from None
                time.sleep(0.1)

    def stop(self):
        if self._process:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def connect(self, **options):
        """A connection of the superuser that commits by itself."""
        return pymysql.connect(unix_socket=self._socket, user="root", autocommit=True, **options)

    def _certificates(self):
        key, request, server = (os.path.join(self._folder, name) for name in ("authority.key", "server.csr", "server.pem"))
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        _call(
            "openssl", "req", "-x509", *curve, "-keyout", key, "-out", self.authority, "-subj", "/CN=test authority", "-days", "2"
        )
        _call("openssl", "req", *curve, "-keyout", server[:-4] + ".key", "-out", request, "-subj", "/CN=database")
        extensions = os.path.join(self._folder, "extensions")
        with open(extensions, "w", encoding="ascii") as file:
            file.write("subjectAltName=IP:127.0.0.1\n")
        signing = ["-CA", self.authority, "-CAkey", key, "-CAcreateserial", "-days", "2", "-extfile", extensions]
        _call("openssl", "x509", "-req", "-in", request, "-out", server, *signing)


def _call(program, *arguments):
    done = subprocess.run(
        [program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise RuntimeError("%s failed: %s" % (program, done.stdout))


class Database:
    """One empty database of its own for a test; the user of the same name may do everything in it and nothing outside."""

    def __init__(self, server, name):
        self._server = server
        self.host, self.port, self.name = "127.0.0.1", server.port, name
        self.url = "mysql://%s:%s@127.0.0.1:%d/%s" % (name, PASSWORD, server.port, name)

    def create(self):
        self._run("CREATE DATABASE `%s` CHARACTER SET utf8mb4" % self.name)
        self.user(self.name)
        self._run("GRANT ALL ON `%s`.* TO `%s`" % (self.name, self.name))

    def drop(self):
        for session, _ in self.sessions():
            self.end(session)
        self._run("DROP USER IF EXISTS `%s`" % self.name)
        self._run("DROP DATABASE IF EXISTS `%s`" % self.name)

    def user(self, name, more=""):
        """Creates a user with no rights but to log in."""
        self._run("CREATE OR REPLACE USER `%s` IDENTIFIED BY '%s' %s" % (name, PASSWORD, more))

    def _run(self, statement):
        with contextlib.closing(self._server.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def connect(self):
        """A superuser's connection to this database."""
        return self._server.connect(database=self.name)

    def rows(self, statement):
        """All rows of a statement, as the superuser."""
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def end(self, session):
        """Ends a session, which may have ended by itself."""
        with contextlib.suppress(pymysql.err.OperationalError):
            self.rows("KILL %d" % session)

    def tables(self):
        return sorted(row[0] for row in self.rows("SHOW TABLES"))

    def versions(self):
        return sorted(row[0] for row in self.rows("SELECT version_num FROM alembic_version"))

    def sessions(self, words=""):
        """The user's sessions as ``(id, statement)``, of those that run a statement with these words."""
        query = "SELECT id, info FROM information_schema.processlist WHERE user = '%s'" % self.name
        return [row for row in self.rows(query) if not words or words in (row[1] or "")]

# SPDX-License-Identifier: Apache-2.0
"""Fixtures: one PostgreSQL for the whole session, a MariaDB where one is needed, one database, project and runner for each test."""

import os
import uuid

import pytest

from support import mariadb, postgres
from support.projects import Project
from support.runs import Runner, build_archive

_own = []


def pytest_configure(config):
    if hasattr(config, "workerinput"):  # a worker of pytest-xdist: its controller has done this
        return
    if not os.environ.get("TEST_POSTGRES_URL"):
        server = postgres.Server()
        server.start()
        _own.append(server)
        os.environ["TEST_POSTGRES_URL"] = server.url
    postgres.require_passwords(os.environ["TEST_POSTGRES_URL"])


def pytest_unconfigure(config):
    while _own:
        _own.pop().stop()


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    return build_archive(tmp_path_factory.mktemp("archive") / "runner.pyz")


@pytest.fixture
def runner(archive, tmp_path):
    folder = tmp_path / "reports"
    folder.mkdir()
    started = Runner(archive, folder)
    yield started
    started.stop()


@pytest.fixture
def database():
    made = postgres.Database(os.environ["TEST_POSTGRES_URL"], "t_" + uuid.uuid4().hex[:12])
    made.create()
    yield made
    made.drop()


@pytest.fixture
def project(tmp_path):
    """A project with the usual synchronous env.py and no revisions yet."""
    return Project(tmp_path / "app")


@pytest.fixture(scope="session")
def mariadb_server():
    """Started by the first test that needs it; each of several test processes has its own."""
    server = mariadb.Server()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def maria(mariadb_server):
    """A database of MariaDB."""
    made = mariadb.Database(mariadb_server, "t_" + uuid.uuid4().hex[:12])
    made.create()
    yield made
    made.drop()

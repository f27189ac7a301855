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


def pytest_collection_modifyitems(config, items):
    """RUNNER_TESTS=quick: of the same test with several versions or drivers only the newest version, with its first driver."""
    if os.environ.get("RUNNER_TESTS", "all") == "all":
        return
    newest = {}
    for item in items:
        newest.setdefault(_group(item), _versions(item))
        newest[_group(item)] = max(newest[_group(item)], _versions(item), key=_age)
    left = [item for item in items if _versions(item) != newest[_group(item)]]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


def _versions(item):
    """The environment, or the environment and the driver, that this variant of a test stands for; None where there is no choice."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return params.get("venv") or params.get("pair")


def _group(item):
    """What is the same in all variants: the test, and whatever else it is parametrized by."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return item.function, str(sorted((name, repr(value)) for name, value in params.items() if name not in ("venv", "pair")))


def _age(versions):
    """Orders by the environment alone, so that the first of several drivers is kept."""
    return str(versions[0] if isinstance(versions, tuple) else versions)


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

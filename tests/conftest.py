# SPDX-License-Identifier: Apache-2.0
"""Both databases for every test that asks for `store`: each test has its own, migrated and empty; or with a history."""

import asyncio
import copy
import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, settings

from config.garbage import settle_garbage
from crm_core.storage.open_store import migrate, open_store
from tests.support.history import fill
from tests.support.postgresql import Cluster, NotInstalledError

pytest_plugins = ["tests.support.stalls"]

# How long an example takes says how busy the machine is; speed is for `rolodial bench` to measure.
settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any_machine")


def pytest_collection_finish():
    """Python must not look for garbage among all that is loaded while a phone or a stub of ours is to answer: 0.4 s."""
    settle_garbage()


def _aside(work):
    """In a thread: a fixture that is not async must leave the loop of the test alone."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "template.db"
    _aside(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgresql():
    try:
        cluster = Cluster()
    except NotInstalledError as error:
        # A machine that runs all tests has it; a skip there would hide half of them.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def postgresql_template(postgresql):
    name = postgresql.new()
    _aside(migrate(postgresql.url(name)))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request, tmp_path):
    """A database of its own, without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'rolodial.db'}"
    cluster = request.getfixturevalue("postgresql")
    return cluster.url(cluster.new())


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """A database of its own, migrated and empty."""
    if request.param == "sqlite":
        path = tmp_path / "rolodial.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    cluster, template = (request.getfixturevalue(name) for name in ("postgresql", "postgresql_template"))
    name = cluster.lend(template)
    yield cluster.url(name)
    _aside(cluster.take_back(name))


@pytest.fixture
async def store(database_url):
    opened = await open_store(database_url)
    yield opened
    await opened.close()


async def _filled(url):
    """The tests' history, in the database at `url`; what it says does not hold the store."""
    opened = await open_store(url)
    try:
        history = await fill(opened)
    finally:
        await opened.close()
    history.store = None
    return history


@pytest.fixture(scope="session")
def sqlite_with_history(sqlite_template, tmp_path_factory):
    path = tmp_path_factory.mktemp("history") / "history.db"
    shutil.copyfile(sqlite_template, path)
    return path, _aside(_filled(f"sqlite:///{path}"))


@pytest.fixture(scope="session")
def postgresql_with_history(postgresql, postgresql_template):
    name = postgresql.new(postgresql_template)
    return name, _aside(_filled(postgresql.url(name)))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_with_history(request, tmp_path):
    """The URL of a database of its own, and the history in it: made once, copied for each test."""
    template, history = request.getfixturevalue(f"{request.param}_with_history")
    if request.param == "sqlite":
        path = tmp_path / "history.db"
        shutil.copyfile(template, path)
        yield f"sqlite:///{path}", copy.deepcopy(history)
        return
    cluster = request.getfixturevalue("postgresql")
    name = cluster.new(template)
    yield cluster.url(name), copy.deepcopy(history)
    cluster.drop(name)


@pytest.fixture
async def history(database_with_history):
    """The demo's clients and what happened with them, in an open store of its own."""
    url, told = database_with_history
    told.store = await open_store(url)
    yield told
    await told.store.close()

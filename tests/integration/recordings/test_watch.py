# SPDX-License-Identifier: Apache-2.0
"""Little space is told before there is none: in the log, on the health page, to administrators once a day."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from config.watch import Watch
from crm_core.domain.mail import MailServer
from crm_core.domain.outbox import OutKind, OutState
from crm_core.domain.people import Role
from recordings.volumes import Volumes
from tests.support.calls import T0, a_world
from web.health import Level

GIB = 1 << 30


@pytest.fixture
async def world(store):
    made = await a_world(store)
    async with store.begin() as tx:
        await tx.mail.save_server(MailServer(host="smtp.example", from_address="crm@example.com"))
        await tx.people.save_user(replace(made.sofia, role=Role.ADMIN, email="sofia@example.com"))
    return made


async def letters(store):
    async with store.read() as tx:
        return await tx.outbox.page(OutState.WAITING, OutKind.MAIL, None, 10)


async def test_little_space_is_told_once_a_day_while_it_lasts(world):
    free, now = {"a": 10 * GIB}, [T0]
    volumes = Volumes({"main": Path("a")}, 2048, lambda path: (100 * GIB, 0, free[str(path)]))
    watch = Watch(world.store, volumes, lambda: now[0])
    await watch.look()
    assert [one.level for one in watch.readings()] == [Level.GOOD]
    free["a"] = GIB
    await watch.look()
    await watch.look()
    assert [one.level for one in watch.readings()] == [Level.BAD]
    (letter,) = await letters(world.store)
    assert letter.payload["values"] == {"volume": "main", "path": "a", "free": GIB, "least": 2 * GIB}
    now[0] += timedelta(days=1)
    await watch.look()
    assert len(await letters(world.store)) == 2


async def test_a_disk_that_is_gone_is_said(monkeypatch):
    monkeypatch.setattr("recordings.volumes._HUNG_S", 30)

    def usage(_path):
        raise FileNotFoundError(2, "No such file or directory")

    (gone,) = await Volumes({"gone": Path("gone")}, 0, usage).look()
    assert (gone.error, gone.is_low) == ("No such file or directory", False)


async def test_a_disk_that_hangs_is_said_and_asked_once(monkeypatch):
    monkeypatch.setattr("recordings.volumes._HUNG_S", 0.05)
    answers, asked = threading.Event(), []

    def usage(path):
        asked.append(path)
        answers.wait(30)
        return (10, 0, 5)

    volumes = Volumes({"hung": Path("hung")}, 0, usage)
    for _ in range(3):
        (hung,) = await volumes.look()
        assert (hung.free, hung.error) == (None, "it does not answer")
    monkeypatch.setattr("recordings.volumes._HUNG_S", 30)
    answers.set()
    (hung,) = await volumes.look()
    assert (hung.free, hung.error) == (5, "")
    assert len(asked) == 1

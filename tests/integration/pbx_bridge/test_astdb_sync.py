# SPDX-License-Identifier: Apache-2.0
"""Fallback routes in the PBX's own database: what is written, when, and what is left alone."""

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from crm_core.domain.routing.offline import OfflineRoutes
from pbx_bridge import astdb_sync
from pbx_bridge.agi_settings import FastAgiSettings
from pbx_bridge.astdb_sync import AstDbSync
from pbx_bridge.fastagi import FastAgiServer
from tests.support.agi_channel import AgiChannel, a_header
from tests.support.routing import (
    ANNA,
    BORIS,
    IVAN,
    MARIA,
    NOW,
    OLGA,
    PHONES,
    a_desk,
    an_operator,
    rules_of,
    seed_rules,
)
from tests.support.until import until

PATIENT = FastAgiSettings(port=0, header_s=30.0, reply_s=30.0)  # even with a machine that stands still
QUEUE = {"to": "queue", "queue": "complaints", "seconds": 60}
REST = {"id": "rest", "step": [{"to": "queue", "queue": "default", "seconds": 60}]}


class Lab:
    """A PBX with an AstDB, and our side of it."""

    def __init__(self, desk) -> None:
        self.desk = desk
        self.database = {}
        self.commands = []
        self.make()

    def make(self):
        """As after a restart of ours."""
        self.sync = AstDbSync("main", self.desk, lambda: NOW, self.fetch)

    async def fetch(self, refuses=None):
        server = FastAgiServer(PATIENT, {"sync": self.sync})
        await server.start()
        try:
            channel = AgiChannel(server.port)
            channel.database = self.database

            def reply(command):
                return "200 result=0\n" if refuses and refuses in command else channel.reply(command)

            await channel.run(a_header("main", agi_network_script="sync"), replies=reply)
            self.commands = channel.commands
        finally:
            await server.stop()

    async def changed(self, *numbers):
        self.sync.changed(numbers or None)
        await self.sync.compute()
        await self.fetch()

    def route(self, contact):
        """As the dialplan looks it up."""
        live = self.database.get("rolodial/live")
        name = self.database.get(f"rolodial/{live}/{PHONES[contact]}")
        return self.database[f"rolodial/{live}/list/{name}"] if name else None

    def writes(self):
        return [command for command in self.commands if not command.startswith("DATABASE GET")]


@pytest.fixture
async def lab():
    made = Lab(a_desk())
    await made.changed()
    return made


async def test_only_numbers_that_differ_from_the_default_are_there(lab):
    assert (
        lab.route(OLGA)
        == "dial^15^101:PJSIP/101|dial^15^102:PJSIP/102|queue^120^default|voicemail^120^default"
    )
    assert lab.route(MARIA).startswith("dial^15^103:PJSIP/103&104:PJSIP/104|")
    assert lab.route(IVAN) is None
    assert lab.sync.stats().numbers == 2
    assert not lab.sync.stats().pending


async def test_a_number_of_ours_has_its_list_for_those_who_have_none(lab):
    complaints = {"id": "complaints", "when": {"did": ["+74950000001", "100"]}, "step": [QUEUE]}
    lab.desk.rules = replace(rules_of(complaints, REST), version=2)
    await lab.changed()
    live = lab.database["rolodial/live"]
    name = lab.database[f"rolodial/{live}/did/+74950000001"]
    assert lab.database[f"rolodial/{live}/did/100"] == name
    assert lab.database[f"rolodial/{live}/list/{name}"] == "queue^60^complaints"
    lab.make()
    await lab.changed()
    assert lab.writes() == [], "the sum counts them too"
    lab.desk.rules = replace(rules_of(REST), version=3)
    await lab.changed()
    assert not [key for key in lab.database if "/did/" in key]
    assert not lab.sync.stats().pending


async def test_a_pbx_that_lost_its_database_gets_all_of_it_when_it_is_back(lab):
    kept = dict(lab.database)
    lab.sync.reconnected()
    assert lab.sync.stats().pending
    await lab.fetch()
    assert lab.writes() == []
    assert lab.database == kept
    lab.database.clear()
    lab.sync.reconnected()
    await lab.fetch()
    assert lab.route(OLGA)
    assert not lab.sync.stats().pending


async def test_a_change_writes_that_number_only(lab):
    lab.desk.directory.clients.put_contact(IVAN, "Ivan Sokolov", BORIS, None)
    await lab.changed(PHONES[IVAN])
    assert lab.route(IVAN).startswith("dial^15^102:PJSIP/102|")
    assert len([one for one in lab.writes() if "+7916" in one]) == 1
    assert lab.route(OLGA)


async def test_a_number_that_goes_the_ordinary_way_again_is_deleted(lab):
    lab.desk.directory.clients.put_contact(OLGA, "Olga Petrova", None, None)
    await lab.changed(PHONES[OLGA])
    assert lab.route(OLGA) is None


async def test_a_new_phone_changes_the_list_not_the_numbers(lab):
    directory = lab.desk.directory
    others = [one for one in directory.operators() if one.id != ANNA]
    directory.set_people([*others, an_operator(ANNA, "PJSIP/101-web")], directory.teams())
    await lab.changed()
    assert lab.route(OLGA).startswith("dial^15^101:PJSIP/101-web|")
    assert not [one for one in lab.writes() if "+7916" in one]


async def test_nothing_is_sent_again_after_a_restart_of_ours(lab):
    lab.make()
    await lab.changed()
    assert lab.writes() == []
    assert not lab.sync.stats().pending


async def test_what_changed_while_we_were_away_is_brought_after_a_restart(lab):
    before = lab.database["rolodial/live"]
    lab.desk.directory.clients.put_contact(IVAN, "Ivan Sokolov", BORIS, None)
    lab.make()
    lab.sync._clock = lambda: NOW.replace(hour=10)
    await lab.changed()
    assert lab.route(IVAN)
    assert lab.database["rolodial/live"] != before
    assert not [key for key in lab.database if key.startswith(f"rolodial/{before}")]


async def test_new_rules_are_a_new_version_switched_by_one_put(lab):
    before = lab.database["rolodial/live"]
    lab.desk.rules = seed_rules(version=2)
    await lab.changed()
    live = lab.database["rolodial/live"]
    assert (before[:3], live[:3]) == ("v1-", "v2-")
    switch = lab.commands.index(f"DATABASE PUT rolodial live {live}")
    written = [place for place, one in enumerate(lab.commands) if f"PUT rolodial/{live}" in one]
    assert max(written) < switch
    assert lab.commands[-1] == f"DATABASE DELTREE rolodial/{before}"


async def test_half_a_write_is_begun_again(lab):
    lab.desk.directory.clients.put_contact(IVAN, "Ivan Sokolov", BORIS, None)
    lab.sync.changed([PHONES[IVAN]])
    await lab.sync.compute()
    script = lab.sync(type("Request", (), {"malformed": False}))
    next(script)
    script.close()  # the PBX went away
    assert lab.sync.stats().failures == 1
    assert lab.sync.stats().pending
    await lab.fetch()
    assert lab.route(IVAN)
    assert not lab.sync.stats().pending


async def test_a_put_that_the_pbx_refuses_stays_to_be_done(lab):
    lab.desk.directory.clients.put_contact(IVAN, "Ivan Sokolov", BORIS, None)
    lab.sync.changed([PHONES[IVAN]])
    await lab.sync.compute()
    await lab.fetch(refuses="PUT")
    assert lab.sync.stats().pending
    await lab.fetch()
    assert lab.route(IVAN)


@asynccontextmanager
async def running(sync):
    task = asyncio.create_task(sync.run(settle_s=0.01, retry_s=0.05))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_the_loop_asks_the_pbx_to_fetch_once_for_many_changes():
    made = Lab(a_desk())
    fetched = []

    async def trigger():
        fetched.append(1)
        await made.fetch()

    made.sync._trigger = trigger
    async with running(made.sync):
        await until(lambda: fetched == [1])
        for contact in (OLGA, IVAN):
            made.desk.directory.clients.put_contact(contact, "x", BORIS, None)
            made.sync.changed([PHONES[contact]])
        await until(lambda: made.route(IVAN))
        await asyncio.sleep(0.2)  # a fetch too many would come by now
    assert fetched == [1, 1]


async def test_a_pbx_that_is_away_is_asked_again():
    made = Lab(a_desk())
    tries = []

    async def trigger():
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError
        await made.fetch()

    made.sync._trigger = trigger
    async with running(made.sync):
        await until(lambda: made.route(OLGA))
    assert len(tries) >= 2  # more where the machine was too busy to hear us out


async def test_what_is_struck_out_goes_and_nothing_else(lab):
    kept = dict(lab.database)
    key = "main-1795165300.7^^+79161000001^+74951112233^retail^1795165300^1795165340."
    lab.database |= {f"rolodial-callback/{key}": "1", "rolodial-callback/other": "1"}
    lab.sync.strike("rolodial-callback", key)
    assert lab.sync.stats().pending
    await lab.fetch()
    assert lab.database == kept | {"rolodial-callback/other": "1"}
    assert [one for one in lab.writes() if "callback" in one] == [f"DATABASE DEL rolodial-callback {key}"]
    assert not lab.sync.stats().pending
    await lab.fetch()
    assert [one for one in lab.writes() if "callback" in one] == [], "once"


@pytest.mark.parametrize("numbers", [None, {PHONES[MARIA]}])
async def test_what_could_not_be_computed_is_computed_again(lab, monkeypatch, numbers):
    def odd(*_):
        return 1 // 0

    lab.desk.directory.clients.put_contact(MARIA, "Maria", BORIS, None)
    lab.sync.changed(numbers)
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(OfflineRoutes, "of", odd)
        await lab.sync.compute()
    await lab.sync.compute()
    await lab.fetch()
    assert lab.route(MARIA).startswith("dial^15^102:PJSIP/102|")


async def test_a_number_never_names_a_list_that_is_not_there(monkeypatch):
    """Something may be written while the rest is still computed."""
    monkeypatch.setattr(astdb_sync, "_HOLD_S", -1.0)  # breathes after each number
    sync, seen = AstDbSync("main", a_desk(), lambda: NOW, None), 0
    computing = asyncio.create_task(sync.compute())
    while not computing.done():
        named = {f"list/{name}" for name in sync._table.routes.values()}
        assert named <= sync._table.entries.keys()
        seen += bool(sync._table.routes)
        await asyncio.sleep(0)
    await computing
    assert seen

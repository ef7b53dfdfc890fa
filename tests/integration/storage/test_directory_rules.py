# SPDX-License-Identifier: Apache-2.0
"""What rules ask beside the clients is in memory after a start and each change: hours, absences, missed calls."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.domain.absence import Absence
from crm_core.domain.call import Call, Direction, Disposition, Leg, LegKind
from crm_core.domain.directory import Directory
from crm_core.domain.ids import new_id
from crm_core.domain.people import Device, DeviceKind, Extension, OwnNumber
from crm_core.domain.schedule import Schedule
from crm_core.storage.directory_source import DirectorySource
from crm_core.usecases.keep_call import keep_call
from tests.support.builders import NOW, a_user

OLGA, DESK = "+79161000001", "+74951112233"
CLOSED = ((),) * 7


@pytest.fixture
async def people(store):
    """Anna, with a phone, and Boris."""
    anna, boris = a_user("anna"), a_user("boris")
    since = NOW - timedelta(days=1)
    async with store.begin() as tx:
        await tx.people.add_user(anna, "hash")
        await tx.people.add_user(boris, "hash")
        extension = {"user_id": anna.id, "pbx": "main", "extension": "101", "valid_from": since}
        await tx.people.add_extension(Extension(id=new_id(NOW), **extension))
        device = {"user_id": anna.id, "pbx": "main", "device": "PJSIP/101", "kind": DeviceKind.DESK}
        await tx.people.add_device(Device(id=new_id(NOW), valid_from=since, **device))
    return anna, boris


async def loaded(store):
    directory = Directory()
    source = DirectorySource(store, directory, lambda: NOW)
    await source.load()
    return directory, source


async def one_number(store):
    directory = Directory()
    await DirectorySource(store, directory, lambda: NOW).load_one(OLGA)
    return directory


async def test_the_hours_and_the_language_of_a_number(store, people):
    directory, source = await loaded(store)
    schedule = Schedule(id=new_id(NOW), name="shop", zone="Europe/Moscow", days=CLOSED)
    line = OwnNumber(id=new_id(NOW), e164=DESK, label="shop", schedule_id=schedule.id, language="uk")
    async with store.begin() as tx:
        await tx.schedules.save(schedule)
        await tx.people.add_own_number(line)
        tx.changes.add("own_number", line.id, NOW)
    await source.catch_up()
    for known in (directory, (await loaded(store))[0], await one_number(store)):
        assert known.standing.language(DESK) == "uk"
        assert known.standing.hours_of(DESK) == known.standing.hours("shop") == schedule.hours
    async with store.begin() as tx:
        await tx.schedules.remove(schedule.id)
        tx.changes.add("schedule", schedule.id, NOW)
    await source.catch_up()
    assert directory.standing.hours_of(DESK) is directory.standing.hours("shop") is None


async def test_who_is_away_and_who_stands_in(store, people):
    anna, boris = people
    directory, source = await loaded(store)
    absence = Absence(
        id=new_id(NOW),
        user_id=anna.id,
        starts_at=NOW,
        ends_at=NOW + timedelta(days=7),
        created_at=NOW,
        deputy_id=boris.id,
    )
    async with store.begin() as tx:
        await tx.absences.add(absence)
        tx.changes.add("absence", absence.id, NOW)
    await source.catch_up()
    for known in (directory, (await loaded(store))[0], await one_number(store)):
        assert known.standing.deputy(anna.id, NOW) == boris.id
        assert known.standing.deputy(anna.id, absence.ends_at) is None
    async with store.begin() as tx:
        await tx.absences.cancel(absence.id, NOW)
        tx.changes.add("absence", absence.id, NOW)
    await source.catch_up()
    assert directory.standing.deputy(anna.id, NOW) is None


def a_call(ended_at, talk_s=0.0):
    leg = Leg(
        uniqueid="1.2",
        device="PJSIP/101",
        party="101",
        kind=LegKind.OPERATOR,
        answered_at=ended_at - timedelta(seconds=talk_s) if talk_s else None,
        ended_at=ended_at,
        talk_s=talk_s,
    )
    return Call(
        id=new_id(ended_at),
        pbx="main",
        boot="",
        linkedids=(f"{ended_at.timestamp()}",),
        direction=Direction.INBOUND,
        caller=OLGA,
        caller_name=None,
        dialled=DESK,
        disposition=Disposition.ANSWERED if talk_s else Disposition.ABANDONED,
        missed=not talk_s,
        started_at=ended_at - timedelta(seconds=60),
        ended_at=ended_at,
        talk_s=talk_s,
        legs=(leg,),
    )


async def kept(store, *calls):
    directory, _ = await loaded(store)
    async with store.begin() as tx:
        for call in calls:
            await keep_call(tx, call, directory)


async def test_who_called_in_vain_is_known_after_a_restart(store, people):
    missed = NOW - timedelta(hours=2)
    await kept(store, a_call(missed))
    for known in ((await loaded(store))[0], await one_number(store)):
        assert known.in_vain.since(OLGA) == missed
    await kept(store, a_call(NOW - timedelta(hours=1), talk_s=30.0))
    for known in ((await loaded(store))[0], await one_number(store)):
        assert known.in_vain.since(OLGA) is None


async def test_a_call_of_two_days_ago_was_not_missed_today(store, people):
    await kept(store, a_call(NOW - timedelta(days=2)))
    assert len((await loaded(store))[0].in_vain) == 0


async def test_how_many_calls_somebody_talked_in_today(store, people):
    anna, boris = people
    first = a_call(NOW - timedelta(hours=2), talk_s=30.0)
    await kept(
        store, first, replace(first, talk_s=31.0), a_call(NOW - timedelta(days=1, hours=2), talk_s=5.0)
    )
    await kept(store, a_call(NOW - timedelta(hours=1), talk_s=30.0))
    directory, _ = await loaded(store)
    today = directory.day(NOW)
    assert directory.presence.person(anna.id).talks_on(today) == 2
    assert directory.presence.person(anna.id).talks_on(today + timedelta(days=1)) == 0
    assert directory.presence.person(boris.id).talks_on(today) == 0

# SPDX-License-Identifier: Apache-2.0
"""The balance of a day on both databases: found, told once, fixed by what people do, explained, open again."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from config.balance import balance_night
from crm_core.domain.audit import Actor
from crm_core.domain.balance import FindingKind, FindingState, Remedy
from crm_core.domain.call import CallEnded, LegAnswered
from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.mail import MailServer
from crm_core.domain.outbox import OutKind, OutState
from crm_core.domain.people import Role
from crm_core.domain.recording import Recording, RecordingState
from crm_core.domain.recording_name import parse_recording_name
from crm_core.domain.witness import Witness, WitnessedCall, WitnessState
from crm_core.usecases.adopt_recording import adopt_by_itself
from crm_core.usecases.balance_day import balance_day, days_to_look_at, going_on
from crm_core.usecases.record_call import record_call
from crm_core.usecases.settle_finding import (
    CLOSED,
    NoReasonError,
    SettledAlreadyError,
    StillGoesOnError,
    Wish,
    settle_finding,
)
from tests.support.calls import PBX, T0, a_call, a_world, at, ended, talking
from tests.support.fake_pbx import FakePbx
from tests.support.memory_recordings import MemoryRecordings

DAY = T0.date()
NAME = "1795165200.1_1795165200.1.raw"
NIGHT = T0 + timedelta(hours=18)
SOFIA = Actor("sofia")


@pytest.fixture
async def world(store):
    return await a_world(store)


async def record(world, call, event=CallEnded, **more):
    await record_call(event(call=call, at=at(65), **more), world.store, world.feed, world.directory)


async def recorded(world, call=None, *, state=RecordingState.READY, key="k", name=NAME, **fields):
    """A talk of a minute with its file."""
    call = call or ended(talking(a_call()))
    row = Recording(
        id=new_id(T0),
        call_id=call.id,
        pbx=PBX,
        linkedid=call.linkedids[0],
        uniqueid=call.linkedids[0],
        state=state,
        source_name=name,
        created_at=at(66),
        storage_key=key,
        duration_s=60.0,
        started_at=at(5),
        ended_at=at(65),
        loudest=(9000, 9000),
    )
    row = replace(row, **fields)
    async with world.store.begin() as tx:
        await tx.recordings.expect(row)
    return row


async def look(world, now=NIGHT, files=None, open_now=None):
    return await balance_day(world.store, files or MemoryRecordings({"k": b"x"}), DAY, now, open_now)


def kinds(told):
    return [(one.found.kind, one.state) for one in told.findings]


async def settle(world, finding, remedy, **more):
    return await settle_finding(world.store, finding.id, Wish(remedy=remedy, actor=SOFIA, now=NIGHT, **more))


async def test_a_day_where_everything_agrees_is_clean(world):
    await record(world, ended(talking(a_call())))
    await recorded(world)
    told = await look(world)
    assert (told.day.calls, told.day.talks, told.day.recordings) == (1, 1, 1)
    assert told.findings == []
    async with world.store.read() as tx:
        assert [one.day for one in await tx.balances.days(5)] == [DAY.isoformat()]


async def test_what_was_found_is_fixed_when_it_is_found_no_longer_and_opens_when_it_is_back(world):
    await record(world, ended(talking(a_call())))
    row = await recorded(world, state=RecordingState.MISSING, key=None)
    told = await look(world)
    assert kinds(told) == [(FindingKind.NO_FILE, FindingState.OPEN)]
    async with world.store.begin() as tx:
        await tx.recordings.save(replace(row, state=RecordingState.READY, storage_key="k"))
    told = await look(world)
    assert kinds(told) == [(FindingKind.NO_FILE, FindingState.FIXED)]
    assert told.findings[0].actor == "balance"
    async with world.store.begin() as tx:
        await tx.recordings.save(row)
    assert kinds(await look(world)) == [(FindingKind.NO_FILE, FindingState.OPEN)]


async def test_what_was_explained_stays_explained(world):
    await record(world, ended(talking(a_call())))
    await recorded(world, loudest=(9000, 3))
    (finding,) = (await look(world)).open
    with pytest.raises(NoReasonError):
        await settle(world, finding, Remedy.EXPLAIN, note="  \n ")
    await settle(world, finding, Remedy.EXPLAIN, note="A fax\nmachine")
    told = await look(world)
    assert kinds(told) == [(FindingKind.ONE_SIDED, FindingState.EXPLAINED)]
    assert (told.findings[0].actor, told.findings[0].note) == ("sofia", "A fax machine")
    with pytest.raises(SettledAlreadyError):
        await settle(world, finding, Remedy.EXPLAIN, note="again")
    async with world.store.read() as tx:
        (entry,) = await tx.audit.of("balance", finding.id, 5)
        assert await tx.balances.open_count() == 0
    assert entry.after == {"kind": "one_sided", "did": "explain", "note": "A fax machine"}


async def test_a_file_gone_from_the_store_is_named(world):
    await record(world, ended(talking(a_call())))
    await recorded(world)
    assert kinds(await look(world, files=MemoryRecordings())) == [(FindingKind.FILE_GONE, FindingState.OPEN)]


async def test_looking_again_for_a_file_waits_for_it_anew(world):
    await record(world, ended(talking(a_call())))
    row = await recorded(world, state=RecordingState.MISSING, key=None)
    (finding,) = (await look(world)).open
    assert (await settle(world, finding, Remedy.LOOK)).state is FindingState.OPEN
    async with world.store.read() as tx:
        waited = await tx.recordings.get(row.id)
        assert not await tx.recordings.overdue(PBX, NIGHT - timedelta(minutes=2))
    assert (waited.state, waited.created_at) == (RecordingState.WAITING, NIGHT)


async def test_an_orphan_is_given_to_the_call_that_somebody_chose(world):
    await record(world, ended(talking(a_call())))
    row = await recorded(world, state=RecordingState.WAITING, key=None, call_id=None)
    (finding,) = (await look(world)).open
    assert finding.found.kind is FindingKind.NO_CALL
    with pytest.raises(NotFoundError):
        await settle(world, finding, Remedy.ADOPT)
    await settle(world, finding, Remedy.ADOPT, call_id=a_call().id)
    async with world.store.read() as tx:
        assert (await tx.recordings.get(row.id)).call_id == a_call().id
    with pytest.raises(SettledAlreadyError):
        await settle(world, finding, Remedy.CLOSE)


async def test_an_orphan_finds_its_call_by_the_time_of_its_name(world):
    name = f"{int(T0.timestamp())}.77_{int(T0.timestamp())}.77.raw"
    await record(world, ended(talking(a_call())))
    row = await recorded(world, state=RecordingState.WAITING, key=None, call_id=None, name=name)
    parsed = parse_recording_name(name)
    assert await adopt_by_itself(world.store, row, parsed, at(80), NIGHT) is None
    assert (await adopt_by_itself(world.store, row, parsed, at(65.5), NIGHT)).call.id == a_call().id
    async with world.store.read() as tx:
        taken = await tx.recordings.get(row.id)
    assert (taken.call_id, taken.detail) == (a_call().id, "found by its time")


async def test_a_call_left_open_is_closed_by_hand_unless_it_goes_on(world):
    call = talking(a_call())
    await record(world, call, LegAnswered, leg=call.legs[0])
    pbx = FakePbx(PBX)
    told = await look(world, open_now=going_on([pbx]))
    assert kinds(told) == [(FindingKind.STILL_OPEN, FindingState.OPEN)]
    with pytest.raises(StillGoesOnError):
        await settle(world, told.open[0], Remedy.CLOSE, going_on={PBX: {call.id}})
    await settle(world, told.open[0], Remedy.CLOSE)
    async with world.store.read() as tx:
        kept = await tx.calls.get(call.id)
    assert kept.call.ended_at == at(5)
    assert CLOSED in kept.call.uncertain
    assert all(leg.ended_at for leg in kept.call.legs)
    again = await look(world)
    assert (FindingKind.UNCERTAIN, FindingState.OPEN) in kinds(again)
    assert (FindingKind.STILL_OPEN, FindingState.FIXED) in kinds(again)


async def test_a_call_that_only_cel_saw_is_named(world):
    said = WitnessedCall(
        pbx=PBX, linkedids=("1.1",), direction=a_call().direction, caller=None, caller_name=None, dialled=None,
        started_at=T0, ended_at=at(65), talk_s=60.0,
    )  # fmt: skip
    seen = Witness(
        id=new_id(T0), boot="boot", call_id=None, said=said, state=WitnessState.UNMATCHED, compared_at=at(66)
    )
    async with world.store.begin() as tx:
        await tx.witnesses.keep([seen])
    told = await look(world)
    assert kinds(told) == [(FindingKind.UNSEEN, FindingState.OPEN)]
    assert told.day.witnessed == 1
    await settle(world, told.open[0], Remedy.CEL, directory=world.directory)
    again = await look(world)
    assert (
        kinds(again)
        == [
            (FindingKind.CORRECTED, FindingState.FIXED),
            (FindingKind.UNSEEN, FindingState.FIXED),
        ]
        or again.day.calls == 1
    )
    async with world.store.read() as tx:
        (call,) = await tx.balances.calls(T0, at(1), None, 5)
    assert (call.started_at, call.ended_at) == (T0, at(65))


async def test_a_recording_is_no_longer_too_short_once_the_end_of_the_talk_is_known_better(world):
    await record(world, ended(talking(a_call())))
    row = await recorded(world, state=RecordingState.TRUNCATED, detail="ends 29.8 s before the talk does")
    assert (await look(world)).findings == []
    async with world.store.read() as tx:
        assert (await tx.recordings.get(row.id)).state is RecordingState.READY
    short = await recorded(
        world, state=RecordingState.TRUNCATED, ended_at=at(30), name="2.2_2.2.raw", key="k2"
    )
    async with world.store.begin() as tx:
        await tx.recordings.save(replace(row, state=RecordingState.MISSING, storage_key=None))
    await look(world)
    async with world.store.read() as tx:
        assert (await tx.recordings.get(short.id)).state is RecordingState.TRUNCATED


async def test_days_are_the_houses(world):
    """21:30 UTC is half past midnight in Moscow."""
    late = ended(talking(a_call(started_at=T0.replace(hour=21, minute=30))))
    await record(world, replace(late, uncertain=("gap",)))
    assert (await look(world, now=NIGHT + timedelta(days=1))).findings == []
    told = await balance_day(
        world.store, MemoryRecordings(), DAY + timedelta(days=1), NIGHT + timedelta(days=1)
    )
    assert kinds(told) == [(FindingKind.UNCERTAIN, FindingState.OPEN)]


@pytest.mark.parametrize("day", [DAY + timedelta(days=3), date.max])
async def test_a_day_to_come_is_refused(world, day):
    with pytest.raises(InvalidInputError, match="has not come yet"):
        await balance_day(world.store, MemoryRecordings(), day, NIGHT)


async def test_a_day_of_more_calls_than_are_read_at_once(world, monkeypatch):
    monkeypatch.setattr("crm_core.usecases.balance_day._AT_ONCE", 2)
    for n in range(5):
        await record(world, replace(ended(talking(a_call(f"1795165200.{n}"))), uncertain=("gap",)))
    told = await look(world)
    assert (told.day.calls, len(told.open)) == (5, 5)


async def test_the_night_tells_administrators_once_and_looks_again_at_what_is_open(world):
    await record(world, replace(ended(talking(a_call())), uncertain=("gap",)))
    async with world.store.begin() as tx:
        await tx.mail.save_server(
            MailServer(host="smtp.example", from_address="crm@example.com", digest_at=time(18))
        )
        await tx.people.save_user(replace(world.sofia, role=Role.ADMIN, email="sofia@example.com"))
        await tx.people.save_user(replace(world.anna, email="anna@example.com"))
    night = T0 + timedelta(hours=16)  # after midnight in Moscow
    files = MemoryRecordings()
    assert await balance_night(world.store, files, lambda: night)
    assert await balance_night(world.store, files, lambda: night)
    async with world.store.read() as tx:
        (mail,) = await tx.outbox.page(OutState.WAITING, OutKind.MAIL, None, 10)
    assert (mail.address, mail.payload["values"]["kinds"]) == ("sofia@example.com", {"uncertain": 1})
    later = night + timedelta(days=3)
    assert await days_to_look_at(world.store, later) == [DAY, DAY + timedelta(days=3)]
    assert await days_to_look_at(world.store, night + timedelta(days=30)) == [DAY + timedelta(days=30)]


async def test_a_database_that_is_away_does_not_end_the_night(world, monkeypatch):
    async def away(*_args, **_kwargs):
        raise OSError("away")

    monkeypatch.setattr("config.balance.balance_day", away)
    assert not await balance_night(world.store, MemoryRecordings(), lambda: NIGHT)


async def test_nothing_that_is_not_there_is_settled(world):
    with pytest.raises(NotFoundError):
        await settle_finding(world.store, new_id(T0), Wish(remedy=Remedy.EXPLAIN, actor=SOFIA, now=NIGHT))
    assert issubclass(NoReasonError, InvalidInputError)

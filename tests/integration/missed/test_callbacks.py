# SPDX-License-Identifier: Apache-2.0
"""Requests to be called back: in a queue, by people, by programs; each caller stands in the ledger once."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from crm_core.domain.audit import Actor
from crm_core.domain.call import Disposition
from crm_core.domain.call_history import Cursor
from crm_core.domain.callback import CallbackFilter, CallbackRequest, CallbackSource
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.ids import call_id, new_id
from crm_core.domain.missed import AttemptKind, MissedState
from crm_core.domain.people import OwnNumber
from crm_core.usecases.claim_missed import claim_missed
from crm_core.usecases.request_callback import request_callback
from pbx_bridge.agi_lines import AgiRequest
from pbx_bridge.caller_agi import CallbackAgi, VoicemailAgi
from tests.support.calls import OLGA, PBX, T0, a_world, add_contact, at
from tests.support.missed import OTHER, called_back, listed, missed_at, record, the_item

PRESSED = "1795165300.7"
CAME, SAID = at(10), at(40)  # into the queue; and pressed the key


@pytest.fixture
async def world(store):
    return await a_world(store)


def a_request(e164=OLGA, seconds=20, **more):
    told = {"id": new_id(at(seconds)), "source": CallbackSource.OPERATOR, "made_at": at(seconds)}
    return CallbackRequest(**{**told, "e164": e164, "arrived_at": at(seconds), **more})


async def ask(world, request):
    return await request_callback(world.store, world.directory, request, Actor("test"), request.made_at)


async def requests(world, after=None, limit=50, **which):
    async with world.store.read() as tx:
        return await tx.callbacks.page(CallbackFilter(**which), after, limit)


def agi_of(world, now=SAID):
    return CallbackAgi(world.store, world.directory, {PBX: SimpleNamespace(boot="boot")}, lambda: now)


async def pressed(world, *, caller=OLGA, since=CAME, presentation="0", linkedid=PRESSED, now=SAID):
    """What the dialplan is told."""
    said = str(int(since.timestamp())) if since else "x"
    args = (PBX, linkedid, "+74951112233", "retail", said)
    env = {"agi_callerid": caller, "agi_callingpres": presentation, "agi_uniqueid": linkedid}
    return (await agi_of(world, now)(AgiRequest(script="callback", args=args, env=env))).made


async def test_who_presses_one_is_in_the_ledger_with_number_queue_and_place(world):
    olga = await add_contact(world.store, manager=world.anna)
    assert await pressed(world) == {"ROLODIAL_TOLD": "yes"}
    (row,) = await requests(world)
    one, item = row.request, row.item
    assert (one.e164, one.queue, one.did, one.arrived_at) == (OLGA, "retail", "+74951112233", at(10))
    assert one.id == call_id(PBX, "boot", PRESSED)
    assert (item.kind, item.state, item.contact_id) == (
        AttemptKind.CALLBACK_REQUEST,
        MissedState.MISSED,
        olga.id,
    )
    assert (item.owner_id, item.first_at) == (world.anna.id, at(10))


@pytest.mark.parametrize("how", [Disposition.ABANDONED, Disposition.NO_ANSWER])
async def test_the_call_they_pressed_it_in_is_the_request_and_no_other_attempt(world, how):
    await pressed(world)
    await pressed(world, now=at(41))  # the dialplan may ask again
    await record(world, replace(missed_at(0, PRESSED), disposition=how))
    item = await the_item(world)
    assert (item.attempts, item.kind) == (1, AttemptKind.CALLBACK_REQUEST)
    async with world.store.read() as tx:
        (attempt,) = await tx.missed.attempts(item.id)
    assert attempt.call_id == call_id(PBX, "boot", PRESSED)
    assert len(await requests(world)) == 1


async def test_a_stranger_and_a_client_who_called_before_stand_once_each(world):
    await record(world, missed_at(0, "1.1", caller=OTHER))
    await pressed(world, caller=OTHER, since=at(100), now=at(140))
    item = await the_item(world)
    assert (item.attempts, item.kind, item.first_at) == (2, AttemptKind.CALLBACK_REQUEST, at(0))


async def test_the_order_is_that_of_arrival_not_of_pressing(world):
    await pressed(world, caller=OLGA, since=at(30), now=at(50), linkedid="1.1")
    await pressed(world, caller=OTHER, since=at(10), now=at(60), linkedid="2.2")
    assert [row.request.e164 for row in await requests(world)] == [OTHER, OLGA]
    assert [item.e164 for item in await listed(world)] == [OTHER, OLGA]
    (first,) = await requests(world, limit=1)
    place = Cursor(first.request.arrived_at, first.request.id)
    assert [row.request.e164 for row in await requests(world, place, 5)] == [OLGA]


@pytest.mark.parametrize(
    ("caller", "presentation"), [("anonymous", "0"), (OLGA, "32"), ("", "0"), ("'; DROP", "0")]
)
async def test_who_cannot_be_called_back_is_not_let_go(world, caller, presentation):
    assert await pressed(world, caller=caller, presentation=presentation) == {"ROLODIAL_TOLD": "no"}
    assert await requests(world) == []


@pytest.mark.parametrize("since", [None, at(-100_000), at(1000)])
async def test_a_place_that_cannot_be_is_now(world, since):
    await pressed(world, since=since)
    assert [row.request.arrived_at for row in await requests(world)] == [at(40)]


async def test_our_own_number_asks_for_nothing(world):
    async with world.store.begin() as tx:
        await tx.people.add_own_number(OwnNumber(id=new_id(T0), e164=OTHER, label="x", kind="mobile"))
    world.directory.clients.set_own([OTHER])
    assert await pressed(world, caller=OTHER) == {"ROLODIAL_TOLD": "no"}
    with pytest.raises(InvalidInputError):
        await ask(world, a_request(OTHER))


async def test_claimed_and_reached_by_the_ledger(world):
    await pressed(world)
    (row,) = await requests(world, is_open=True)
    await claim_missed(world.store, world.anna, row.item.id, Actor("Anna", world.anna.id), at(50))
    (row,) = await requests(world, state=MissedState.CLAIMED)
    assert row.item.claimed_by == world.anna.id
    await record(world, called_back(100, "3.3"))
    (row,) = await requests(world, is_open=False)
    assert row.item.state is MissedState.REACHED
    assert await requests(world, is_open=True) == []


async def test_a_wanted_time_is_when_it_is_due_and_all_is_written_down(world):
    wanted = at(20) + timedelta(hours=5)
    request = a_request(wanted_at=wanted, note="about delivery", user_id=world.anna.id)
    item = await ask(world, request)
    assert item.due_at == wanted
    async with world.store.read() as tx:
        assert await tx.callbacks.get(request.id) == request
        (entry,) = await tx.audit.of("callback_request", request.id)
    assert entry.action == "create"
    again = await ask(world, a_request(seconds=60, wanted_at=wanted + timedelta(hours=1)))
    assert (again.id, again.due_at, again.attempts) == (item.id, wanted, 2)


@pytest.mark.parametrize("when", [at(10), at(20) + timedelta(days=61)])
def test_a_time_that_is_over_or_far_away_is_refused(when):
    with pytest.raises(InvalidInputError):
        a_request(wanted_at=when)


def test_a_plan_of_ones_own_marks_a_message():
    said = VoicemailAgi(lambda: at(0.25))(AgiRequest(script="voicemail", args=(), env={})).made
    assert said["ROLODIAL_MESSAGE"] == f"{at(0.25).timestamp():.3f}"


def test_a_request_broken_by_a_callers_text_is_not_read(world):
    assert agi_of(world)(AgiRequest(script="callback", args=(), env={}, malformed=True)) is None

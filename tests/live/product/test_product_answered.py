# SPDX-License-Identifier: Apache-2.0
"""The plain case from end to end, on both databases: a client calls, the manager talks, everything is written down."""

import asyncio

import pytest

from crm_core.domain.call import Direction, Disposition, HangupBy, LegKind
from tests.live.product.asserts import client_left_operator_right, legs, one_communication, ready_recording
from tests.live.product.floor import clock_of, finished
from tests.live.product.screen import logged_in

DATABASES = ["sqlite", "postgresql"]


async def test_a_client_talks_to_the_manager_and_a_stranger_to_retail(product, floor):
    known, stranger = product.client("103"), product.client("unknown")
    phones = await asyncio.gather(floor.phone("103"), floor.phone("101", "answer_and_hang_up", seconds=3))
    quiet = await floor.phone("102", "no_answer")
    clients = await asyncio.gather(
        floor.client(caller=known, seconds=4), floor.client("call_until_bye", caller=stranger)
    )
    await finished(*clients, *phones, quiet)
    calls = await product.all_ended([known, stranger])
    for number, sipp, by, ended_by in (
        (known, clients[0], "103", HangupBy.CALLER),
        (stranger, clients[1], "101", HangupBy.CALLEE),
    ):
        kept, heard = calls[number], clock_of(sipp)
        call = kept.call
        assert (call.direction, call.disposition, call.missed) == (
            Direction.INBOUND,
            Disposition.ANSWERED,
            False,
        )
        assert (call.caller, call.dialled, call.answered_by) == (number, "+74951112233", by)
        assert call.talk_s == pytest.approx(heard.talk_s, abs=1)
        assert call.wait_s == pytest.approx(heard.wait_s, abs=1)
        assert call.hangup_by is ended_by
        assert call.uncertain == ()
    assert legs(calls[known]) == {"103": "hangup"}
    assert legs(calls[stranger]) == {"101": "hangup", "102": "answered_elsewhere"}
    assert {leg.kind for leg in calls[known].call.legs} == {LegKind.OPERATOR}
    communication = await one_communication(product, calls[known])
    assert communication.user_id == (await product.user("clara")).id
    await one_communication(product, calls[stranger], lead=True)
    await _is_played(product, calls[known], "103", "clara", "boris")


async def _is_played(product, kept, extension, login, other):
    recording = await ready_recording(product, kept)
    async with logged_in(product, login) as mine, logged_in(product, other) as theirs:
        samples, rate = await mine.heard(recording)
        status, _, _ = await theirs.get(f"/recordings/{recording.id}/audio")
        card, listed = [
            (await mine.get(path))[1].decode()
            for path in (f"/contacts/{(await product.timeline(kept))[0].contact_id}", "/calls")
        ]
    assert status == 404
    assert f"/recordings/{recording.id}/audio" in card
    assert f"/calls/{kept.call.id}" in listed
    assert len(samples) / rate == pytest.approx(recording.duration_s, abs=0.2)
    client_left_operator_right(samples, rate, extension)
    async with product.read() as tx:
        assert await tx.recordings.last_play(recording.id, (await tx.people.user_by_login(login)).id)
        assert await tx.recordings.last_play(recording.id, (await tx.people.user_by_login(other)).id) is None

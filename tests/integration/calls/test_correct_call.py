# SPDX-License-Identifier: Apache-2.0
"""What CEL says of calls that AMI told whole, in part, twice or not at all."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.domain.call import CallEnded, Direction, Disposition, LegAnswered, TalkSegment
from crm_core.domain.recording import RecordingState
from crm_core.domain.witness import DifferenceKind, WitnessState
from crm_core.usecases.correct_call import RecentCalls, correct_call, keep_agreed
from crm_core.usecases.record_call import record_call
from tests.support.calls import OLGA, PBX, a_call, a_world, add_contact, at, ended, talking
from tests.support.witness import a_witnessed_call, a_witnessed_leg

NOW = at(70)


@pytest.fixture
async def world(store):
    return await a_world(store)


def whole(**fields):
    """As AMI told it when it lost nothing."""
    return replace(ended(talking(a_call())), final_party="101", hangup_by=None, **fields)


async def told(world, *calls):
    for call in calls:
        event = CallEnded(call=call, at=call.ended_at)
        await record_call(event, world.store, world.feed, world.directory)


async def correct(world, said, **words):
    ports = (world.store, world.feed, world.directory)
    return await correct_call(said, *ports, boot="boot", now=NOW, **words)


async def kept_of(world, call_id):
    async with world.store.read() as tx:
        witnesses = (await tx.witnesses.of_calls([call_id])).get(call_id, ())
        return await tx.calls.get(call_id), await tx.communications.get(call_id), witnesses


def kinds(witness):
    return {one.kind for one in witness.differences}


async def test_witnesses_that_agree_change_nothing(world):
    await told(world, whole())
    before = (await kept_of(world, a_call().id))[0]
    witness = await correct(world, a_witnessed_call())
    kept, _, kept_witnesses = await kept_of(world, a_call().id)
    assert (witness.state, witness.differences) == (WitnessState.AGREED, ())
    assert kept == before
    assert list(kept_witnesses) == [witness]


async def test_a_gap_in_the_talk_is_filled_and_said(world):
    await add_contact(world.store)
    call = whole(talk_s=12.0, uncertain=("gap",))
    call = replace(call, legs=(replace(call.legs[0], talk_s=12.0),))
    await told(world, call)
    witness = await correct(world, a_witnessed_call())
    kept, communication, _ = await kept_of(world, call.id)
    assert witness.state is WitnessState.CORRECTED
    assert kinds(witness) == {DifferenceKind.TALK, DifferenceKind.LEG_TALK}
    assert (kept.call.talk_s, kept.legs[0].leg.talk_s) == (60.0, 60.0)
    assert kept.call.uncertain == ("hold", "attempts")
    assert communication.duration_s == 60.0


async def test_a_call_that_ami_left_open_ends_and_its_screens_with_it(world):
    call = talking(a_call())
    await record_call(
        LegAnswered(call=call, at=at(5), leg=call.legs[0]), world.store, world.feed, world.directory
    )
    assert await correct(world, a_witnessed_call(), patient=True) is None
    witness = await correct(world, a_witnessed_call(ended_by_caller=True))
    kept, *_ = await kept_of(world, call.id)
    assert kinds(witness) >= {DifferenceKind.OPEN, DifferenceKind.TALK}
    assert (kept.call.ended_at, kept.call.disposition) == (at(65), Disposition.ANSWERED)
    assert kept.call.talk_s == 60.0
    assert {"state": "ended"}.items() <= world.feed.data("call", world.anna)[-1].items()


async def test_a_call_of_which_ami_saw_nothing_is_made_with_its_client_and_operator(world):
    await add_contact(world.store)
    assert await correct(world, a_witnessed_call(), patient=True) is None
    witness = await correct(world, a_witnessed_call())
    kept, communication, _ = await kept_of(world, witness.call_id)
    assert witness.call_id == a_call().id  # as AMI would have called it
    assert kinds(witness) == {DifferenceKind.MISSING_CALL}
    assert kept.answered_user_id == world.anna.id
    assert (kept.client_e164, communication.user_id) == (OLGA, world.anna.id)
    assert kept.call.uncertain == ("hold", "attempts")


async def test_a_missed_call_of_the_gap_is_a_lead(world):
    said = a_witnessed_call(answered=None, left_from="ring")
    witness = await correct(world, said)
    kept, communication, _ = await kept_of(world, witness.call_id)
    assert (kept.call.missed, kept.call.disposition) == (True, Disposition.CANCELLED)
    assert communication.lead_id


@pytest.mark.parametrize("first", ["ami", "cel"])
async def test_a_call_that_ami_tells_again_is_put_right_again(world, first):
    damaged = whole(talk_s=1.0, uncertain=("gap",))
    if first == "ami":
        await told(world, damaged)
    await correct(world, a_witnessed_call())
    await told(world, damaged)
    await told(world, damaged)
    kept, *_ = await kept_of(world, damaged.id)
    assert kept.call.talk_s == 60.0
    assert "gap" not in kept.call.uncertain


async def test_saying_it_again_changes_nothing_and_forgets_no_difference(world):
    await told(world, whole(talk_s=1.0, uncertain=("gap",)))
    first = await correct(world, a_witnessed_call())
    again = await correct(world, a_witnessed_call())
    _, _, witnesses = await kept_of(world, first.call_id)
    assert again.differences == ()
    assert list(witnesses) == [first]


async def test_what_the_house_knows_of_hold_and_attempts_stays(world):
    call = whole(talk_s=40.0, hold_s=20.0)
    tried = replace(a_call().legs[0], uniqueid="", device=None, party="104", end_reason="failed")
    call = replace(call, legs=(tried, replace(call.legs[0], talk_s=40.0, hold_s=20.0)))
    await told(world, call)
    witness = await correct(world, a_witnessed_call())
    kept, *_ = await kept_of(world, call.id)
    assert witness.state is WitnessState.AGREED
    assert (kept.call.talk_s, kept.call.hold_s, len(kept.legs)) == (40.0, 20.0, 2)


async def test_a_witness_that_saw_less_of_a_call_without_doubt_is_not_believed(world):
    await told(world, whole())
    witness = await correct(world, a_witnessed_call(answered=50.0))
    kept, *_ = await kept_of(world, a_call().id)
    assert witness.state is WitnessState.DISPUTED
    assert kept.call.talk_s == 60.0


async def test_a_witness_that_died_with_the_pbx_is_not_held_against_what_was_told_after_its_last_word(world):
    """Asterisk was killed in mid-talk: CEL's last row is that the talk began, AMI was heard for some seconds more."""
    call = whole(uncertain=("pbx_restarted",))
    await told(world, call)
    said = a_witnessed_call(answered=None, after=5.0, cut=True, whole=False)
    witness = await correct(world, said)
    assert (witness.state, witness.differences) == (WitnessState.AGREED, ())
    assert (await kept_of(world, call.id))[0].call == call


async def test_calls_that_ami_did_not_see_join_become_one(world):
    one, other = whole(), ended(talking(a_call("1795165230.7", caller=None, direction=Direction.INTERNAL)))
    await told(world, one, other)
    said = a_witnessed_call(linkedids=("1795165200.1", "1795165230.7"))
    witness = await correct(world, said)
    assert DifferenceKind.JOINED in kinds(witness)
    kept, *_ = await kept_of(world, other.id)
    assert kept.call.id == one.id


async def test_part_of_a_call_that_nobody_else_saw_makes_no_call(world):
    witness = await correct(world, a_witnessed_call(whole=False))
    assert (witness.state, witness.call_id) == (WitnessState.UNMATCHED, None)
    async with world.store.read() as tx:
        assert list(await tx.witnesses.between(at(-1), at(1), PBX)) == [witness]
        assert list(await tx.witnesses.between(at(-1), at(1), "other")) == []


async def test_the_same_linkedid_of_another_pbx_or_another_year_is_another_call(world):
    await told(world, whole())
    other = await correct(world, replace(a_witnessed_call(), pbx="north"))
    assert other.call_id != a_call().id
    old = a_witnessed_call(started_at=at(-9e6), ended_at=at(-8.9e6), answered=None)
    assert kinds(await correct(world, old)) == {DifferenceKind.MISSING_CALL}


async def test_a_recording_that_ami_did_not_name_is_waited_for(world):
    await told(world, whole())
    name = "1795165200.1_1795165200.1.raw"
    await correct(world, a_witnessed_call(recordings=(name,)))
    kept, *_ = await kept_of(world, a_call().id)
    assert kept.call.recordings == (name,)


async def test_a_recording_thought_too_short_for_a_talk_of_unknown_end_is_judged_anew(world):
    name = "1795165200.1_1795165200.1.raw"
    gapped = whole(ended_at=at(90), talk_s=85.0, uncertain=("gap", "end_unseen"), recordings=(name,))
    segment = TalkSegment(started_at=at(5), ended_at=at(90), party="101")
    await told(world, replace(gapped, talks=(segment,)))
    async with world.store.begin() as tx:
        (waited,) = (await tx.recordings.of_calls([gapped.id]))[gapped.id]
        heard = {"started_at": at(5), "ended_at": at(65), "duration_s": 60.0, "storage_key": "a.ogg"}
        await tx.recordings.save(replace(waited, state=RecordingState.TRUNCATED, detail="short", **heard))
    await correct(world, a_witnessed_call(recordings=(name,)))
    async with world.store.read() as tx:
        (recording,) = (await tx.recordings.of_calls([gapped.id]))[gapped.id]
    assert (recording.state, recording.detail) == (RecordingState.READY, None)


async def test_most_agree_in_memory_and_are_written_together(world):
    recent = RecentCalls()
    calls = [replace(ended(talking(a_call(f"1795165200.{n}"))), final_party="101") for n in range(20)]
    await told(world, *calls)
    for call in calls:
        recent.note(call)
    said = [a_witnessed_call(f"1795165200.{n}") for n in range(20)]
    pairs = [(recent.agreeing(one), one) for one in said]
    assert [call.id for call, _ in pairs] == [call.id for call in calls]
    await keep_agreed(pairs, world.store, NOW)
    async with world.store.read() as tx:
        found = await tx.witnesses.of_calls([call.id for call in calls])
    assert {one.state for some in found.values() for one in some} == {WitnessState.AGREED}
    assert len(found) == 20


async def test_a_talk_that_was_heard_late_is_as_long_as_cel_says_and_sure(world):
    """AMI told all of it, a machine without a core to spare read it late."""
    call = whole(talk_s=63.0, uncertain=("late",))
    await told(world, replace(call, legs=(replace(call.legs[0], talk_s=63.0),)))
    witness = await correct(world, a_witnessed_call())
    kept, _, _ = await kept_of(world, call.id)
    assert witness.state is WitnessState.CORRECTED
    assert (kept.call.talk_s, kept.legs[0].leg.talk_s) == (60.0, 60.0)
    assert kept.call.uncertain == ()


@pytest.mark.parametrize("talk_s", [59.1, 60.9])
async def test_of_a_talk_that_was_heard_late_cel_is_believed_to_the_tenth(world, talk_s):
    """It was right within a second of CEL, CEL within another of the truth, and nothing was in doubt any more."""
    call = whole(talk_s=talk_s, wait_s=5.9, uncertain=("late",))
    await told(world, replace(call, legs=(replace(call.legs[0], talk_s=talk_s),)))
    assert (await correct(world, a_witnessed_call())).state is WitnessState.CORRECTED
    kept, *_ = await kept_of(world, call.id)
    assert (kept.call.talk_s, kept.legs[0].leg.talk_s, kept.call.wait_s) == (60.0, 60.0, 5.0)
    assert kept.call.uncertain == ()


async def test_a_call_that_ami_saw_only_from_its_middle_began_when_cel_says(world):
    """A second of what the PBX tells of its age, beside a second that others allow, would be two."""
    call = whole(started_at=at(0.9), wait_s=4.1, uncertain=("gap", "start_unseen"))
    await told(world, call)
    witness = await correct(world, a_witnessed_call())
    kept, *_ = await kept_of(world, call.id)
    assert (witness.state, kinds(witness)) == (
        WitnessState.CORRECTED,
        {DifferenceKind.START, DifferenceKind.ANSWER},
    )
    assert (kept.call.started_at, kept.call.wait_s, kept.call.talk_s) == (at(0), 5.0, 60.0)


async def test_a_talk_that_the_pbx_itself_told_late_is_as_long_as_cel_says(world):
    """Asterisk stamps what it tells on AMI when it comes to telling it: of that no lag of ours shows anything."""
    call = whole(talk_s=64.6)
    await told(world, replace(call, legs=(replace(call.legs[0], talk_s=64.6),)))
    witness = await correct(world, a_witnessed_call())
    kept, _, _ = await kept_of(world, call.id)
    assert (witness.state, kinds(witness)) == (
        WitnessState.CORRECTED,
        {DifferenceKind.TALK, DifferenceKind.LEG_TALK},
    )
    assert (kept.call.talk_s, kept.legs[0].leg.talk_s) == (60.0, 60.0)
    assert kept.call.uncertain == ("hold",)


async def test_a_talk_of_which_cel_lost_a_stretch_stays_as_long_as_ami_says(world):
    parts = ((5, 60, "101"), (61, 65, "102"))
    halves = tuple(TalkSegment(started_at=at(since), ended_at=at(to), party=who) for since, to, who in parts)
    await told(world, whole(talk_s=59.0, talks=halves))
    before = (await kept_of(world, a_call().id))[0]
    witness = await correct(world, a_witnessed_call(talk_s=55.0, talks=halves[:1]))
    assert witness.state is WitnessState.DISPUTED
    assert (await kept_of(world, a_call().id))[0] == before


@pytest.mark.parametrize(
    "call",
    [whole(uncertain=("clock",)), whole(talk_s=3.0), replace(whole(), ended_at=None)],
)
def test_what_is_in_doubt_is_not_agreed_upon_in_memory(call):
    recent = RecentCalls()
    recent.note(call)
    assert recent.agreeing(a_witnessed_call()) is None
    assert recent.agreeing(a_witnessed_call("1.1")) is None


async def test_two_parts_that_cel_did_not_see_join_put_nothing_right(world):
    call = whole(linkedids=("1795165200.1", "1795165230.7"), talk_s=60.0, uncertain=("lost_events",))
    await told(world, call)
    await correct(world, a_witnessed_call(after=30.0))
    await told(world, call)
    part = a_witnessed_call("1795165230.7", legs=(a_witnessed_leg(talk=5.0),), talk_s=5.0)
    witness = await correct(world, part)
    assert witness.state is WitnessState.DISPUTED


async def test_a_clock_of_the_pbx_that_was_set_in_mid_call_is_not_believed(world):
    """CEL's times are that clock's; ours are those of receiving, by a clock that nobody sets."""
    await told(world, whole())
    before = (await kept_of(world, a_call().id))[0]
    said = a_witnessed_call()
    hour = timedelta(hours=1)
    leg = replace(said.legs[-1], talk_s=said.talk_s + 3600, ended_at=said.ended_at + hour)
    said = replace(
        said, ended_at=said.ended_at + hour, talk_s=said.talk_s + 3600, legs=(*said.legs[:-1], leg)
    )
    witness = await correct(world, said)
    kept, _, _ = await kept_of(world, a_call().id)
    assert witness.state is WitnessState.DISPUTED
    assert all(one.disputed for one in witness.differences)
    assert kept == before

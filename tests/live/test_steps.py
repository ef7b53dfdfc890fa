# SPDX-License-Identifier: Apache-2.0
"""Steps given by the CRM are walked one by one, states are looked at again, the client's channel is recorded."""

import asyncio
import time

import pytest

from tests.live.lab import CLIENT_HZ, DID, OLGA, TONES, channels_of, has_music, strongest, voices


async def test_the_manager_answers_and_both_are_in_the_recording(lab, agi):
    agi.steps = ["dial^15^101:PJSIP/101"]
    async with lab.desk_phone("101") as anna:
        anna.ring = 3
        client = await lab.client("call_until_bye")
        call = await anna.rung()
        answered = time.monotonic()
        await call.voice.speak(3)
        await call.hang_up()
        talk = time.monotonic() - answered
        assert await client.done() == 0
    left, right = channels_of(await lab.recording())
    assert strongest(left[-16000:]) == pytest.approx(CLIENT_HZ, abs=5)
    assert strongest(right[-16000:]) == pytest.approx(TONES["101"], abs=5)
    assert 2 < len(left) / 8000 < talk + 2, "nothing but the talk: it rang for three seconds"
    assert await lab.road() == "good"


async def test_the_crm_is_asked_with_pbx_linkedid_and_did(lab, agi):
    agi.steps = ["dial^15^101:PJSIP/101"]
    await lab.phone("101")
    client = await lab.client(seconds=1)
    assert await client.done() == 0
    asked = agi.asked[0]
    assert asked["agi_network_script"] == "route"
    assert asked["agi_arg_1"] == "main"
    assert asked["agi_arg_2"] == asked["agi_uniqueid"]
    assert asked["agi_arg_3"] == DID
    assert asked["agi_callerid"] == OLGA
    assert asked["agi_channel"].startswith("PJSIP/trunk-")
    assert asked.get("agi_arg_4", "") == ""


async def test_nobody_is_there_or_picks_up_so_the_next_step_rings(lab, agi):
    agi.steps = ["dial^5^104:PJSIP/104", "dial^2^101:PJSIP/101", "dial^15^102:PJSIP/102"]
    anna = await lab.phone("101", "no_answer")
    boris = await lab.phone("102")
    client = await lab.client("call_until_bye")
    await lab.hears("102")
    await lab.hang_up("102")
    assert await client.done() == 0
    assert await anna.done() == 0
    assert await boris.done() == 0
    assert await lab.walked_in_all() == ["dial", "dial", "dial"]
    _, right = channels_of(await lab.recording())
    assert strongest(right[-6000:]) == pytest.approx(TONES["102"], abs=5)


@pytest.mark.parametrize("status", ["486 Busy Here", "603 Decline"])
async def test_a_phone_that_refuses_is_followed_by_the_next_step_at_once(lab, agi, status):
    agi.steps = ["dial^60^101:PJSIP/101", "dial^15^102:PJSIP/102"]
    await lab.phone("101", "refuse", STATUS=status)
    await lab.phone("102")
    client = await lab.client(seconds=1)
    assert await client.done(55) == 0


async def test_who_went_away_after_the_decision_is_not_rung(lab, agi):
    agi.steps = ["dial^15^101:PJSIP/101&102:PJSIP/102"]
    await lab.pbx.cli("devstate change Custom:rolodial-101 UNAVAILABLE")
    anna = await lab.phone("101")
    await lab.phone("102")
    client = await lab.client(seconds=1)
    assert await client.done() == 0
    assert anna.running
    assert "INVITE" not in anna.messages()


async def test_ring_all_rings_all_and_the_losers_stop(lab, agi):
    agi.steps = ["dial^15^101:PJSIP/101&102:PJSIP/102"]
    anna = await lab.phone("101", "no_answer")
    boris = await lab.phone("102")
    client = await lab.client(seconds=1)
    assert await client.done() == 0
    assert await anna.done() == 0
    assert await boris.done() == 0


async def test_a_second_device_of_a_person_on_a_call_is_left_in_peace(lab, agi):
    agi.steps = ["dial^15^101:PJSIP/101"]
    await lab.phone("101")
    first = await lab.client("call_until_bye")
    await lab.until(lambda: lab.state_is("PJSIP/101", "InUse"))
    agi.steps = ["dial^15^101:PJSIP/101&101:PJSIP/102", "dial^15^103:PJSIP/103"]
    mobile = await lab.phone("102")
    await lab.phone("103")
    second = await lab.client(seconds=1)
    assert await second.done() == 0
    assert mobile.running
    assert "INVITE" not in mobile.messages()
    await lab.pbx.cli("channel request hangup all")
    assert await first.done() == 0


async def test_a_name_from_the_crm_reaches_the_phone_and_runs_nothing(lab, agi):
    agi.steps = ["dial^15^101:PJSIP/101"]
    agi.name = 'Петрова, "О"; ${SHELL(touch /tmp/x)}):System(x'
    anna = await lab.phone("101")
    client = await lab.client(seconds=1)
    assert await client.done() == 0
    assert "Петрова" in anna.messages()
    assert "System(" not in [
        line.split("Executing")[1] for line in (await lab.log()).splitlines() if "] System(" in line
    ]


async def test_a_number_outside_is_a_step_when_the_class_of_service_allows_it(lab, agi):
    agi.steps = ["number^10^+19005551234", "number^10^+74951234567"]
    mobile = await lab.outside()
    client = await lab.client(seconds=1)
    assert await client.done() == 0
    assert await mobile.done() == 0
    assert "INVITE sip:+74951234567@" in mobile.messages()


async def test_a_step_of_an_unknown_kind_is_passed_over(lab, agi):
    agi.steps = ["h^1^x", "system^1^touch", "dial^15^101:PJSIP/101"]
    await lab.phone("101")
    client = await lab.client(seconds=1)
    assert await client.done() == 0


async def test_a_step_to_a_queue_gives_music_then_a_member(lab, agi):
    agi.steps = ["queue^20^retail"]
    anna = await lab.phone("101", RING="3000")
    client = await lab.client("call_until_bye")
    await lab.hears("101")
    await lab.hang_up("101")
    assert await client.done() == 0
    assert await anna.done() == 0
    _left, right = channels_of(await lab.recording())
    assert has_music(right)
    assert voices(right) == ["101"]
    assert strongest(right[-6000:]) == pytest.approx(TONES["101"], abs=5)


async def test_a_phone_that_was_rung_a_moment_ago_is_rung_again(lab, agi):
    """A queue or a step lets it go, its state follows; here another call rings it, so that the moment is long."""
    agi.steps = ["dial^60^101:PJSIP/101"]
    async with lab.desk_phone("101") as anna, lab.client_with_keys() as client:
        anna.may_answer.clear()
        await lab.client("call_until_bye")
        await lab.until(lambda: lab.state_is("PJSIP/101", "Ringing"))
        other, (rung,) = await lab.channel("PJSIP/trunk"), anna.dialogs.values()
        agi.steps = ["dial^15^102:PJSIP/102", "dial^15^101:PJSIP/101"]
        await lab.phone("102", "refuse", STATUS="486 Busy Here")
        dials = asyncio.create_task(client.dial(DID))
        await lab.until(lambda: lab.waits_in("rolodial-free"))
        await lab.pbx.cli(f"channel request hangup {other}")
        await lab.until(rung.over.is_set)
        anna.may_answer.set()
        call, theirs = await anna.rung(), await dials
        await lab.until(lambda: lab.is_in_a_bridge("PJSIP/101"))
        await call.hang_up()
        await lab.until(theirs.over.is_set)


async def test_an_announcement_is_played_before_the_next_step(lab, agi):
    agi.steps = ["announce^1^custom/nowhere", "announce^1^vm-goodbye", "dial^15^101:PJSIP/101"]
    await lab.phone("101", "answer_and_hang_up", seconds=0.3)
    client = await lab.client("call_until_bye")
    assert await client.done() == 0
    assert await lab.walked_in_all() == ["announce", "announce", "dial"]
    said = await lab.log()
    assert "<PJSIP/trunk" in said
    assert "Playing 'vm-goodbye" in said


async def test_steps_that_run_out_end_in_the_default_queue_and_the_mailbox(lab, agi):
    agi.steps = ["dial^5^104:PJSIP/104"]
    async with lab.client_with_keys() as client:
        call = await client.dial(DID)
        await lab.asks_for_a_message()
        await call.voice.speak(4)
        await call.hang_up()
    assert await lab.walked_in_all() == ["dial", "queue", "voicemail"]
    assert await lab.until(
        lambda: list((lab.pbx.home / "spool/voicemail/rolodial/default/INBOX").glob("*.wav"))
    )


async def test_a_mailbox_that_does_not_exist_still_takes_the_message(lab, agi):
    agi.steps = ["voicemail^30^nobody"]
    async with lab.client_with_keys() as client:
        call = await client.dial(DID)
        (path,) = await lab.until(lambda: list(lab.pbx.recordings.glob("voicemail-*.wav")))
        await call.voice.speak(2)
        await call.hang_up()
    await lab.until(lab.is_quiet)
    await lab.until(lab.none_is_written)
    assert path.stat().st_size > 16_000


async def test_the_operator_hangs_up_first(lab, agi):
    agi.steps = ["dial^15^101:PJSIP/101"]
    anna = await lab.phone("101", "answer_and_hang_up", seconds=2)
    client = await lab.client("call_until_bye")
    assert await client.done() == 0
    assert await anna.done() == 0


async def test_the_client_gives_up_while_it_rings(lab, agi):
    agi.steps = ["dial^15^101:PJSIP/101", "dial^15^102:PJSIP/102"]
    anna = await lab.phone("101", "no_answer")
    client = await lab.client("cancel", seconds=1)
    assert await client.done() == 0
    assert await anna.done() == 0
    await lab.until(lab.is_quiet)


async def test_an_unanswered_call_leaves_an_empty_recording_or_none(lab, agi):
    agi.steps = ["dial^15^101:PJSIP/101"]
    await lab.phone("101", "no_answer")
    client = await lab.client("cancel", seconds=1)
    assert await client.done() == 0
    await lab.until(lab.is_quiet)
    await lab.until(lab.none_is_written)
    assert sum(path.stat().st_size for path in lab.pbx.recordings.glob("*.raw")) == 0


async def test_a_queue_that_does_not_exist_is_followed_by_the_next_step(lab, agi):
    agi.steps = ["queue^60^nothing", "dial^15^101:PJSIP/101"]
    anna = await lab.phone("101", "answer_and_hang_up", seconds=0.3)
    client = await lab.client("call_until_bye")
    assert await client.done(55) == 0
    assert await anna.done() == 0


async def test_a_queue_does_not_ring_who_is_away_in_the_crm(lab, agi):
    agi.steps = ["queue^2^default", "dial^15^101:PJSIP/101"]
    await lab.pbx.cli("devstate change Custom:rolodial-103 BUSY")
    await lab.knows("default", "103", "Busy")
    clara = await lab.phone("103")
    await lab.phone("101", "answer_and_hang_up", seconds=0.3)
    client = await lab.client("call_until_bye")
    assert await client.done() == 0
    assert "INVITE" not in clara.messages()


async def test_who_sits_down_later_is_not_rung_by_a_call_that_is_over(lab, agi):
    """Of the wire to a phone: Asterisk repeats an INVITE without an answer after its call is gone."""
    agi.steps = ["dial^15^101:PJSIP/101"]
    gone = await lab.client("cancel_unrung", seconds=1)
    assert await gone.done() == 0
    anna = await lab.phone("101")
    await asyncio.sleep(2.5)  # the repetition that comes 3.5 s after the INVITE
    assert "INVITE" not in anna.messages()
    client = await lab.client(seconds=1)
    assert await client.done() == 0
    assert await anna.done() == 0

# SPDX-License-Identifier: Apache-2.0
"""A word of the PBX counts when it stands beside another one of ours; an echo, early or late, does not."""

import asyncio

import pytest

from pbx_bridge import phone_words
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.phone_words import PhoneWords

LONGER = 0.05


@pytest.fixture
def heard(monkeypatch):
    monkeypatch.setattr(phone_words, "SETTLE_S", 0.01)
    monkeypatch.setattr(phone_words, "ECHO_S", 0.01)
    return []


@pytest.fixture
def words(heard):
    return PhoneWords(lambda *said: heard.append(said))


def custom(extension, state):
    return AmiEvent("DeviceStateChange", {"Device": f"Custom:rolodial-{extension}", "State": state})


def paused(extension, value, reason=""):
    member = {"StateInterface": f"hint:{extension}@rolodial-available", "Interface": f"PJSIP/{extension}"}
    return AmiEvent("QueueMemberPause", member | {"Paused": value, "PausedReason": reason})


async def test_do_not_disturb_on_a_phone_is_heard_once(words, heard):
    words.telling("101", available=True)
    words.feed(custom("101", "BUSY"))
    await asyncio.sleep(LONGER)
    words.feed(custom("101", "BUSY"))
    await asyncio.sleep(LONGER)
    assert heard == [("101", False, "")]


async def test_a_meeting_is_another_word_than_do_not_disturb(words, heard):
    words.telling("101", available=False, reason="lunch")
    words.feed(custom("101", "INUSE"))
    await asyncio.sleep(LONGER)
    words.feed(paused("101", "1", "meeting"))  # the echo of what we say then
    words.feed(custom("101", "INUSE"))
    await asyncio.sleep(LONGER)
    words.feed(custom("101", "BUSY"))
    await asyncio.sleep(LONGER)
    assert heard == [("101", False, "meeting"), ("101", False, "")]


async def test_an_echo_of_our_own_meeting_is_no_word(words, heard):
    words.telling("101", available=False, reason="meeting")
    words.feed(custom("101", "INUSE"))
    words.feed(paused("101", "1", "meeting"))
    await asyncio.sleep(LONGER)
    assert heard == []


async def test_a_pause_in_a_queue_brings_its_reason_and_its_end_is_heard_too(words, heard):
    words.telling("101", available=True)
    words.feed(paused("101", "1", "lunch"))
    await asyncio.sleep(LONGER)
    words.feed(paused("101", "0"))
    await asyncio.sleep(LONGER)
    assert heard == [("101", False, "lunch"), ("101", True, "")]


async def test_an_echo_is_no_word_even_when_it_comes_late(words, heard):
    words.telling("101", available=False)
    words.feed(custom("101", "BUSY"))
    words.telling("101", available=True)
    words.feed(custom("101", "BUSY"))  # of before
    words.feed(custom("101", "NOT_INUSE"))
    await asyncio.sleep(LONGER)
    assert heard == []


async def test_until_a_busy_pbx_comes_to_what_we_say_another_word_is_one_of_before(words, heard, monkeypatch):
    monkeypatch.setattr(phone_words, "ECHO_S", 5 * LONGER)
    words.telling("101", available=False, reason="meeting")
    words.telling("101", available=True)
    words.feed(custom("101", "INUSE"))
    await asyncio.sleep(LONGER)
    words.feed(custom("101", "NOT_INUSE"))
    await asyncio.sleep(6 * LONGER)
    assert heard == []
    words.feed(custom("101", "BUSY"))
    await asyncio.sleep(LONGER)
    assert heard == [("101", False, "")], "with nothing owed it is heard as soon as ever"


async def test_what_is_never_echoed_holds_a_word_up_but_loses_none(words, heard, monkeypatch):
    monkeypatch.setattr(phone_words, "ECHO_S", 2 * LONGER)
    words.telling("101", available=True)  # as it stands there already
    words.feed(custom("101", "BUSY"))
    await asyncio.sleep(LONGER)
    assert heard == []
    await asyncio.sleep(2 * LONGER)
    assert heard == [("101", False, "")]


async def test_what_we_say_meanwhile_is_newer(words, heard):
    words.telling("101", available=True)
    words.feed(custom("101", "BUSY"))
    words.telling("101", available=True)
    await asyncio.sleep(LONGER)
    assert heard == []


async def test_before_the_pbx_was_told_nothing_counts(words, heard):
    words.feed(custom("101", "BUSY"))
    words.telling("101", available=True)
    words.feed(custom("101", "BUSY"))
    words.start_anew()
    words.feed(custom("101", "BUSY"))
    await asyncio.sleep(LONGER)
    assert heard == []


@pytest.mark.parametrize(
    "event",
    [
        AmiEvent("DeviceStateChange", {"Device": "PJSIP/101", "State": "BUSY"}),
        AmiEvent("DeviceStateChange", {"Device": "Custom:rolodial-", "State": "BUSY"}),
        AmiEvent("QueueMemberPause", {"Interface": "PJSIP/101", "Paused": "1"}),
        AmiEvent("QueueMemberPause", {"StateInterface": "hint:10;1@rolodial-available", "Paused": "1"}),
        AmiEvent("QueueMemberPause", {"StateInterface": "hint:101@rolodial-available"}),
    ],
)
async def test_other_devices_and_members_say_nothing(words, heard, event):
    words.telling("101", available=True)
    words.feed(event)
    await asyncio.sleep(LONGER)
    assert heard == []

# SPDX-License-Identifier: Apache-2.0
"""Recorded calls come to what people did."""

import pytest

from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.profile import PbxProfile
from tests.support.recordings_of_ami import (
    NAMES,
    SCENARIOS,
    WHOLE,
    calls_of,
    difference,
    events_of,
    expected,
    frames_of,
    recording,
)

HALF_A_SECOND = 0.5


def assert_as_expected(name, calls, still_open):
    want = expected(name)
    assert (len(calls), still_open) == (len(want["calls"]), want["open"])
    for told, got in zip(want["calls"], calls, strict=True):
        assert difference(told, got, HALF_A_SECOND) is None
        assert told["uncertain"] == got["uncertain"]
        for told_leg, leg in zip(told["legs"], got["legs"], strict=True):
            assert told_leg["talk_s"] == pytest.approx(leg["talk_s"], abs=HALF_A_SECOND), leg


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_call_comes_to_what_people_did(name):
    assert_as_expected(name, *calls_of(events_of(frames_of(recording(name)))))


@pytest.mark.parametrize("name", NAMES)
def test_no_profile_is_needed_when_names_and_numbers_speak_for_themselves(name):
    assert_as_expected(name, *calls_of(events_of(frames_of(recording(name))), PbxProfile()))


@pytest.mark.parametrize("name", sorted(path.name[:-8] for path in SCENARIOS.glob("*.all.ami")))
def test_reading_all_events_tells_no_other_story(name):
    assert_as_expected(name, *calls_of(events_of(frames_of(recording(f"{name}.all")))))


@pytest.mark.parametrize("name", WHOLE)
def test_an_undamaged_recording_is_never_in_doubt_and_leaves_nothing_open(name):
    calls, still_open = calls_of(events_of(frames_of(recording(name))), finish=False)
    assert still_open == 0
    assert not any(call["uncertain"] for call in calls)


@pytest.mark.parametrize("name", ["parked_and_retrieved", "two_parked_in_one_lot"])
def test_that_somebody_is_fetched_from_parking_may_be_told_before_whoever_fetches_them(name):
    """Asterisk tells of parking by a thread of its own, and of channels by another."""
    events = events_of(frames_of(recording(name)))
    for said in [event for event in events if event.name == "UnParkedCall"]:
        events.remove(said)
        who = said["RetrieverUniqueid"]
        first = next(at for at, event in enumerate(events) if event.get("Uniqueid") == who)
        events.insert(first, AmiEvent(said.name, said.fields, events[first].at))
    assert_as_expected(name, *calls_of(events))


@pytest.mark.parametrize("name", NAMES)
def test_no_half_of_a_local_pair_is_ever_a_person(name):
    calls, _ = calls_of(events_of(frames_of(recording(name))))
    for call in calls:
        parties = [
            call["caller"],
            call["answered_by"],
            call["final_party"],
            *(leg["party"] for leg in call["legs"]),
        ]
        assert not any("Local" in (party or "") or "@" in (party or "") for party in parties)

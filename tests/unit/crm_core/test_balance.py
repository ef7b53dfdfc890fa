# SPDX-License-Identifier: Apache-2.0
"""What a difference is: a call against its files and against CEL."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.adoption import adopt, began
from crm_core.domain.balance import Evidence, FindingKind, Known, differences_of, orphan, unseen
from crm_core.domain.call import Direction, TalkSegment
from crm_core.domain.call_history import KeptCall, KeptLeg
from crm_core.domain.coverage import TOLERANCE, gaps
from crm_core.domain.recording import Recording, RecordingPause, RecordingState, is_paused_through
from crm_core.domain.recording_name import parse_recording_name
from crm_core.domain.witness import Difference, DifferenceKind, Witness, WitnessedCall, WitnessState
from tests.support.calls import PBX, T0, a_call, at, ended, talking

LATER = Known(now=at(7200))
ID = UUID(int=7)


def talked(talk=60.0, **fields):
    return replace(ended(talking(a_call()), after=5 + talk, talk=talk), **fields)


def a_recording(start=5.0, stop=65.0, state=RecordingState.READY, **fields):
    told = {"loudest": (9000, 9000), "call_id": a_call().id, **fields}
    return Recording(
        id=ID,
        pbx=PBX,
        linkedid="1795165200.1",
        uniqueid="1795165200.1",
        state=state,
        source_name="1795165200.1_1795165200.1.raw",
        created_at=at(66),
        started_at=at(start),
        ended_at=at(stop),
        duration_s=stop - start,
        **told,
    )


def a_witness(call_id=None, state=WitnessState.AGREED, differences=(), recordings=()):
    said = WitnessedCall(
        pbx=PBX,
        linkedids=("1795165200.1",),
        direction=Direction.INBOUND,
        caller="x",
        caller_name=None,
        dialled="y",
        started_at=T0,
        ended_at=at(65),
        talk_s=60.0,
        recordings=recordings,
    )
    return Witness(
        id=ID,
        boot="boot",
        call_id=call_id,
        said=said,
        state=state,
        differences=differences,
        compared_at=at(70),
    )


def kinds(call, *recordings, known=LATER, **more):
    return [one.kind for one in differences_of(Evidence(call=call, recordings=recordings, **more), known)]


def test_a_call_whose_talk_is_in_its_file_has_nothing():
    assert kinds(talked(), a_recording()) == []


def test_a_file_that_begins_with_the_first_audio_has_lost_nothing():
    assert kinds(talked(), a_recording(start=45)) == []


@pytest.mark.parametrize(("stop", "found"), [(65, []), (63.5, []), (60, [FindingKind.UNCOVERED])])
def test_a_file_owes_the_end_of_the_talk_within_two_seconds(stop, found):
    assert kinds(talked(), a_recording(stop=stop)) == found


def test_what_is_missing_is_measured():
    (one,) = differences_of(Evidence(call=talked(), recordings=[a_recording(stop=40)]), LATER)
    assert (one.facts["seconds"], one.facts["parts"]) == (25.0, 1)
    assert one.facts["begin"] == at(40).isoformat()


def test_two_files_hold_what_one_does_not():
    first, second = a_recording(stop=30), replace(a_recording(start=29), id=UUID(int=8))
    assert kinds(talked(), first, second) == []


def test_a_part_of_the_talk_before_any_file_is_missing():
    parts = (TalkSegment(started_at=at(5), ended_at=at(20), party="101"), *talked().talks[:0])
    parts += (TalkSegment(started_at=at(30), ended_at=at(65), party="102"),)
    call = talked(talks=parts)
    assert kinds(call, a_recording(start=28)) == [FindingKind.UNCOVERED]
    assert kinds(call, a_recording()) == []


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (RecordingState.MISSING, [FindingKind.NO_FILE]),
        (RecordingState.WAITING, [FindingKind.NO_FILE]),
        (RecordingState.DAMAGED, [FindingKind.DAMAGED]),
        (RecordingState.SILENT, [FindingKind.SILENT]),
        (RecordingState.EMPTY, [FindingKind.SILENT]),
        (RecordingState.REMOVED, []),  # by retention: as the house wants it
    ],
)
def test_what_became_of_the_file(state, found):
    loudest = () if state is RecordingState.EMPTY else (0, 0)
    assert kinds(talked(), a_recording(state=state, loudest=loudest)) == found


def test_a_file_that_may_still_come_is_no_difference():
    waiting = a_recording(state=RecordingState.WAITING)
    assert kinds(talked(), waiting, known=Known(now=at(65 + 600))) == []


def test_one_side_that_says_nothing():
    (one,) = differences_of(Evidence(call=talked(), recordings=[a_recording(loudest=(9000, 8))]), LATER)
    assert (one.kind, one.facts["side"]) == (FindingKind.ONE_SIDED, "operator")
    assert kinds(talked(talk=4.0), a_recording(stop=9, loudest=(9000, 8))) == []  # too short to say much
    assert kinds(talked(), a_recording(loudest=(9000,))) == []  # one channel holds both


def test_silence_that_was_asked_for_is_none():
    silent = a_recording(state=RecordingState.SILENT, loudest=(0, 0))
    pause = RecordingPause(id=ID, call_id=ID, actor="anna", user_id=None, started_at=at(6))
    assert kinds(talked(), silent, pauses=[pause]) == []
    assert kinds(talked(), silent, pauses=[replace(pause, ended_at=at(20))]) == [FindingKind.SILENT]
    rest = replace(pause, started_at=at(19))
    assert is_paused_through(silent, [rest, replace(pause, ended_at=at(20))])


def test_a_kept_file_that_is_gone():
    assert kinds(talked(), a_recording(), gone={ID}) == [FindingKind.FILE_GONE]


def test_a_house_that_records_misses_a_recording():
    recorded = replace(LATER, recorded=frozenset({(PBX, "boot")}))
    assert kinds(talked(), known=LATER) == []
    assert kinds(talked(), known=recorded) == [FindingKind.NOT_RECORDED]
    assert kinds(talked(direction=Direction.INTERNAL), known=recorded) == []
    assert kinds(ended(a_call()), known=recorded) == []  # nobody talked


def test_cel_knows_of_a_file_that_we_never_heard_of():
    seen = a_witness(recordings=("a.raw",))
    assert kinds(talked(), witnesses=[seen]) == [FindingKind.NO_FILE]


def test_what_cel_corrected_is_told_and_is_fixed():
    change = Difference(kind=DifferenceKind.TALK, had="50.0", saw="60.0")
    seen = a_witness(state=WitnessState.CORRECTED, differences=(change,))
    (one,) = differences_of(Evidence(call=talked(), recordings=[a_recording()], witnesses=[seen]), LATER)
    assert (one.kind, one.fixed_by) == (FindingKind.CORRECTED, "CEL")
    assert one.facts["differences"][0]["saw"] == "60.0"


def test_a_call_that_cel_did_not_see_counts_only_where_cel_came():
    assert kinds(talked(), a_recording()) == []
    came = {(PBX, "boot"): at(-60)}
    assert kinds(talked(), a_recording(), known=replace(LATER, witnessed=came)) == [FindingKind.UNWITNESSED]
    later = {(PBX, "boot"): at(60)}  # CEL was switched on after it
    assert kinds(talked(), a_recording(), known=replace(LATER, witnessed=later)) == []


def test_a_call_that_only_cel_saw():
    assert unseen(a_witness(), at(7200)) is None
    found = unseen(a_witness(state=WitnessState.UNMATCHED), at(7200))
    assert (found.kind, found.facts["talk_s"]) == (FindingKind.UNSEEN, 60.0)
    assert unseen(a_witness(state=WitnessState.UNMATCHED), at(66)) is None


def test_a_call_left_open():
    call = talking(a_call())
    assert kinds(call, known=Known(now=at(3600))) == []  # it may go on: nobody can be asked
    assert kinds(call, known=Known(now=at(13 * 3600))) == [FindingKind.STILL_OPEN]
    assert kinds(call, known=Known(now=at(3600), going_on={PBX: {call.id}})) == []
    assert kinds(call, known=Known(now=at(3600), going_on={PBX: ()})) == [FindingKind.STILL_OPEN]
    assert kinds(call, known=Known(now=at(60), going_on={PBX: ()})) == []


def test_an_uncertain_call_says_why():
    (one,) = differences_of(Evidence(call=talked(uncertain=("gap",)), recordings=[a_recording()]), LATER)
    assert (one.kind, one.facts["reasons"]) == (FindingKind.UNCERTAIN, ["gap"])


def test_a_call_that_has_just_ended_is_left_alone():
    assert kinds(talked(uncertain=("gap",)), known=Known(now=at(100))) == []


def test_a_file_without_a_call_is_an_orphan_after_some_minutes():
    lone = a_recording(call_id=None)
    assert orphan(lone, at(100)) is None
    assert orphan(a_recording(), at(7200)) is None
    assert orphan(lone, at(7200)).facts["name"] == lone.source_name


def kept(call):
    return KeptCall(
        call=call,
        legs=tuple(KeptLeg(leg, None) for leg in call.legs),
        client_e164=None,
        answered_user_id=None,
    )


NAME = parse_recording_name(f"{int(T0.timestamp())}.9_{int(T0.timestamp())}.9.raw")


def test_a_file_is_adopted_by_the_time_in_its_name_and_of_its_end():
    assert began(NAME) == T0
    mine = kept(talked())
    assert adopt(NAME, at(65.4), [mine]).call is mine
    assert adopt(NAME, at(75), [mine]) is None  # closed ten seconds after
    assert adopt(NAME, at(65.4), [mine, mine]) is None  # two would fit: people decide
    assert adopt(NAME, at(65.4), [kept(replace(mine.call, recordings=("x",)))]) is None


def test_a_file_is_adopted_by_the_channel_in_its_name():
    other = replace(NAME, linkedid="rolodial-7", uniqueid="u101")
    mine = kept(talked(started_at=at(-500)))
    assert adopt(other, at(999), [mine, kept(ended(a_call(legs=())))]).why == "found by its channel"
    assert adopt(replace(other, uniqueid="u9"), at(65), [mine]) is None


seconds = st.floats(min_value=0, max_value=600, allow_nan=False)
stretches = st.tuples(seconds, seconds).map(sorted)


@given(st.lists(stretches, max_size=4), st.lists(stretches, max_size=4))
def test_gaps_lie_within_the_talk_and_what_is_held_has_none(files, talks):
    segments = [TalkSegment(started_at=at(a), ended_at=at(b), party=None) for a, b in talks]
    for start, end in gaps([(at(a), at(b)) for a, b in files], segments):
        assert end - start > TOLERANCE
        assert any(one.started_at <= start < end <= one.ended_at for one in segments)
    whole = [(T0 - timedelta(seconds=1), at(601))]
    assert gaps(whole, segments) == []

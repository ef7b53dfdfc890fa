# SPDX-License-Identifier: Apache-2.0
"""What CEL's file may look like: begun in mid-call, of a PBX that was killed, of calls that nobody took part in."""

import json
from dataclasses import replace

import pytest

from pbx_bridge.cel.fold import LONGEST_S, CelFold
from pbx_bridge.cel.rows import FIELDS, CelRow, cel_row, parse, parse_all
from tests.support.recordings_of_ami import PROFILE
from tests.support.recordings_of_cel import FAR_AHEAD, rows_of, witnessed

ANSWERED = "cel/inbound_answered"
START = CelRow("CHAN_START", 2e9, "", "+79160000009", "s", "in", "PJSIP/trunk-00000000", "", "", "2000000000.0", "2000000000.0", "")  # fmt: skip


def fed(rows):
    fold = CelFold(PROFILE, "pbx")
    return fold, [one.call for row in rows for one in fold.feed(row)]


def until_talk(name=ANSWERED):
    """The rows up to the second one that enters a bridge."""
    rows = rows_of(name)
    entered = [place for place, row in enumerate(rows) if row.event == "BRIDGE_ENTER"]
    return rows[: entered[1] + 1]


def test_a_call_is_told_a_moment_after_its_last_row_and_once():
    rows = rows_of(ANSWERED)
    fold, told = fed(rows)
    assert told == []
    assert fold.settle(rows[-1].at + 0.5) == []
    assert len(fold.settle(rows[-1].at + 1.5)) == 1
    assert fold.settle(FAR_AHEAD) == []
    assert [fold.feed(row) for row in rows] == [[]] * len(rows)
    assert fold.open_count == 0


def test_a_killed_asterisk_says_no_end_but_its_next_run_counts_from_nought():
    fold, told = fed([*until_talk(), START])
    assert len(told) == 1
    assert told[0].cut
    assert not told[0].whole
    assert told[0].ended_at == until_talk()[-1].time
    assert fold.open_count == 1


def test_a_pbx_that_is_back_within_a_second_is_told_by_a_number_had_before():
    rows = until_talk()
    second, counter = rows[0].uniqueid.rsplit("-", 1)[-1].split(".")
    soon = f"{int(second) + 1}.{counter}"
    _, told = fed([*rows, replace(START, at=rows[-1].at + 0.5, uniqueid=soon, linkedid=soon)])
    assert [one.cut for one in told] == [True]


def test_nor_need_that_number_have_been_seen():
    rows = until_talk()
    ours = replace(START, at=rows[0].at, uniqueid=f"{int(rows[0].at)}.900", linkedid=rows[0].linkedid)
    soon = f"{int(rows[0].at)}.0"
    _, told = fed([ours, *rows[1:], replace(START, at=rows[-1].at + 0.5, uniqueid=soon, linkedid=soon)])
    assert [one.cut for one in told] == [True]


def test_a_call_that_ended_before_the_pbx_died_is_not_cut_with_it():
    rows = [row for row in rows_of(ANSWERED) if row.event != "LINKEDID_END"]
    _, told = fed([*rows, replace(START, at=rows[-1].at + 0.5)])
    assert [one.cut for one in told] == [False]


def test_two_threads_that_change_places_round_a_second_are_no_restart():
    later, sooner = "2000000001.7", "2000000000.6"
    rows = [
        replace(START, at=2e9 + place, uniqueid=one, linkedid=one)
        for place, one in enumerate([later, sooner])
    ]
    _, told = fed(rows)
    assert told == []


def test_a_call_of_which_nothing_more_is_heard_is_given_up_after_a_day():
    rows = until_talk()
    fold, _ = fed(rows)
    assert fold.settle(rows[-1].at + LONGEST_S - 1) == []
    told = fold.settle(rows[-1].at + LONGEST_S + 1)
    assert [one.call.cut for one in told] == [True]


def test_without_the_end_of_the_linkedid_a_call_is_over_when_its_channels_are():
    rows = [row for row in rows_of(ANSWERED) if row.event != "LINKEDID_END"]
    fold, _ = fed(rows)
    assert fold.settle(rows[-1].at + 2) == []
    assert len(fold.settle(rows[-1].at + 6)) == 1


@pytest.mark.parametrize("begins", range(1, 18))
def test_a_file_that_begins_in_mid_call_tells_what_it_knows(begins):
    for call in witnessed(rows_of(ANSWERED)[begins:]):
        assert not call.whole
        assert call.talk_s < 2.1


def test_a_channel_of_nobody_makes_no_call():
    assert witnessed(rows_of("cel/nobodys_call")) == []
    assert witnessed([replace(START, channel="Local/x@y-00000001;1")]) == []


def test_the_mark_is_where_the_oldest_open_call_begins():
    fold = CelFold(PROFILE, "pbx")
    for place, row in enumerate([*rows_of(ANSWERED), *until_talk("cel/queue_answered")]):
        fold.feed(row, place)
    assert fold.first_mark() == 0
    fold.settle(rows_of(ANSWERED)[-1].at + 2)
    assert fold.first_mark() == len(rows_of(ANSWERED))


def test_conversations_that_a_transfer_joins_are_one():
    (call,) = witnessed(rows_of("cel/attended_transfer_by_refer"))
    assert len(call.linkedids) == 2
    assert [leg.party for leg in call.legs] == ["+79161000001", "101", "101", "102"]
    assert [(one.by, one.to, one.completed) for one in call.transfers] == [("101", "102", True)]


def test_a_phone_that_forwards_is_looked_through():
    (call,) = witnessed(rows_of("cel/forwarded_to_a_colleague"))
    assert call.answered_by == "102"
    assert [leg.device for leg in call.legs] == ["PJSIP/trunk", "PJSIP/101", "PJSIP/102"]


def test_a_pickup_is_the_takers():
    (call,) = witnessed(rows_of("cel/pickup_by_group_code"))
    assert (call.picked_up, call.answered_by) == (True, "102")


def test_our_own_events_are_there():
    (call,) = witnessed(rows_of(ANSWERED))
    assert str(call.call_id) == "018f6c3e-0000-7000-8000-000000000001"
    assert call.steps == ("1^dial^15^101:PJSIP/101",)
    assert call.recordings == (f"{call.linkedid}_{call.linkedid}.raw",)


@pytest.mark.parametrize(
    ("said", "road", "alone"),
    [
        ("018f6c3e-0000-7000-8000-000000000001^good", "good", False),
        ("^late-astdb", "late-astdb", True),
        ("018f6c3e-0000-7000-8000-000000000001", None, False),
    ],
)
def test_a_call_says_whether_the_dialplan_led_it_without_us(said, road, alone):
    extra = json.dumps({"extra": said})
    rows = [replace(row, extra=extra) if row.event == "ROLODIAL_CALL" else row for row in rows_of(ANSWERED)]
    (call,) = witnessed(rows)
    assert (call.road, call.led_alone) == (road, alone)


def line(**fields):
    told = dict.fromkeys(cel_row(",".join(['""'] * len(FIELDS))), "")
    told |= {
        "eventtype": "ANSWER",
        "eventtime": "1795384144.5",
        "uniqueid": "1.1",
        "linkedid": "1.1",
        **fields,
    }
    return ",".join('"' + text.replace('"', '""') + '"' for text in told.values())


def test_a_callers_name_cannot_leave_its_field():
    hostile = 'a","b",""\\"\u2028; \N{PILE OF POO}'
    (row,) = parse_all(line(name=hostile) + "\n")
    assert row.name == hostile


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ANSWER",
        "ANSWER,,1795384144.5",
        line() + ',"one more"',
        line(eventtime="2026-11-22 10:00:00"),
        line(eventtime="nan"),
        line(eventtime="inf"),
        line(eventtime="-1"),
        line(eventtime="1e300"),
        line(uniqueid=""),
        line(linkedid=""),
        line(eventtype=""),
        line()[:-40],
        '"' + "x" * 200_000,
        '{"eventtype": "ANSWER"}',
        "\0\1\2",
    ],
)
def test_what_is_no_row_of_ours_is_none(text):
    assert parse(text) is None


@pytest.mark.parametrize("extra", ["", "{", "[1]", "null", '{"bridge_id": 7}', '{"a": {"b": 1}}'])
def test_extra_of_any_shape_is_read_or_passed_over(extra):
    assert isinstance(parse(line(eventextra=extra)).more(), dict)


def test_a_row_whose_extra_is_a_deep_hole_says_nothing_more():
    assert replace(START, extra="[" * 100_000).more() == {}


def test_a_client_begins_when_they_call_and_not_when_the_colleagues_did_who_took_them_in():
    rows = rows_of(ANSWERED)
    head = rows[0]
    before = replace(
        head, at=head.at - 60, uniqueid="1.1", linkedid="1.1", channel="PJSIP/102-000000ff", number="102", exten="101"
    )  # fmt: skip
    after = replace(before, event="CHAN_END", at=head.at + 1, linkedid=head.linkedid)
    (call,) = witnessed([before, *rows, after])
    assert (call.direction.value, call.started_at) == ("inbound", head.time)


def test_of_several_in_a_room_who_came_in_first_has_answered_not_who_picked_up_their_phone_first():
    """As AMI's fold has it; else calls that both saw whole would be corrected."""
    rows = rows_of("conference_that_colleagues_began")
    boris = next(row for row in rows if row.event == "CHAN_START" and "/102-" in row.channel)
    (call,) = witnessed([replace(boris, at=rows[0].at - 1), *(row for row in rows if row is not boris)])
    assert (call.answered_by, call.final_party) == ("101", "102")

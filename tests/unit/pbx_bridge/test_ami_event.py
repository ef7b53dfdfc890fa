# SPDX-License-Identifier: Apache-2.0
"""A frame is read whatever stood in it, and a missing header is named."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_bridge.ami_event import event_name, parse

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def frame(*lines: str) -> bytes:
    return "\r\n".join(lines).encode()


def test_headers_are_asked_for_by_name_and_a_missing_one_is_named():
    event = parse(frame("Event: Newchannel", "Uniqueid: 17.1", "AccountCode: "), NOON)
    assert (event.name, event["Uniqueid"], event["AccountCode"], event.at) == ("Newchannel", "17.1", "", NOON)
    assert event.get("Linkedid") == ""
    with pytest.raises(KeyError, match="Linkedid"):
        event["Linkedid"]


def test_a_value_keeps_its_colons():
    assert parse(b"Event: X\r\nContact: sip:101@10.0.0.1: a")["Contact"] == "sip:101@10.0.0.1: a"


@pytest.mark.parametrize(
    ("block", "name"),
    [
        (b"Event: Hangup\r\nUniqueid: 1", b"Hangup"),
        (b"Event: Hangup", b"Hangup"),
        (b"Response: Success\r\nEvent: no", b"Response"),
        (b"Asterisk Call Manager/11.0.0", b"Banner"),
        (b"Timestamp: 1\r\nEvent: Late", b"Late"),
        (b"ActionID: 7\r\nResponse: Error", b"Response"),
        (b"garbage", b""),
    ],
)
def test_the_name_is_seen_without_parsing(block, name):
    assert event_name(block) == name
    assert parse(block).name == name.decode()


def test_the_banner_tells_its_version():
    assert parse(b"Asterisk Call Manager/11.0.0")["Version"] == "11.0.0"


def test_names_of_people_lose_the_escapes_that_asterisk_adds():
    event = parse(frame("Event: Newchannel", r"CallerIDName: O\'Brien \"x\"", r"DestConnectedLineName: a\\n"))
    assert event["CallerIDName"] == 'O\'Brien "x"'
    assert event["DestConnectedLineName"] == r"a\n"


def test_a_backslash_that_asterisk_did_not_add_stays():
    assert parse(frame("Event: QueueEntry", r"CallerIDName: a\nb"))["CallerIDName"] == r"a\nb"
    assert parse(frame("Event: Newchannel", r"CallerIDNum: 1\n"))["CallerIDNum"] == r"1\n"


def test_text_that_is_not_utf8_is_read_as_cp1251_line_by_line():
    block = b"Event: A\r\nCallerIDName: " + "Иванов".encode("cp1251") + "\r\nX: Пётр".encode()
    event = parse(block)
    assert (event["CallerIDName"], event["X"]) == ("Иванов", "Пётр")


def test_the_first_of_a_repeated_header_wins_and_all_are_kept():
    event = parse(
        frame("Response: Success", "Output: one", "Output: two", "no colon here", "Event: no", "Output: ")
    )
    assert event["Output"] == "one"
    assert event.values("Output") == ["one", "two", ""]
    assert event.values("Event") == ["no"]
    assert event.values("Absent") == []


def test_variables_of_each_channel_of_an_event():
    event = parse(
        frame(
            "Event: DialBegin",
            "Channel: PJSIP/trunk-00000001",
            "DestChannel: PJSIP/101-00000002",
            "ChanVariable: ROLODIAL_CALL=c=1",
            "ChanVariable: ROLODIAL_RULE=",
            "ChanVariable: broken",
            "DestChanVariable: ROLODIAL_CALL=d",
        )
    )
    assert event.chanvars == {"ROLODIAL_CALL": "c=1", "ROLODIAL_RULE": ""}
    assert event.chanvars_of("Dest") == {"ROLODIAL_CALL": "d"}


def test_variables_as_an_old_asterisk_writes_them():
    event = parse(
        frame("Event: Bridge", "Channel: SIP/1-0", "ChanVariable(SIP/1-0): A=1", "ChanVariable(SIP/2-0): A=2")
    )
    assert event.chanvars == {"A": "1"}


def test_bare_bytes_take_their_time_from_the_timestamp_header():
    assert parse(b"Event: A\r\nTimestamp: 1772366400.250000").at == NOON.replace(microsecond=250000)
    assert parse(b"Event: A\r\nTimestamp: 1772366400.250000", NOON).at == NOON
    for broken in ("soon", "nan", "1e300", ""):
        assert parse(f"Event: A\r\nTimestamp: {broken}".encode()).at is None


@given(
    st.binary()
    | st.lists(st.sampled_from([b"Event: ", b"A", b":", b" ", b"\r\n", b"\n", b"\xd0", b"\\"])).map(b"".join)
)
def test_no_bytes_make_it_raise(block):
    event = parse(block)
    assert event.name == event_name(block).decode("utf-8", "replace") or not event.name.isprintable()
    assert event.chanvars == {} or event.fields

# SPDX-License-Identifier: Apache-2.0
"""A call that was cut out of the journal for a bug report replays to the same call, and tells strangers nothing."""

import re
from datetime import UTC, datetime

import pytest

from crm_core.domain.call import Disposition
from crm_core.ports.call_events import NoEventsError
from pbx_bridge.ami_event import parse
from pbx_bridge.amij import Head, Kind, Read, decode, decode_head
from pbx_bridge.call_tracker import CallTracker
from pbx_bridge.export_call import export_call, in_time
from pbx_bridge.journal_read import Fold
from pbx_bridge.mask import Mask
from pbx_bridge.profile import PbxProfile
from pbx_bridge.replay import Calls, call_as_json
from tests.support.calls import a_call
from tests.support.recordings_of_ami import NAMES, PROFILE, difference, frames_of, recording

BOOT = "2026-11-22T15:33:27"
KEY = b"k" * 32
LONG_NUMBER = re.compile(r"\d{9,}")


def reads_of(name):
    """The recording as our journal would hold it: each frame read at the time that it bears."""
    at = 1_700_000_000.0
    reads = [Read(Kind.OPENED, 0, int(at * 1e9), b"")]
    for frame in frames_of(recording(name)):
        stamped = parse(frame).at
        at = stamped.timestamp() if stamped else at
        end = b"\r\n" if frame.startswith(b"Asterisk Call Manager") else b"\r\n\r\n"
        reads.append(Read(Kind.DATA, 0, round(at * 1e6) * 1000, frame + end))
    return reads


def folded(reads, profile, boot=BOOT):
    calls = Calls()
    tracker = CallTracker(profile, pbx="main", boot=boot)
    fold = Fold(tracker, calls.note)
    for read in reads:
        fold.feed(read)
    fold.finish()
    return calls.list(tracker.open_calls())


def opened(exported):
    line, _, rest = exported.partition(b"\n")
    return decode_head(line), list(decode([rest]))


def masked(call, mask):
    """What the same call looks like to strangers."""

    def said(text):
        return mask.text(text) if isinstance(text, str) else text

    names = ("caller", "dialled", "answered_by", "final_party")
    told = call | {name: said(call[name]) for name in names}
    told["legs"] = [leg | {"party": said(leg["party"])} for leg in call["legs"]]
    told["transfers"] = [one | {"by": said(one["by"]), "to": said(one["to"])} for one in call["transfers"]]
    return told


@pytest.mark.parametrize("profile", [PROFILE, PbxProfile()], ids=["profile", "guessed"])
@pytest.mark.parametrize("name", NAMES)
def test_the_export_of_a_call_replays_to_the_same_call(name, profile):
    reads = reads_of(name)
    calls = folded(reads, profile)
    assert calls
    for call in calls:
        mask = Mask(KEY)
        head, cut = opened(export_call(call, in_time(call, reads), profile, mask))
        assert (head.pbx, head.boot) == (call.pbx, call.boot)
        again = folded(cut, PbxProfile.from_table(head.profile), head.boot)
        (same,) = [one for one in again if one.id == call.id]
        want, got = masked(call_as_json(call), mask), call_as_json(same)
        assert difference(want, got, 0.001) is None
        assert (got["uncertain"], got["started_at"], got["ended_at"]) == (
            want["uncertain"],
            want["started_at"],
            want["ended_at"],
        )


@pytest.mark.parametrize("name", NAMES)
def test_no_number_and_no_name_of_a_person_is_in_it(name):
    reads = reads_of(name)
    whole = b"".join(read.data for read in reads).decode()
    secrets = set(re.findall(r"CallerIDName: (?!<unknown>|Anonymous)([^\r\d]{3,})\r", whole))
    secrets |= set(re.findall(r"(?:Num|Exten): \+?(\d{9,})\r", whole))
    for call in folded(reads, PROFILE):
        _, cut = opened(export_call(call, in_time(call, reads), PROFILE, Mask(KEY)))
        told = b"".join(read.data for read in cut).decode()
        assert not [one for one in secrets if one in told]


def test_other_calls_are_left_out():
    reads = reads_of("two_calls_at_once")
    one, other = folded(reads, PROFILE)
    _, cut = opened(export_call(one, in_time(one, reads), PROFILE, Mask(KEY)))
    told = b"".join(read.data for read in cut).decode()
    assert one.linkedids[0] in told
    assert other.linkedids[0] not in told


def test_a_call_that_the_journal_does_not_tell_of_is_refused():
    call = a_call()
    with pytest.raises(NoEventsError):
        export_call(call, in_time(call, reads_of("inbound_busy")), PROFILE, Mask(KEY))


def test_headers_that_nobody_reads_stay_at_home():
    frame = (
        b"Event: Newchannel\r\nChannel: PJSIP/trunk-00000001\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\nCallerIDNum: +79161234567"
        b"\r\nCallerIDName: Olga Petrova\r\nAccountCode: secret\r\nChanVariable: CARD=4111111111111111"
        b"\r\nChanVariable: CALLERID(pres)=allowed_not_screened\r\nExten: 74951112203\r\nX-Home: 10.0.0.1\r\n\r\n"
    )
    call = a_call("1.1", ended_at=None, started_at=None)
    reads = [Read(Kind.DATA, 0, int(datetime.now(UTC).timestamp() * 1e9), frame)]
    told = export_call(call, reads, PROFILE, Mask(KEY)).partition(b"\n")[2]
    for secret in (b"Olga", b"secret", b"4111", b"10.0.0.1", b"1234567", b"1112203"):
        assert secret not in told
    assert b"CALLERID(pres)=allowed_not_screened" in told
    assert b"Caller 1" in told


def exported(*frames):
    """What strangers get to see of call 1.1."""
    at = int(datetime.now(UTC).timestamp() * 1e9)
    reads = [Read(Kind.DATA, 0, at, frame.replace("\n", "\r\n").encode() + b"\r\n\r\n") for frame in frames]
    head, cut = opened(export_call(a_call("1.1", ended_at=None, started_at=None), reads, PROFILE, Mask(KEY)))
    return "".join(read.data.decode() for read in cut), cut, head


_NEW = "Event: Newchannel\nChannel: PJSIP/trunk-00000001\nUniqueid: 1.1\nLinkedid: 1.1\nExten: 100"


def test_a_message_that_our_dialplan_took_is_one_in_the_export_too():
    end = (
        "Event: Hangup\nChannel: PJSIP/trunk-00000001\nUniqueid: 1.1\nLinkedid: 1.1\nTimestamp: 1700000030.0"
    )
    _, cut, _ = exported(_NEW, f"{end}\nChanVariable: ROLODIAL_MESSAGE=1700000010.0\nChanVariable: VMSTATUS=")
    (call,) = folded(cut, PROFILE)
    assert call.disposition is Disposition.VOICEMAIL


def test_a_channel_that_stands_in_a_headers_name_is_masked():
    told, _, _ = exported(
        "Event: OriginateResponse\nResponse: Success\nChannel: DAHDI/i1/79161234567-3\nUniqueid: 1.1"
        "\nChanVariable(DAHDI/i1/79161234567-3): CALLERID(pres)=allowed\n+79161234567 and his Uniqueid: x"
    )
    assert "1234567" not in told
    assert "CALLERID(pres)=allowed" in told


def test_the_parking_lots_of_a_login_are_told_and_who_is_in_other_bridges_is_not():
    lot, other = (
        f"Event: BridgeListItem\nBridgeUniqueid: {name}\nBridgeName: {name} of Olga\nBridgeTechnology: {kind}"
        for name, kind in (("lot", "holding_bridge"), ("talk", "simple_bridge"))
    )
    told, _, _ = exported(lot, other, _NEW)
    assert "BridgeUniqueid: lot\r\n" in told
    assert "talk" not in told
    assert "Olga" not in told


class TestMask:
    def test_the_same_number_is_the_same_everywhere_in_all_its_spellings(self):
        mask = Mask(KEY)
        full = mask.number("+79161234567")
        assert full == mask.text("PJSIP/+79161234567@trunk").removeprefix("PJSIP/").removesuffix("@trunk")
        assert full.startswith("+79")
        assert mask.number("89161234567")[2:] == mask.number("9161234567")[1:] == full[3:]
        assert mask.number("+7 (916) 123-45-67") == f"+7 (9{full[3:5]}) {full[5:8]}-{full[8:10]}-{full[10:]}"
        assert full != "+79161234567"
        assert Mask(b"other").number("+79161234567") != full

    def test_no_two_numbers_become_one(self):
        mask = Mask(KEY)
        assert len({mask.number(f"+7916{n:07d}") for n in range(3000)}) == 3000

    @pytest.mark.parametrize("text", ["", "101", "<unknown>", "sales", "anonymous", "8800", "*72"])
    def test_what_names_nobody_stays(self, text):
        assert Mask(KEY).text(text) == text

    def test_the_end_of_a_channels_name_is_no_number(self):
        mask = Mask(KEY)
        assert mask.channel("PJSIP/101-00000012") == "PJSIP/101-00000012"
        assert mask.channel("Local/79161234567@out-00000012;2").endswith("@out-00000012;2")
        assert "1234567" not in mask.channel("SIP/79161234567-00000012")

    def test_a_dial_string_loses_its_password(self):
        assert Mask(KEY).text("SIP/line:hunter2@host") == "SIP/line:secret@host"

    def test_recordings_of_strangers_are_counted_only(self):
        mask = Mask(KEY)
        assert mask.file("/var/spool/in-Olga-79161234567.wav") == "recording-1.wav"
        assert mask.file("/x/1772366401.12_1772366401.13.raw") == "1772366401.12_1772366401.13.raw"


def test_a_head_with_a_profile_is_read_back():
    profile = {"region": "RU", "trunks": ["PJSIP/trunk"]}
    line = b'AMIJ1 {"pbx": "main", "boot": "20261122T153327", "profile": {"region": "RU", "trunks": ["PJSIP/trunk"]}}'
    assert decode_head(line) == Head("main", BOOT, profile)

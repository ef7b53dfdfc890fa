# SPDX-License-Identifier: Apache-2.0
"""What a capture says of a PBX, from real captures and from one in the shapes FreePBX writes."""

import gzip
import tomllib

import pytest
from click.testing import CliRunner

from config.cli import main
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.amij import Head, Kind, encode, encode_head
from pbx_bridge.learn import Capture, captures_in, learn, learn_from_all
from pbx_bridge.learn_toml import as_toml
from pbx_bridge.profile import PbxProfile, Place
from tests.support.recordings_of_ami import SCENARIOS

CLIENTS = [f"+7916000000{digit}" for digit in range(5)]


def channel(name, number="<unknown>", exten="", context="from-internal"):
    headers = {"Channel": name, "CallerIDNum": number, "Exten": exten, "Context": context}
    return AmiEvent("Newchannel", headers)


def dials(channel_name, target, dial, *, exten="s", number="<unknown>", context="macro-dial"):
    headers = {"Channel": channel_name, "DestChannel": target, "DialString": dial, "Exten": exten}
    return AmiEvent("DialBegin", {**headers, "DestCallerIDNum": number, "Context": context})


def freepbx():
    """A ring group with follow-me, a queue, a call out with 9 before the number."""
    for number, client in enumerate(CLIENTS):
        trunk = f"PJSIP/msk-gw2-0000000{number}"
        yield channel(trunk, client, "74951112233", "from-pstn")
        yield channel(f"Local/101@from-queue-0000000{number};1", context="from-queue")
        yield channel(f"Local/FMPR-101@from-internal-0000000{number};1")
        yield channel(f"Local/FMGL-102@from-internal-0000000{number};1")
        yield dials(
            trunk, f"PJSIP/101-0000010{number}", "101/sip:101@127.0.0.1:5060", number="101", exten="600"
        )
        yield channel(f"PJSIP/101-0000010{number}")
        yield dials(trunk, f"PJSIP/anna-mob-0000020{number}", "anna-mob", number="102", exten="600")
    yield AmiEvent(
        "QueueMember", {"Queue": "600", "Location": "Local/101@from-queue/n", "StateInterface": "PJSIP/101"}
    )
    out = "PJSIP/101-00000300"
    yield channel(out, "101", "989161234567")
    for number in range(3):
        target = f"PJSIP/msk-gw2-0000040{number}"
        yield dials(out, target, "89161234567@msk-gw2", exten="989161234567", context="macro-dialout-trunk")
    yield channel("Surrogate/anna-00000001")
    yield channel("Message/ast_msg_queue")


def of(events):
    capture = Capture()
    for event in events:
        capture.feed(event)
    return capture


def profile_of(capture):
    return PbxProfile.from_table(tomllib.loads(as_toml(capture, "main"))["pbx"][0]["profile"])


def test_freepbx():
    capture = of(freepbx())
    text = as_toml(capture, "office")
    said = tomllib.loads(text)["pbx"][0]
    assert (said["name"], said["mode"]) == ("office", "observe")
    assert said["profile"] == {
        "trunks": ["PJSIP/msk-gw2"],
        "own_numbers": ["74951112233"],
        "internal_contexts": ["from-internal"],
        "outside_prefix": "9",
        "extensions": {"PJSIP/101": "101", "PJSIP/anna-mob": "102"},
    }
    assert "FreePBX" in text
    assert "FMGL- (5), FMPR- (5)" in text
    assert "5 callers with numbers outside; 3 numbers dialled through it" in text
    assert "member of 600" in text
    assert not [client for client in CLIENTS if client.strip("+") in text], (
        "callers' numbers stay in the capture"
    )
    assert "89161234567" not in text


def test_what_contradicts_itself_is_not_known_and_says_why():
    capture = of([
        *freepbx(),
        channel("PJSIP/door-00000001", "+79165550000", "74951112233", "from-internal"),
        channel("SIP/fax-00000001", context=""),
    ])  # fmt: skip
    learnt = {one.device: one for one in capture.learnt()}
    assert learnt["PJSIP/door"].place is learnt["SIP/fax"].place is Place.UNKNOWN
    text = as_toml(capture, "main")
    assert '# not known: "PJSIP/door": for a person:' in text
    assert "for a trunk: 1 callers with numbers outside" in text
    assert '# not known: "SIP/fax": nothing was said' in text


def test_calls_through_our_contexts_are_routed():
    capture = of([channel("PJSIP/trunk-00000001", CLIENTS[0], "+74951112233", "rolodial-inbound")])
    assert tomllib.loads(as_toml(capture, "main"))["pbx"][0]["mode"] == "route"


def test_members_of_queues_are_told_by_lists_that_no_call_record_needs(tmp_path):
    """FreePBX names its members by Local channels; whose phone it is says only the list."""
    path = tmp_path / "members.ami"
    path.write_bytes(
        b"Event: QueueMember\r\nQueue: 600\r\nLocation: Local/101@from-queue/n\r\nStateInterface: PJSIP/anna\r\n\r\n"
    )
    (learnt,) = learn(path).learnt()
    assert (learnt.device, learnt.place, learnt.why) == ("PJSIP/anna", Place.EXTENSION, ("member of 600",))


def test_of_a_span_nobodys_number_is_a_device():
    calls = [channel(f"DAHDI/i1/{client.strip('+')}-{at}", client, "74951112233", "from-pstn") for at, client in
             enumerate(CLIENTS)]  # fmt: skip
    out = [dials("PJSIP/101-00000001", "DAHDI/i1/89161234567-9", "g0/89161234567", exten="989161234567")]
    capture = of([*calls, *out])
    said = tomllib.loads(as_toml(capture, "main"))["pbx"][0]["profile"]
    assert (said["trunks"], said["own_numbers"]) == (["DAHDI/i1/"], ["74951112233"])
    place, _ = PbxProfile.from_table(said).place("DAHDI/i1/79169999999-77", "79169999999", "")
    assert place is Place.TRUNK
    assert "7916" not in as_toml(capture, "main")


@pytest.mark.parametrize(
    "frame",
    [
        b"Event: Newchannel\r\n\r\n",
        b"Event: Newchannel\r\nChannel: \r\nExten: 74951112233\r\n\r\n",
        b"Event: DialBegin\r\nDestChannel: PJSIP/\r\n\r\n",
        b"Event: QueueMember\r\nQueue: \xff\r\nInterface: /\r\n\r\n",
        b"Event: AgentCalled\r\n\r\n",
        b"Event: Newchannel\r\nChannel: PJSIP/a\x7f\x01-00000001\r\nContext: \xf0\x9f\x98\x80\x7f\x02\r\nCallerIDNum: 101\r\nExten: 5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x00" * 300_000,
    ],
)
def test_whatever_stands_in_a_capture_what_is_proposed_can_be_read(tmp_path, frame):
    path = tmp_path / "strange.ami"
    path.write_bytes(frame)
    capture = learn(path)
    assert tomllib.loads(as_toml(capture, "main"))["pbx"][0]["name"] == "main"


def test_a_capture_that_was_cut_short_is_read_up_to_there_and_says_so(tmp_path):
    packed = gzip.compress(RECORDINGS[0].read_bytes())
    (tmp_path / "cut.ami.gz").write_bytes(packed[: len(packed) // 2])
    raw = next(path for path in RECORDINGS if path.stem == "inbound_busy").read_bytes()
    torn = encode_head(Head("main", "")) + encode(Kind.DATA, 1, 1, raw) + encode(Kind.DATA, 1, 1, raw)[:99]
    (tmp_path / "torn.amij").write_bytes(torn)
    for name in ("cut.ami.gz", "torn.amij"):
        told = CliRunner().invoke(main, ["pbx", "learn", str(tmp_path / name)])
        assert (told.exit_code, "cut short" in told.stderr) == (0, True), told.output


RECORDINGS = sorted(SCENARIOS.glob("*.ami"))


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_every_recording_gives_a_profile_that_takes_nobody_for_another(path):
    """Known for sure is better than known: of what the profile of the recordings says, nothing is said otherwise."""
    capture = learn(path)
    tomllib.loads(as_toml(capture, "main"))
    true = PbxProfile.from_toml((SCENARIOS / "pbx.toml").read_text())
    for one in capture.learnt():
        place, extension = true.place(f"{one.device}-00000001", "", "")
        if one.device in {*true.extensions, *true.trunks} and one.place is not Place.UNKNOWN:
            assert (one.device, one.place, one.extension) == (one.device, place, extension)


def test_the_house_of_the_recordings_is_learnt_from_all_of_them_together(tmp_path):
    whole = tmp_path / "all.ami"
    whole.write_bytes(b"".join(path.read_bytes() + b"\r\n" for path in RECORDINGS))
    found = profile_of(learn(whole))
    assert found.extensions["PJSIP/101"] == "101"
    assert found.extensions["PJSIP/102"] == "102"
    assert "PJSIP/trunk" in found.trunks


def test_what_one_capture_does_not_show_another_does(tmp_path):
    rung, carried = (
        next(path for path in RECORDINGS if path.stem == name)
        for name in ("internal_answered", "outbound_answered")
    )
    apart = [
        {one.device for one in learn(path).learnt() if one.place is not Place.UNKNOWN}
        for path in (rung, carried)
    ]
    together = learn_from_all([rung, carried])
    known = {one.device for one in together.learnt() if one.place is not Place.UNKNOWN}
    assert known > apart[0]
    assert together.events == learn(rung).events + learn(carried).events


def test_a_directory_is_learnt_from_whole_and_what_cannot_be_read_is_left_out(tmp_path):
    (tmp_path / "day").mkdir()
    for number, path in enumerate(RECORDINGS[:3]):
        (tmp_path / "day" / f"{number}.ami").write_bytes(path.read_bytes())
    (tmp_path / "packed.ami.gz").write_bytes(gzip.compress(RECORDINGS[3].read_bytes()))
    (tmp_path / "notes.txt").write_text("Event: Newchannel")
    (tmp_path / ".half.ami").write_text("")
    (tmp_path / "sealed.amij").write_bytes(encode_head(Head("main", ""))[:9] + b"damaged")
    found = captures_in(tmp_path)
    assert [path.name for path in found] == ["0.ami", "1.ami", "2.ami", "packed.ami.gz", "sealed.amij"]
    told = CliRunner().invoke(main, ["pbx", "learn", str(tmp_path)])
    assert told.exit_code == 0, told.output
    assert "sealed.amij" in told.stderr
    profile = tomllib.loads(told.stdout)["pbx"][0]["profile"]
    assert profile == tomllib.loads(as_toml(learn_from_all(RECORDINGS[:4]), "main"))["pbx"][0]["profile"]
    told = CliRunner().invoke(main, ["pbx", "learn", str(tmp_path / "sealed.amij")])
    assert told.exit_code == 1, "what was named itself must be readable"
    (tmp_path / "none").mkdir()
    told = CliRunner().invoke(main, ["pbx", "learn", str(tmp_path / "none")])
    assert (told.exit_code, "no file there ends in" in told.output) == (1, True)


def test_the_command(tmp_path):
    path = next(path for path in RECORDINGS if path.stem == "inbound_busy")
    told = CliRunner().invoke(main, ["pbx", "learn", str(path), "--name", "city"])
    assert told.exit_code == 0, told.output
    assert tomllib.loads(told.output)["pbx"][0]["name"] == "city"
    empty = tmp_path / "nothing.ami"
    empty.write_text("Asterisk Call Manager/9.0.0\r\n")
    told = CliRunner().invoke(main, ["pbx", "learn", str(empty)])
    assert (told.exit_code, "no channel" in told.output) == (1, True)


def test_a_capture_of_ours_is_read_too(tmp_path):
    raw = next(path for path in RECORDINGS if path.stem == "inbound_busy").read_bytes()
    path = tmp_path / "it.amij"
    halves = (raw[:777], raw[777:])
    path.write_bytes(
        encode_head(Head("main", "")) + b"".join(encode(Kind.DATA, 1, 1, half) for half in halves)
    )
    assert {one.device for one in learn(path).learnt()} >= {"PJSIP/trunk"}

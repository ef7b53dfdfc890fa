# SPDX-License-Identifier: Apache-2.0
"""The replay contract: what a capture may look like, and the line of JSON that comes of it."""

import gzip
import json
import re

import pytest
from click.testing import CliRunner

from config.cli import main
from pbx_bridge.ami_event import parse
from pbx_bridge.amij import Head, Kind, encode, encode_head
from pbx_bridge.replay import bare_events, replay
from tests.support.recordings_of_ami import PROFILE, SCENARIOS, recording

NAME = "attended_transfer_by_refer_completed"
CALL_FIELDS = {
    "call_id", "direction", "caller", "caller_name", "dialled", "answered_by", "final_party", "disposition", "missed",
    "started_at", "answered_at", "ended_at", "wait_s", "talk_s", "hold_s", "hangup_by", "transfers", "queue", "legs",
    "recordings", "uncertain",
}  # fmt: skip
LEG_FIELDS = {"party", "kind", "rang_at", "answered_at", "ended_at", "talk_s", "hold_s", "end_reason"}


@pytest.fixture
def written(tmp_path):
    def write(data):
        path = tmp_path / "capture.ami"
        path.write_bytes(data)
        return path

    return write


def calls_in(path):
    return replay(path, PROFILE).as_json()["calls"]


def the_calls():
    return calls_in(SCENARIOS / f"{NAME}.ami")


def test_one_line_of_json_for_each_file_with_the_fields_of_the_contract():
    files = [str(SCENARIOS / f"{name}.ami") for name in (NAME, "queue_answered")]
    result = CliRunner().invoke(
        main, ["ami", "replay", *files, "--pbx", str(SCENARIOS / "pbx.toml"), "--json"]
    )
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["contract"], line["file"], line["open"]) for line in lines] == [
        (1, file, 0) for file in files
    ]
    for line in lines:
        assert line.keys() == {"contract", "file", "calls", "open"}
        for call in line["calls"]:
            assert call.keys() == CALL_FIELDS
            assert all(leg.keys() == LEG_FIELDS for leg in call["legs"])
            assert all(one.keys() == {"kind", "by", "to", "completed", "at"} for one in call["transfers"])


def test_without_json_a_table_is_shown():
    result = CliRunner().invoke(main, ["ami", "replay", str(SCENARIOS / f"{NAME}.ami")])
    assert result.exit_code == 0
    assert "+79160000001 -> +74951112201  answered by 101" in result.stdout
    assert "attended transfer by 101 to 102" in result.stdout


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.replace(b"\r\n", b"\n"),
        lambda data: data.partition(b"\r\n")[2],
        lambda data: data[data.index(b"Event: ") :],
        lambda data: data.rstrip(b"\r\n") + b"\r\n",
        gzip.compress,
    ],
    ids=["lf_only", "no_banner", "no_login", "no_last_blank_line", "gzip"],
)
def test_bytes_may_come_in_many_shapes(written, spoil):
    assert calls_in(written(spoil(recording(NAME)))) == the_calls()


def test_our_own_capture_tells_by_the_times_of_receipt(written):
    """Frames are stamped as they would be received; Timestamp headers, an hour wrong, are of no importance."""
    data = recording(NAME)
    frames = data.split(b"\r\n\r\n")
    stream, now = encode_head(Head("main", "")) + encode(Kind.OPENED, 0, 0), 0
    for frame in frames:
        at = parse(frame).at
        now = int(at.timestamp() * 1e6) * 1000 if at else now
        wrong = re.sub(rb"Timestamp: \d", b"Timestamp: 2", frame)
        stream += encode(Kind.DATA, now, now, wrong + b"\r\n\r\n")
    (got,) = replay(written(stream), PROFILE).as_json()["calls"]
    (want,) = the_calls()
    for key in CALL_FIELDS - {"call_id", "legs", "transfers", "started_at", "answered_at", "ended_at"}:
        assert (
            got[key] == pytest.approx(want[key], abs=0.002) if key.endswith("_s") else got[key] == want[key]
        )


def test_with_no_timestamps_the_story_is_the_same_and_durations_are_null(written):
    data = re.sub(rb"Timestamp: [^\r]*\r\n", b"", recording(NAME))
    (call,) = calls_in(written(data))
    (want,) = the_calls()
    timed = {
        "call_id",
        "started_at",
        "answered_at",
        "ended_at",
        "wait_s",
        "talk_s",
        "hold_s",
        "legs",
        "transfers",
    }
    assert {key: call[key] for key in CALL_FIELDS - timed} == {key: want[key] for key in CALL_FIELDS - timed}
    assert [call[key] for key in ("started_at", "ended_at", "wait_s", "talk_s", "hold_s")] == [None] * 5
    assert [(leg["party"], leg["talk_s"], leg["end_reason"]) for leg in call["legs"]] == [
        (leg["party"], None, leg["end_reason"]) for leg in want["legs"]
    ]


def test_a_call_that_goes_on_at_the_end_is_told_without_an_end(written):
    data = recording("inbound_answered_caller_hangs_up")
    result = replay(written(data[: data.index(b"Event: HangupRequest")]), PROFILE).as_json()
    (call,) = result["calls"]
    assert (result["open"], call["answered_by"], call["ended_at"], call["disposition"]) == (
        1,
        "101",
        None,
        None,
    )


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)) * 50])
def test_what_is_no_capture_has_no_calls(written, data):
    result = replay(written(data), PROFILE).as_json()
    assert (result["calls"], result["open"]) == ([], 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("trunks = [", "not TOML"),
        ("extensions = 5", "extensions must be a table"),
        ("trunks = 5", "trunks must be a list"),
    ],
)
def test_a_profile_that_cannot_be_read_says_why(tmp_path, text, said):
    profile = tmp_path / "pbx.toml"
    profile.write_text(text)
    result = CliRunner().invoke(
        main, ["ami", "replay", str(SCENARIOS / f"{NAME}.ami"), "--pbx", str(profile), "--json"]
    )
    assert result.exit_code == 1
    assert said in result.output
    assert str(profile) in result.output


def test_a_key_that_nobody_knows_is_shown_and_passed_over(tmp_path):
    profile = tmp_path / "pbx.toml"
    profile.write_text('trunk = "PJSIP/trunk"\n')
    result = CliRunner().invoke(
        main, ["ami", "replay", str(SCENARIOS / f"{NAME}.ami"), "--pbx", str(profile)]
    )
    assert (result.exit_code, "nobody knows the key 'trunk'" in result.stderr) == (0, True)


def test_one_bad_file_is_named_and_the_others_are_replayed(tmp_path, written):
    good = written(recording(NAME))
    (tmp_path / "noise").write_bytes(bytes(range(256)) * 50)
    (tmp_path / "nothing").touch()
    bad = [tmp_path / name for name in ("missing", "noise", "nothing", "")]
    result = CliRunner().invoke(main, ["ami", "replay", *map(str, bad), str(good), "--json"])
    assert result.exit_code == 1
    lines = {line["file"]: len(line["calls"]) for line in map(json.loads, result.stdout.splitlines())}
    assert lines[str(good)] == len(the_calls())
    told = dict(line.rsplit(": ", 1) for line in result.stderr.splitlines())
    assert told == {
        str(tmp_path / "missing"): "No such file or directory",
        str(tmp_path / "noise"): "nothing in it looks like AMI",
        str(tmp_path / "nothing"): "empty",
        str(tmp_path): "Is a directory",
    }


def test_of_a_recording_cut_short_all_that_is_there_is_read_and_the_cut_is_told(written):
    whole = gzip.compress(recording("two_calls_at_once"), mtime=0)
    result = replay(written(whole[:-300]), PROFILE)
    assert result.calls[0].caller == "+79160000001"
    assert "cut short" in result.trouble


def test_lines_that_end_in_lf_may_be_read_in_pieces_of_any_size():
    data = recording(NAME)
    for end in (b"\n", b"\r\n"):
        text = data.replace(b"\r\n", end)
        pieces = (text[start : start + 997] for start in range(0, len(text), 997))
        assert sum(1 for _ in bare_events(pieces)) == sum(1 for _ in bare_events([data]))

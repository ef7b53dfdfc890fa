# SPDX-License-Identifier: Apache-2.0
"""The ready-made profiles for FreePBX, and what is learnt of one, against events in its shapes."""

import tomllib
from pathlib import Path

import pytest

from config.commands.pbx import PROFILES
from pbx_bridge.learn import captures_in, learn_from_all
from pbx_bridge.learn_toml import as_toml
from pbx_bridge.profile import PbxProfile, Place
from pbx_bridge.replay import Replay, bare_events, bytes_of

SAMPLES = Path(__file__).parents[2] / "samples/freepbx"
FILES = sorted(SAMPLES.glob("*.ami"))
READY = ["freepbx.observe", "freepbx.route"]
WHOSE = {
    "SIP/2040404": (Place.TRUNK, None),  # named by a number, as an extension is
    "SIP/302": (Place.EXTENSION, "302"),
    "PJSIP/msk-provider": (Place.TRUNK, None),
    "PJSIP/101": (Place.EXTENSION, "101"),
    "PJSIP/102": (Place.EXTENSION, "102"),
    "Local": (Place.LOCAL, None),
}


def channels():
    """Each channel with what is said of it when it begins."""
    for path in FILES:
        for event in bare_events(bytes_of(path, Replay(str(path)))):
            if event.name == "Newchannel":
                yield event["Channel"], event.get("CallerIDNum"), event.get("Context")


def device(channel):
    return "Local" if channel.startswith("Local/") else channel.rpartition("-")[0]


@pytest.mark.parametrize("name", READY)
def test_a_ready_made_profile_knows_whose_each_channel_is(name):
    table = tomllib.loads((PROFILES / f"{name}.toml").read_text())["pbx"][0]["profile"]
    profile = PbxProfile.from_table(table)
    seen = {device(channel) for channel, _, _ in channels()}
    assert seen == set(WHOSE)
    for channel, number, context in channels():
        assert profile.place(channel, number, context) == WHOSE[device(channel)], (channel, context)


def test_what_is_learnt_of_both_together_says_the_same():
    capture = learn_from_all([], captures_in(SAMPLES))
    assert capture.is_freepbx
    said = tomllib.loads(as_toml(capture, "main"))["pbx"][0]
    assert said["mode"] == "observe"
    assert said["profile"] == {
        "trunks": ["PJSIP/msk-provider", "SIP/2040404"],
        "own_numbers": ["74951112233", "74951112234"],
        "internal_contexts": ["from-internal"],
        "outside_prefix": "9",
        "extensions": {"PJSIP/101": "101", "PJSIP/102": "102", "SIP/302": "302"},
    }
    profile = PbxProfile.from_table(said["profile"])
    for channel, number, context in channels():
        assert profile.place(channel, number, context) == WHOSE[device(channel)], (channel, context)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_neither_sample_alone_shows_all(path):
    whole = {one.device for one in learn_from_all(FILES).learnt()}
    assert {one.device for one in learn_from_all([path]).learnt()} < whole

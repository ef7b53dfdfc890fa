# SPDX-License-Identifier: Apache-2.0
"""Whose channel it is: lists first, then context, then the shape of names and numbers."""

import pytest

from pbx_bridge.profile import PbxProfile, Place, device_of, dialled_number, said_number

E, T, L, X, U = Place.EXTENSION, Place.TRUNK, Place.LOCAL, Place.TECHNICAL, Place.UNKNOWN


@pytest.mark.parametrize(
    ("channel", "number", "context", "expected"),
    [
        ("PJSIP/101-0000002a", "", "", (E, "101")),
        ("SIP/4521-0000002a", "", "", (E, "4521")),
        ("PJSIP/anna-0000002a", "101", "", (E, "101")),
        ("PJSIP/anna-0000002a", "", "from-internal", (E, "anna")),
        ("PJSIP/beeline-0000002a", "+79161234567", "", (U, None)),
        ("PJSIP/beeline-0000002a", "+79161234567", "from-pstn", (T, None)),
        ("PJSIP/my-trunk-0000002a", "101", "", (T, None)),
        ("DAHDI/i1/79161234567-3", "", "", (T, None)),
        ("DAHDI/5-1", "101", "", (E, "101")),
        ("IAX2/branch-4711", "205", "", (E, "205")),
        ("Local/101@from-queue-00000001;2", "101", "from-queue", (L, None)),
        ("Local/FMPR-101@from-internal-00000001;1", "", "", (L, None)),
        ("Message/ast_msg_queue", "", "", (X, None)),
        ("CBAnn/room-00000001;2", "", "", (X, None)),
        ("ConfBridgeRecorder/conf-1", "", "", (X, None)),
    ],
)
def test_with_no_profile_names_and_numbers_decide(channel, number, context, expected):
    assert PbxProfile().place(channel, number, context) == expected


@pytest.mark.parametrize("trunk", ["PJSIP/msk", "PJSIP/m*", "PJSIP/msk-*", "PJSIP/"])
def test_trunks_are_globs_over_devices_and_channels(trunk):
    assert PbxProfile(trunks=(trunk,)).place("PJSIP/msk-00000001", "101", "from-internal") == (T, None)


def test_an_extension_that_is_listed_wins_over_a_glob_of_trunks():
    profile = PbxProfile.from_toml('extensions = {"PJSIP/101-web" = "101"}\ntrunks = ["PJSIP/*"]')
    assert profile.place("PJSIP/101-web-00000001", "", "") == (E, "101")
    assert profile.place("PJSIP/102-00000001", "102", "") == (T, None)


def test_where_only_trunks_are_told_the_others_are_people():
    assert PbxProfile(trunks=("SIP/out",)).place("SIP/boris-00000001", "", "") == (E, "boris")


def test_where_only_people_are_told_the_others_are_trunks():
    assert PbxProfile(extensions={"SIP/anna": "101"}).place("SIP/out7x-00000001", "", "") == (T, None)


def test_a_context_that_is_declared_internal_decides():
    profile = PbxProfile(internal_contexts=("buero",))
    assert profile.place("SIP/trunkline-00000001", "", "buero") == (E, "trunkline")


@pytest.mark.parametrize(
    ("number", "outside"),
    [
        ("+79161234567", True),
        ("89161234567", True),
        ("102", False),
        ("*97", False),
        ("s", False),
        ("9112", False),
    ],
)
def test_which_numbers_are_outside(number, outside):
    assert PbxProfile(outside_prefix="9").is_outside(number) is outside


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("79161234567@trunk", "79161234567"),
        ("trunk/79161234567", "79161234567"),
        ("PJSIP/79161234567@trunk", "79161234567"),
        ("trunk/sip:+79161234567@10.0.0.1:5060", "+79161234567"),
        ("g0/79161234567", "79161234567"),
        ("i1/79161234567/s", "79161234567"),
        ("trunk", None),
        ("PJSIP/trunk", None),
        ("", None),
    ],
)
def test_the_number_in_a_dial_string(said, number):
    assert dialled_number(said) == number


@pytest.mark.parametrize("said", ["", "<unknown>", "Anonymous", "anonymous", "Restricted", "unavailable"])
def test_a_withheld_number_is_none(said):
    assert said_number(said) is None


@pytest.mark.parametrize(
    ("channel", "device"),
    [
        ("PJSIP/101-0000002a", "PJSIP/101"),
        ("PJSIP/msk-trunk-0000002a", "PJSIP/msk-trunk"),
        ("DAHDI/i1/7916-3", "DAHDI/i1/7916"),
        ("SIP/101-0000002a<ZOMBIE>", "SIP/101"),
    ],
)
def test_the_device_of_a_channel(channel, device):
    assert device_of(channel) == device

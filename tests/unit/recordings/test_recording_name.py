# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.recording_name import parse_recording_name


@pytest.mark.parametrize(
    ("name", "linkedid", "uniqueid"),
    [
        ("1795165200.1_1795165200.1.raw", "1795165200.1", "1795165200.1"),
        ("pbx-1-1795165200.1_pbx-1-1795165201.44.wav", "pbx-1-1795165200.1", "pbx-1-1795165201.44"),
        (
            "rolodial-01a1f8c2-0000-7000-8000-000000000001_1795165201.2.raw",
            "rolodial-01a1f8c2-0000-7000-8000-000000000001",
            "1795165201.2",
        ),
    ],
)
def test_names_as_our_dialplan_makes_them(name, linkedid, uniqueid):
    parsed = parse_recording_name(name)
    assert (parsed.linkedid, parsed.uniqueid) == (linkedid, uniqueid)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".raw",
        "1.raw",
        "..",
        "../1_2.raw",
        "1_2.raw/..",
        "/1_2.raw",
        "1..2_3.raw",
        ".1_2.raw",
        "1_2.raw\n",
        "1_2.raw\0",
        "1_2.RAW",
        "1_2.mp3",
        "1_2_3.raw",
        "1_-2.raw",
        "1 _2.raw",
        "١_2.raw",
        "a" * 200 + "_1.raw",
    ],
)
def test_other_names_are_refused(name):
    assert parse_recording_name(name) is None


@given(st.text(alphabet=st.sampled_from("./\\_-19aZ\0\n .raw"), max_size=40) | st.text(max_size=40))
def test_what_is_taken_never_leads_anywhere_else(name):
    parsed = parse_recording_name(name)
    if parsed:
        assert name == f"{parsed.linkedid}_{parsed.uniqueid}.{parsed.format}"
        assert not set(name) & set("/\\\0\n ")
        assert ".." not in name
        assert not name.startswith(".")
        assert len(name) < 255

# SPDX-License-Identifier: Apache-2.0
"""A call's id is the same for everybody who asks, sorts by time, and never mixes two runs of a PBX."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.ids import call_id, new_id, uuid7

LINKEDID = "1763800000.17"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_ami_and_fastagi_reach_the_same_id():
    assert call_id("main", "b1", LINKEDID) == call_id("main", "b1", LINKEDID)


def test_another_pbx_or_boot_is_another_call():
    ids = {call_id(pbx, boot, LINKEDID) for pbx in ("main", "branch") for boot in ("", "b1", "b2")}
    assert len(ids) == 6


def test_a_call_we_originate_brings_its_id():
    given_id = new_id(NOON)
    assert call_id("main", "b1", f"rolodial-{given_id}") == given_id
    assert call_id("main", "b1", f"rolodial-{given_id};2") == given_id


@given(st.text())
def test_any_linkedid_gives_a_version_7_id(linkedid):
    assert call_id("main", "", linkedid).version == 7


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**80 - 1))
def test_uuid7_keeps_the_time_and_the_marks(unix_ms, bits):
    made = uuid7(unix_ms, bits)
    assert (made.int >> 80, made.version, made.variant) == (unix_ms, 7, "specified in RFC 4122")


def test_ids_sort_by_time():
    assert new_id(NOON) < new_id(NOON + timedelta(milliseconds=1))
    assert call_id("main", "", "1763800000.99") < call_id("main", "", "1763800001.1")

# SPDX-License-Identifier: Apache-2.0
"""Which run of the PBX a call was of."""

from datetime import UTC, datetime, timedelta

import pytest

from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.boots import Boots

OLD, NEW = "2026-11-20T08:00:00", "2026-11-20T12:30:00"  # of a zone that is not ours
LOGIN = datetime(2026, 11, 20, 6, 31, tzinfo=UTC)
BEGAN = LOGIN - timedelta(seconds=50)


def say(boots, boot, uptime="50"):
    date, _, time = boot.partition("T")
    boots.feed(AmiEvent("Banner", {}, LOGIN))
    if uptime:
        boots.feed(AmiEvent("FullyBooted", {"Uptime": uptime}, LOGIN))
    boots.feed(AmiEvent("Response", {"CoreStartupDate": date, "CoreStartupTime": time}, LOGIN))


@pytest.mark.parametrize(("after", "boot"), [(-3600, OLD), (-3, OLD), (0, NEW), (30, NEW), (500, NEW)])
@pytest.mark.parametrize("known_from", ["journal", "login"])
def test_a_call_of_before_the_start_is_of_the_run_before(after, boot, known_from):
    boots = Boots()
    boots.known(OLD) if known_from == "journal" else say(boots, OLD, "9000")
    say(boots, NEW)
    assert boots.at(BEGAN + timedelta(seconds=after)) == boot


def test_a_connection_that_came_back_to_the_same_run_changes_nothing():
    boots = Boots()
    say(boots, OLD, "9000")
    say(boots, NEW)
    say(boots, NEW, "50")
    assert boots.at(BEGAN - timedelta(seconds=9)) == OLD


def test_a_pbx_that_starts_again_and_again_has_as_many_boots():
    boots = Boots()
    boots.known(OLD)
    say(boots, "2026-11-20T12:00:00", "1850")
    say(boots, NEW)
    assert boots.at(BEGAN - timedelta(minutes=1)) == "2026-11-20T12:00:00"
    assert boots.at(BEGAN - timedelta(hours=1)) == OLD


def test_of_the_only_run_that_is_known_every_call_is():
    boots = Boots()
    assert boots.at(BEGAN) == ""
    say(boots, NEW)
    assert boots.at(BEGAN - timedelta(days=1)) == NEW


def test_where_no_uptime_is_told_the_boot_is_taken_for_our_time():
    boots = Boots()
    boots.known(OLD)
    say(boots, NEW, uptime="")
    began = datetime.fromisoformat(NEW).astimezone(UTC)
    assert boots.at(began - timedelta(seconds=5)) == OLD
    assert boots.at(began) == NEW

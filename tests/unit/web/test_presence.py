# SPDX-License-Identifier: Apache-2.0
"""What all screens are told of a PBX, and when it is told again."""

from datetime import UTC, datetime

from crm_core.feed.in_process import InProcessFeed
from crm_core.ports.pbx import LinkState, PbxStatus
from web.live.presence import Presence, pbx_frame

NOW = datetime(2026, 11, 29, tzinfo=UTC)


class APbx:
    name = "main"
    alone = False

    def status(self):
        return PbxStatus(name=self.name, state=LinkState.CONNECTED, since=NOW, alone=self.alone)


class Told(InProcessFeed):
    def __init__(self) -> None:
        super().__init__()
        self.told = []

    def publish(self, kind, data, audience):
        self.told.append((kind, data["alone"]))


def test_screens_hear_once_that_the_dialplan_leads_calls_alone_and_once_that_it_does_not():
    feed, pbx = Told(), APbx()
    presence = Presence(feed)
    for pbx.alone in (False, False, True, True, False):
        presence.look([], [pbx])
    assert feed.told == [("pbx", False), ("pbx", True), ("pbx", False)]


def test_a_change_of_the_link_says_it_too():
    assert pbx_frame(APbx().status()) == {"name": "main", "state": "connected", "detail": "", "alone": False}

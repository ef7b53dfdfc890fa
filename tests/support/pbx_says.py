# SPDX-License-Identifier: Apache-2.0
"""A PBX that says what a test wants it to say, word by word."""

from datetime import UTC, datetime, timedelta

from crm_core.domain.call import CallMerged
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.call_tracker import CallTracker
from pbx_bridge.profile import PbxProfile

T0 = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class Pbx:
    """Says what a PBX would say; each word at a second of its own."""

    def __init__(self, profile=None, **more) -> None:
        self.tracker = CallTracker(profile or PbxProfile(), pbx="pbx", **more)
        self.told = []
        self.calls = {}
        self.at = T0

    def say(self, name, after=0.0, **fields):
        self.at += timedelta(seconds=after)
        for event in self.tracker.feed(AmiEvent(name, {"Event": name} | fields, self.at)):
            self.told.append(event)
            if isinstance(event, CallMerged):
                self.calls.pop(event.merged, None)
            self.calls[event.call.id] = event.call
        return self

    @property
    def call(self):
        (call,) = self.calls.values()
        return call

    def new(self, channel, uniqueid, linkedid=None, **fields):
        told = {"ChannelState": "4", "CallerIDNum": "", "Context": "", "Exten": ""} | fields
        return self.say(
            "Newchannel", Channel=channel, Uniqueid=uniqueid, Linkedid=linkedid or uniqueid, **told
        )

    def dial(self, caller, dest, linkedid, string, after=0.0, **fields):
        return self.say(
            "DialBegin", after, Uniqueid=caller, Linkedid=linkedid, DestUniqueid=dest, DestLinkedid=linkedid,
            DialString=string, **fields,
        )  # fmt: skip

    def enter(self, bridge, *uniqueids, after=0.0, already=0, **fields):
        for number, uniqueid in enumerate(uniqueids, start=1 + already):
            said = {
                "BridgeUniqueid": bridge,
                "BridgeNumChannels": str(number),
                "BridgeTechnology": "simple_bridge",
            }
            self.say("BridgeEnter", after if number == 1 else 0, Uniqueid=uniqueid, **said | fields)
        return self

    def leave(self, bridge, *uniqueids, after=0.0):
        for number, uniqueid in enumerate(uniqueids, start=1):
            self.say(
                "BridgeLeave", after if number == 1 else 0, Uniqueid=uniqueid, BridgeUniqueid=bridge,
                BridgeNumChannels=str(len(uniqueids) - number),
            )  # fmt: skip
        return self

    def hang_up(self, *uniqueids, cause="16"):
        for uniqueid in uniqueids:
            self.say("Hangup", Uniqueid=uniqueid, Cause=cause)
        return self

# SPDX-License-Identifier: Apache-2.0
"""Recorded calls put together, mixed, doubled, cut and left out; and how far from the truth they then are."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.replay import in_order
from tests.support.recordings_of_ami import calls_of, difference, events_of, frames_of, recording

ONE_SECOND = 1.0
_ID = re.compile(r"^\w*(?:Uniqueid|Linkedid): [^\r]+", re.MULTILINE)
_CHANNEL = (
    "Channel",
    "ChannelState",
    "CallerIDNum",
    "CallerIDName",
    "Context",
    "Exten",
    "Uniqueid",
    "Linkedid",
)


def events_in(name: str) -> list[AmiEvent]:
    """As they come on a real connection, which asks for the PBX's channels: there were none yet."""
    events = events_of(frames_of(recording(name)))
    first = next(place for place, event in enumerate(events) if event.at)
    nobody = AmiEvent("CoreShowChannelsComplete", {"Event": "CoreShowChannelsComplete"}, None)
    return [*events[:first], nobody, *events[first:]]


def changed(event: AmiEvent, shift: timedelta = timedelta(), mark: str = "") -> AmiEvent:
    """The same event at another time, of channels with other ids."""
    at = event.at + shift if event.at else None
    return AmiEvent(event.name, None, at, _ID.sub(rf"\g<0>{mark}", event._text) if mark else event._text)


def together(fragments: Sequence[list[AmiEvent]], offsets: Sequence[float]) -> list[AmiEvent]:
    """Several recordings as if they had happened on one PBX, each beginning so many seconds after the first began."""
    first = next(event.at for event in fragments[0] if event.at)
    mixed: list[AmiEvent] = []
    for mark, (fragment, offset) in enumerate(zip(fragments, offsets, strict=True)):
        began = next(event.at for event in fragment if event.at)
        shift = first - began + timedelta(seconds=offset)
        mixed += [changed(event, shift, chr(ord("a") + mark)) for event in fragment if event.at]
    return sorted(mixed, key=lambda event: event.at)  # type: ignore[arg-type, return-value]


@dataclass(frozen=True)
class Verdict:
    """What a damage did: to which event, and whether the calls are still right, or say that they may not be."""

    name: str
    right: bool  # in every fact that is told
    talk_right: bool
    doubted: bool

    @property
    def silently_wrong(self) -> bool:
        return not self.right and not self.doubted

    @property
    def talk_silently_wrong(self) -> bool:
        return not self.talk_right and not self.doubted


def verdict(name: str, want: list[dict[str, Any]], events: Iterable[AmiEvent]) -> Verdict:
    got, still_open = calls_of(events)
    place = {call["call_id"]: at for at, call in enumerate(want)}
    got.sort(key=lambda call: place.get(call["call_id"], len(place)))  # two may begin in one millisecond
    as_many = len(got) == len(want) and not still_open
    right = as_many and all(
        difference(one, other, ONE_SECOND) is None for one, other in zip(want, got, strict=True)
    )
    talk_right = as_many and all(
        abs(one["talk_s"] - other["talk_s"]) <= ONE_SECOND for one, other in zip(want, got, strict=True)
    )
    return Verdict(name, right, talk_right, any(call["uncertain"] for call in got))


def drops(events: list[AmiEvent], stride: int = 1) -> Iterator[Verdict]:
    """Each event left out."""
    want, _ = calls_of(events)
    for place in range(0, len(events), stride):
        if events[place].at is not None:
            yield verdict(events[place].name, want, [*events[:place], *events[place + 1 :]])


def doubles(events: list[AmiEvent], stride: int = 1) -> Iterator[Verdict]:
    want, _ = calls_of(events)
    for place in range(0, len(events), stride):
        yield verdict(
            events[place].name, want, [*events[: place + 1], changed(events[place]), *events[place + 1 :]]
        )


def swaps(events: list[AmiEvent], stride: int = 1) -> Iterator[Verdict]:
    """Neighbours that concern different channels change places."""
    want, _ = calls_of(events)
    for place, (one, two) in enumerate(pairwise(events)):
        if place % stride == 0 and one.at and not channels_in(one) & channels_in(two):
            mixed = [*events[:place], two, one, *events[place + 2 :]]
            yield verdict(one.name, want, in_order(iter(mixed)))


def channels_in(event: AmiEvent) -> set[str]:
    return {
        value
        for key, value in event.fields.items()
        if key.endswith("Uniqueid") and not key.startswith("Bridge")
    }


def gaps(events: list[AmiEvent], length: int, stride: int = 1) -> Iterator[Verdict]:
    """The connection is cut after each event and comes back `length` events later, with the PBX's list of channels.

    Not before the first: of a call that happened in a gap altogether AMI says nothing, and CEL does.
    """
    want, _ = calls_of(events)
    first = next(place for place, event in enumerate(events) if event.at)
    for begin in range(first + 1, len(events), stride):
        end = min(begin + length, len(events))
        if linkedids_in(events[begin:end]) - linkedids_in([*events[:begin], *events[end:]]):
            continue
        yield verdict(events[begin].name, want, [*events[:begin], *resync(events[:end]), *events[end:]])


def linkedids_in(events: Iterable[AmiEvent]) -> set[str]:
    return {event.fields["Linkedid"] for event in events if event.fields.get("Linkedid")}


def resync(events: Iterable[AmiEvent]) -> list[AmiEvent]:
    """What the PBX answers at a login that comes after these events."""
    channels: dict[str, dict[str, str]] = {}
    at = None
    for event in events:
        at = event.at or at
        fields, uniqueid = event.fields, event.fields.get("Uniqueid", "")
        if event.name == "Newchannel":
            channels[uniqueid] = {key: fields.get(key, "") for key in _CHANNEL} | {"BridgeId": ""}
        elif event.name == "Hangup":
            channels.pop(uniqueid, None)
        elif event.name in ("BridgeEnter", "BridgeLeave", "Newstate") and uniqueid in channels:
            channels[uniqueid] |= {key: fields[key] for key in ("ChannelState", "Linkedid") if key in fields}
            if event.name != "Newstate":
                channels[uniqueid]["BridgeId"] = (
                    fields["BridgeUniqueid"] if event.name == "BridgeEnter" else ""
                )
    listed = [
        AmiEvent("CoreShowChannel", {"Event": "CoreShowChannel"} | one, at) for one in channels.values()
    ]
    return [
        AmiEvent("Banner", {"Version": "11.0.0"}, at),
        *listed,
        AmiEvent("CoreShowChannelsComplete", {"Event": "CoreShowChannelsComplete"}, at),
    ]


def stepped(events: list[AmiEvent], place: int, step: timedelta) -> list[AmiEvent]:
    """The PBX's clock is set after an event."""
    return [*events[:place], *(changed(event, step) for event in events[place:])]

# SPDX-License-Identifier: Apache-2.0
"""Who was together with whom and when: stays in bridges, laid over one another. Pure.

Nothing is followed step by step here, as the AMI fold does: rows give intervals, and intervals have no order to lose.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pbx_bridge.cel.rows import CelRow

HOLDING = "holding_bridge"  # parking lots, waiting rooms: nobody hears anybody
Door = tuple[str, str]  # the two halves of a Local pair


@dataclass(frozen=True, slots=True)
class Stay:
    """One channel in one bridge."""

    uniqueid: str
    bridge: str
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in which nobody came or went: who heard whom (each group two or more), who waited alone."""

    since: float
    until: float
    groups: tuple[tuple[str, ...], ...]  # of each, who came first is first
    alone: frozenset[str]


class _Inside:
    """Which bridge each channel is in, as the rows go by."""

    def __init__(self) -> None:
        self.stays: list[Stay] = []
        self._here: dict[str, tuple[str, float, bool]] = {}

    def enter(self, row: CelRow) -> None:
        more = row.more()
        bridge = more.get("bridge_id", "")
        if self._bridge(row.uniqueid) != bridge:
            self.leave(row.uniqueid, row.at)
            waiting = more.get("bridge_technology") == HOLDING
            self._here[row.uniqueid] = (bridge, row.at, waiting)

    def exit(self, row: CelRow) -> None:
        if self._bridge(row.uniqueid) == row.more().get("bridge_id", ""):
            self.leave(row.uniqueid, row.at)

    def leave(self, uniqueid: str, at: float) -> None:
        bridge, since, waiting = self._here.pop(uniqueid, ("", at, True))
        if not waiting and at > since:
            self.stays.append(Stay(uniqueid, bridge, since, at))

    def everybody(self) -> list[str]:
        return list(self._here)

    def _bridge(self, uniqueid: str) -> str | None:
        here = self._here.get(uniqueid)
        return here[0] if here else None


def stays_of(rows: Sequence[CelRow], ends: Mapping[str, float], end: float) -> list[Stay]:
    """`ends` is when each channel was gone. Of a lost row the next one of that channel tells."""
    inside = _Inside()
    for row in rows:
        if row.event == "BRIDGE_ENTER":
            inside.enter(row)
        elif row.event == "BRIDGE_EXIT":
            inside.exit(row)
    for uniqueid in inside.everybody():
        inside.leave(uniqueid, min(ends.get(uniqueid, end), end))
    return inside.stays


def moments(stays: Sequence[Stay], doors: Sequence[Door]) -> Iterator[Moment]:
    """In order of time. A Local pair is two doors of one wall: what stands behind is what counts."""
    halves = {half for door in doors for half in door}
    for since, until in pairwise(sorted({time for stay in stays for time in (stay.since, stay.until)})):
        here = [stay for stay in stays if stay.since <= since and stay.until >= until]
        came = {one.uniqueid: (one.since, one.uniqueid) for one in here}
        rooms = _rooms({one.uniqueid: one.bridge for one in here}, doors)
        groups = [tuple(sorted(room - halves, key=came.__getitem__)) for room in rooms if room - halves]
        yield Moment(
            since,
            until,
            tuple(group for group in groups if len(group) > 1),
            frozenset(uniqueid for group in groups if len(group) == 1 for uniqueid in group),
        )


def _rooms(bridges: Mapping[str, str], doors: Sequence[Door]) -> list[set[str]]:
    """Channels by bridge; bridges joined where a pair stands in both."""
    room_of: dict[str, set[str]] = {}
    for uniqueid, bridge in bridges.items():
        room_of.setdefault(bridge, set()).add(uniqueid)
    for one, two in doors:
        here, there = bridges.get(one), bridges.get(two)
        if here and there:
            joined = room_of[here] | room_of[there]
            for uniqueid in joined:
                room_of[bridges[uniqueid]] = joined
    return list({id(room): room for room in room_of.values()}.values())

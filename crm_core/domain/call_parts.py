# SPDX-License-Identifier: Apache-2.0
"""What a call's time went to: the client's own timeline cut into parts, and the operators' time, another sum.

The words are DESIGN section 3: menu + wait + ring + talk + hold + voicemail = call.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from crm_core.domain.call import Call, Leg, LegKind, PauseKind


class Part(StrEnum):
    MENU = "menu"  # whatever is nothing else: greetings, menus, a busy tone
    RING = "ring"
    WAIT = "wait"  # in a queue, or parked
    VOICEMAIL = "voicemail"
    TALK = "talk"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Stretch:
    """One part of the client's timeline, from one moment to the next stretch."""

    part: Part
    started_at: datetime
    ended_at: datetime

    @property
    def seconds(self) -> float:
        return (self.ended_at - self.started_at).total_seconds()


# Of two that hold at one moment the later counts: who waits in a queue hears its phones ring, and still waits.
_PRECEDENCE = (Part.RING, Part.WAIT, Part.VOICEMAIL, Part.TALK, Part.HOLD)
_CONNECTING = timedelta(seconds=1)  # so long nothing may happen before a phone rings or a person is heard
_NEVER_LONGER = frozenset({Part.TALK, Part.HOLD, Part.VOICEMAIL})  # parts that end when they end


def stretches(call: Call, now: datetime | None = None) -> tuple[Stretch, ...]:
    """The whole timeline without a gap or an overlap; nothing where the times of a call are not known."""
    begin, end = call.started_at, call.ended_at or now
    if begin is None or end is None or end <= begin:
        return ()
    spans = [(part, max(one, begin), min(other, end)) for part, one, other in _spans(call, end)]
    cuts = sorted({begin, end, *(cut for _, one, other in spans if one < other for cut in (one, other))})
    parts = [Stretch(_part_at(one, spans), one, other) for one, other in pairwise(cuts)]
    return tuple(_merged(_connected(list(_merged(parts)))))


def seconds(call: Call, now: datetime | None = None) -> dict[Part, float]:
    """How long each part took, all of them together; parts that did not occur are 0."""
    sums = dict.fromkeys(Part, 0.0)
    for stretch in stretches(call, now):
        sums[stretch.part] += stretch.seconds
    return sums


def waited(call: Call, now: datetime | None = None) -> float:
    """From first sight to the first talk with a person, or to the end."""
    total = 0.0
    for stretch in stretches(call, now):
        if stretch.part in (Part.TALK, Part.HOLD):
            break
        total += stretch.seconds
    return total


def operator_seconds(legs: Iterable[Leg], wrap_up: float = 0.0) -> float:
    """What a call cost the operators: two of them in one consultation count twice, as they should."""
    return sum(leg.talk_s + leg.hold_s for leg in legs if leg.kind is LegKind.OPERATOR) + wrap_up


def _spans(call: Call, end: datetime) -> Iterator[tuple[Part, datetime, datetime]]:
    for talk in call.talks:
        yield Part.TALK, talk.started_at, talk.ended_at or end
    for pause in call.pauses:
        part = Part.HOLD if pause.kind is PauseKind.HOLD else Part.WAIT
        yield part, pause.started_at, pause.ended_at or end
    for leg in call.legs:
        if leg.kind is LegKind.VOICEMAIL and leg.answered_at:
            yield Part.VOICEMAIL, leg.answered_at, leg.ended_at or end
        elif leg.kind is LegKind.QUEUE and leg.rang_at:
            yield Part.WAIT, leg.rang_at, leg.ended_at or end
        elif leg.kind in (LegKind.OPERATOR, LegKind.EXTERNAL) and leg.rang_at:
            yield Part.RING, leg.rang_at, leg.answered_at or leg.ended_at or end


def _part_at(moment: datetime, spans: list[tuple[Part, datetime, datetime]]) -> Part:
    here = {part for part, one, other in spans if one <= moment < other}
    return next((part for part in reversed(_PRECEDENCE) if part in here), Part.MENU)


def _connected(parts: list[Stretch]) -> Iterator[Stretch]:
    """A moment of nothing between the dialplan's steps is no menu: it belongs to the ringing or waiting beside it."""
    for at, stretch in enumerate(parts):
        part = stretch.part
        if part is Part.MENU and stretch.ended_at - stretch.started_at < _CONNECTING:
            beside = [parts[i].part for i in (at + 1, at - 1) if 0 <= i < len(parts)]
            part = next((one for one in beside if one not in _NEVER_LONGER), part)
        yield Stretch(part, stretch.started_at, stretch.ended_at)


def _merged(parts: Iterable[Stretch]) -> Iterator[Stretch]:
    kept: Stretch | None = None
    for stretch in parts:
        if kept and kept.part is stretch.part:
            kept = Stretch(kept.part, kept.started_at, stretch.ended_at)
            continue
        if kept:
            yield kept
        kept = stretch
    if kept:
        yield kept

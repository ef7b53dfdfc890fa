# SPDX-License-Identifier: Apache-2.0
"""Recorded calls of which both witnesses were kept: AMI's bytes and the rows of CEL's file."""

from collections.abc import Iterable

from crm_core.domain.call import Call
from crm_core.domain.witness import WitnessedCall
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.call_tracker import CallTracker
from pbx_bridge.cel.fold import CelFold
from pbx_bridge.cel.rows import CelRow, parse_all
from pbx_bridge.replay import Calls
from tests.support.recordings_of_ami import PROFILE, SCENARIOS, events_of, frames_of

_OF = {
    str(path.relative_to(SCENARIOS)).removesuffix(".csv").removesuffix(".cel"): path
    for path in [*SCENARIOS.glob("**/*.cel"), *SCENARIOS.glob("*.cel.csv")]
}
NAMES = sorted(_OF)
FAR_AHEAD = 4e9  # later than any row: what has no end is closed


def rows_of(name: str) -> list[CelRow]:
    return list(parse_all(_OF[name].read_text()))


def events_beside(name: str) -> list[AmiEvent]:
    return events_of(frames_of((SCENARIOS / f"{name}.ami").read_bytes()))


def witnessed(rows: Iterable[CelRow]) -> list[WitnessedCall]:
    fold = CelFold(PROFILE, "pbx")
    told = [one for row in rows for one in fold.feed(row)] + fold.settle(FAR_AHEAD)
    assert fold.open_count == 0
    return [one.call for one in told]


def tracked(events: Iterable[AmiEvent]) -> list[Call]:
    tracker = CallTracker(PROFILE, pbx="pbx", of_pbx=True)
    calls = Calls()
    for event in events:
        calls.note(tracker.feed(event))
    calls.note(tracker.finish())
    return calls.list(tracker.open_calls())


def paired(calls: Iterable[Call], said: Iterable[WitnessedCall]) -> list[tuple[Call | None, WitnessedCall]]:
    """Each witnessed call with ours, by the linkedids they share."""
    found = {linkedid: call for call in calls for linkedid in call.linkedids}
    return [(next((found[one] for one in call.linkedids if one in found), None), call) for call in said]

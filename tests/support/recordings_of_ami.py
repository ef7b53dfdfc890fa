# SPDX-License-Identifier: Apache-2.0
"""The recorded calls of tests/scenarios, as bytes, frames, events and what they must come to."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pbx_bridge.ami_event import AmiEvent, event_name, parse
from pbx_bridge.ami_framing import AmiFraming
from pbx_bridge.call_tracker import CallTracker, is_wanted
from pbx_bridge.profile import PbxProfile
from pbx_bridge.replay import Calls, call_as_json

SCENARIOS = Path(__file__).parent.parent / "scenarios"
PROFILE = PbxProfile.from_toml((SCENARIOS / "pbx.toml").read_text())
NAMES = sorted(path.stem for path in SCENARIOS.glob("*.expect"))
WHOLE = [name for name in NAMES if not name.startswith("connect")]  # recorded from before the first channel


def recording(name: str) -> bytes:
    return (SCENARIOS / f"{name}.ami").read_bytes()


def expected(name: str) -> dict[str, Any]:
    return json.loads((SCENARIOS / f"{name}.expect").read_text())


def frames_of(data: bytes, step: int = 1 << 20) -> list[bytes]:
    framing = AmiFraming()
    return [
        frame for start in range(0, len(data), step) for frame in framing.feed(data[start : start + step])
    ]


def events_of(frames: Iterable[bytes]) -> list[AmiEvent]:
    return [parse(frame) for frame in frames if is_wanted(event_name(frame), frame)]


def calls_of(
    events: Iterable[AmiEvent], profile: PbxProfile = PROFILE, *, finish: bool = True
) -> tuple[list[dict[str, Any]], int]:
    """What a replay says, and how many calls are still open."""
    tracker = CallTracker(profile, pbx="pbx", of_pbx=True)
    calls = Calls()
    for event in events:
        calls.note(tracker.feed(event))
    if finish:
        calls.note(tracker.finish())
    still_open = tracker.open_calls()
    return [call_as_json(call) for call in calls.list(still_open)], len(still_open)


def difference(want: dict[str, Any], got: dict[str, Any], tolerance: float) -> str | None:
    """The first thing in which two calls differ, of those that the first one tells."""
    for key in want.keys() - {"call_id", "legs", "transfers", "uncertain", "recordings", "caller_name"}:
        if key.endswith("_at"):
            continue
        if key.endswith("_s"):
            same = (want[key] is None) == (got[key] is None) and abs(
                (want[key] or 0) - (got[key] or 0)
            ) <= tolerance
        else:
            same = want[key] == got[key]
        if not same:
            return f"{key}: {want[key]!r} became {got[key]!r}"
    transfers = [{key: one[key] for key in ("kind", "by", "to", "completed")} for one in got["transfers"]]
    told = [{key: one[key] for key in ("kind", "by", "to", "completed")} for one in want["transfers"]]
    if told != transfers:
        return f"transfers: {told} became {transfers}"
    legs = sorted((str(one["party"]), one["kind"], one["end_reason"]) for one in got["legs"])
    told_legs = sorted((str(one["party"]), one["kind"], one["end_reason"]) for one in want["legs"])
    return None if legs == told_legs else f"legs: {told_legs} became {legs}"

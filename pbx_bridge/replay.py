# SPDX-License-Identifier: Apache-2.0
"""Calls from a recording of an AMI connection: our own captures, or the bare bytes a client received."""

import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crm_core.domain.call import Call, CallEvent, CallMerged, Leg, Transfer
from pbx_bridge.ami_event import AmiEvent, event_name, parse
from pbx_bridge.ami_framing import AmiFraming
from pbx_bridge.call_tracker import CallTracker, is_wanted
from pbx_bridge.journal_read import Fold
from pbx_bridge.profile import PbxProfile
from pbx_bridge.sealed import Keys
from pbx_bridge.segment import Segment, is_journal

CONTRACT = 1
CUT_SHORT = "cut short, or damaged; read up to there"
Wanted = Callable[[bytes, bytes], bool]  # of its name, and the whole frame
_CHUNK = 1 << 20
_JITTER = timedelta(milliseconds=1)  # Asterisk's threads stamp events of one moment a little out of order
_LONE_LF = re.compile(rb"(?<!\r)\n")
_GZIP = b"\x1f\x8b"
_SIGNS = re.compile(rb"Asterisk Call Manager/|^(Event|Response|ActionID): ", re.MULTILINE)


@dataclass
class Replay:
    """What a file's events came to. Calls still open at its end are among `calls`, without an end."""

    file: str
    calls: list[Call] = field(default_factory=list)
    open: int = 0
    events: int = 0
    skipped: int = 0
    trouble: str = ""  # what a person should know of the file, if it is not as it should be

    def as_json(self) -> dict[str, Any]:
        return {
            "contract": CONTRACT,
            "file": self.file,
            "calls": [call_as_json(call) for call in self.calls],
            "open": self.open,
        }


class Calls:
    """The latest snapshot of each call, oldest call first."""

    def __init__(self) -> None:
        self._calls: dict[Any, Call] = {}

    def note(self, events: list[CallEvent]) -> None:
        for event in events:
            if isinstance(event, CallMerged):
                self._calls.pop(event.merged, None)
            self._calls[event.call.id] = event.call

    def list(self, still_open: tuple[Call, ...] = ()) -> list[Call]:
        for call in still_open:
            self._calls[call.id] = call
        return list(self._calls.values())


def replay(
    path: Path, profile: PbxProfile | None = None, *, pbx: str = "", keys: Keys | None = None
) -> Replay:
    if is_journal(path):
        return _replay_segment(Segment(path, keys), profile, pbx)
    result, calls = Replay(str(path)), Calls()
    tracker = CallTracker(profile or PbxProfile(), pbx=pbx, of_pbx=True)
    for event in in_order(bare_events(bytes_of(path, result))):
        result.events += 1
        calls.note(tracker.feed(event))
    return _ended(result, tracker, calls)


def _replay_segment(segment: Segment, profile: PbxProfile | None, pbx: str) -> Replay:
    result, calls = Replay(str(segment.path)), Calls()
    known = profile or PbxProfile.from_table(segment.head.profile or {})
    tracker = CallTracker(known, pbx=pbx or segment.head.pbx, boot=segment.head.boot)
    fold = Fold(tracker, calls.note)
    for read in segment:
        fold.feed(read)
    result.events = fold.events
    result.trouble = CUT_SHORT if segment.trouble else ""
    return _ended(result, tracker, calls)


def _ended(result: Replay, tracker: CallTracker, calls: Calls) -> Replay:
    calls.note(tracker.finish())
    still_open = tracker.open_calls()
    result.calls = calls.list(still_open)
    result.open = len(still_open)
    result.skipped = tracker.skipped
    return result


def bare_events(chunks: Iterable[bytes], wanted: Wanted = is_wanted) -> Iterator[AmiEvent]:
    """Times are what Timestamp headers say. A stream that was cut inside its last frame has all the others."""
    framing = AmiFraming()
    end = b""
    for chunk in _with_crlf(chunks):
        yield from _parsed(framing.feed(chunk), wanted)
        end = chunk[-2:]
    if end == b"\r\n":
        yield from _parsed(framing.feed(b"\r\n\r\n"), wanted)


def _with_crlf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines may end in LF alone, as after a copy through an editor."""
    kept = b""
    for read in chunks:
        chunk = kept + read
        kept = b"\r" if chunk.endswith(b"\r") else b""
        chunk = chunk[: len(chunk) - len(kept)]
        yield _LONE_LF.sub(b"\r\n", chunk) if chunk.count(b"\r\n") < chunk.count(b"\n") else chunk


def in_order(events: Iterator[AmiEvent]) -> Iterator[AmiEvent]:
    """Two neighbours that changed places on their way are put back, by the times that they bear themselves."""
    waiting: AmiEvent | None = None
    for event in events:
        if waiting is None:
            waiting = event
        elif event.at is not None and waiting.at is not None and event.at + _JITTER < waiting.at:
            yield event
        else:
            yield waiting
            waiting = event
    if waiting is not None:
        yield waiting


def _parsed(frames: list[bytes], wanted: Wanted) -> Iterator[AmiEvent]:
    for frame in frames:
        if wanted(event_name(frame), frame):
            yield parse(frame)


def bytes_of(path: Path, result: Replay) -> Iterator[bytes]:
    """Of a recording of bare bytes, packed or not; `result` is told of what is wrong with it.

    It may be larger than memory. Of a .gz that was cut, all that can be read is given.
    """
    with path.open("rb") as raw:
        packed = raw.read(len(_GZIP)) == _GZIP
        raw.seek(0)
        file = gzip.GzipFile(fileobj=raw) if packed else raw
        first = True
        while True:
            try:
                chunk = file.read1(_CHUNK)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                result.trouble = f"{CUT_SHORT}: {error}"
                return
            if first:
                result.trouble = _first_look(chunk)
                first = False
            if not chunk:
                return
            yield chunk


def _first_look(chunk: bytes) -> str:
    if not chunk:
        return "empty"
    return "" if _SIGNS.search(chunk) else "nothing in it looks like AMI"


def call_as_json(call: Call) -> dict[str, Any]:
    timed = call.started_at is not None
    return {
        "call_id": str(call.id),
        "direction": str(call.direction),
        "caller": call.caller,
        "caller_name": call.caller_name,
        "dialled": call.dialled,
        "answered_by": call.answered_by,
        "final_party": call.final_party,
        "disposition": str(call.disposition) if call.disposition else None,
        "missed": call.missed,
        "started_at": _iso(call.started_at),
        "answered_at": _iso(call.answered_at),
        "ended_at": _iso(call.ended_at),
        "wait_s": call.wait_s,
        "talk_s": call.talk_s if timed else None,
        "hold_s": call.hold_s if timed else None,
        "hangup_by": str(call.hangup_by) if call.hangup_by else None,
        "transfers": [_transfer_as_json(one) for one in call.transfers],
        "queue": call.queue,
        "legs": [_leg_as_json(leg, timed=timed) for leg in call.legs],
        "recordings": list(call.recordings),
        "uncertain": list(call.uncertain),
    }


def _transfer_as_json(transfer: Transfer) -> dict[str, Any]:
    return {
        "kind": str(transfer.kind),
        "by": transfer.by,
        "to": transfer.to,
        "completed": transfer.completed,
        "at": _iso(transfer.at),
    }


def _leg_as_json(leg: Leg, *, timed: bool) -> dict[str, Any]:
    return {
        "party": leg.party,
        "kind": str(leg.kind),
        "rang_at": _iso(leg.rang_at),
        "answered_at": _iso(leg.answered_at),
        "ended_at": _iso(leg.ended_at),
        "talk_s": leg.talk_s if timed else None,
        "hold_s": leg.hold_s if timed else None,
        "end_reason": leg.end_reason,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

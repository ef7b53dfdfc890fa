# SPDX-License-Identifier: Apache-2.0
"""Events a second of CPU: our framing, journal and tracker, beside panoramisk's bare '*' callback on the same bytes.

The bytes are a recorded call of a real Asterisk, repeated with new ids: once as a client of every class hears it, once
as our AMI user (read=call,agent) does.
"""

import asyncio
import re
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import panoramisk  # what we are measured by
from panoramisk.ami_protocol import AMIProtocol

from config.bench._rounds import BenchError, alternate, cpu_s
from config.bench.figure import Figure, Limit
from config.garbage import settle_garbage
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.ami_stream import AmiStream
from pbx_bridge.call_tracker import WANTED, CallTracker
from pbx_bridge.journal import Journal
from pbx_bridge.profile import PbxProfile
from pbx_bridge.settings import JournalSettings

SCENARIOS = Path(__file__).parents[2] / "tests" / "scenarios"
_COPIES = 400
_READ = 40_960  # bytes of one read: what gathers in 20 ms at 60 two-leg calls a second (read_pace)
_UNIQUEID = re.compile(rb"\b(\d{10})(\.\d+)")
_CHANNEL = re.compile(rb"-([0-9a-f]{4})([0-9a-f]{4})\b")


def run(rounds: int) -> list[Figure]:
    settle_garbage()
    return [
        _measure("ami_events_per_cpu_second", "inbound_answered_caller_hangs_up.all.ami", rounds),
        _measure("ami_events_per_cpu_second_lean", "inbound_answered_caller_hangs_up.ami", rounds),
    ]


def _measure(name: str, capture: str, rounds: int) -> Figure:
    stream = many_calls((SCENARIOS / capture).read_bytes())
    events = stream.count(b"\r\nEvent: ") + stream.startswith(b"Event: ")
    reads = reads_of(stream)
    ours, theirs = alternate(max(rounds, 5), lambda: _ours(reads), lambda: _panoramisk(reads))
    return Figure(
        name=name,
        value=events / ours,
        unit="events/s",
        reference=events / theirs,
        must=Limit(ratio=4, more=True),
        goal=Limit(ratio=7, more=True),
    )


def reads_of(stream: bytes) -> list[bytes]:
    return [stream[at : at + _READ] for at in range(0, len(stream), _READ)]


def many_calls(recorded: bytes) -> bytes:
    """The events of one call, again and again under ids of their own."""
    start = recorded.index(b"Event: Newchannel")
    call = recorded[start : recorded.rindex(b"\r\n\r\n") + 4]
    epoch = int(next(_UNIQUEID.finditer(call))[1])
    copies = []
    for copy in range(_COPIES):
        unique = _UNIQUEID.sub(rb"%d\2" % (epoch + copy), call)
        copies.append(_CHANNEL.sub(rb"-%04x\2" % copy, unique))
    return b"".join(copies)


def _ours(reads: list[bytes]) -> float:
    tracker = CallTracker(PbxProfile(trunks=("PJSIP/trunk",)), pbx="bench")
    told: list[object] = []

    def on_event(event: AmiEvent) -> None:
        told.extend(tracker.feed(event))

    stream = AmiStream(WANTED, on_event)
    with tempfile.TemporaryDirectory() as directory:
        journal = Journal(JournalSettings(directory=Path(directory)), "bench")
        journal.opened(0, 0)

        def work() -> None:
            for data in reads:
                mono, wall = time.monotonic_ns(), time.time_ns()
                journal.append(data, mono, wall)
                stream.feed(data, datetime.fromtimestamp(wall / 1e9, UTC))

        spent = cpu_s(work)
        journal.close()
    if len(tracker.open_calls()) or len(told) < _COPIES:
        raise BenchError(
            f"the tracker saw {len(told)} call events, {len(tracker.open_calls())} calls stayed open"
        )
    return spent


def _panoramisk(reads: list[bytes]) -> float:
    loop = asyncio.new_event_loop()
    seen: list[str] = []
    try:
        manager = panoramisk.Manager(loop=loop, encoding="utf8")
        manager.register_event("*", lambda _manager, event: seen.append(event.event))
        protocol = AMIProtocol()
        protocol.connection_made(None)
        protocol.factory, protocol.encoding = manager, "utf8"
        spent = cpu_s(lambda: [protocol.data_received(data) for data in reads])
    finally:
        loop.close()
    if len(seen) < _COPIES:
        raise BenchError("panoramisk saw no events")
    return spent

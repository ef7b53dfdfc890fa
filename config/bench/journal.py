# SPDX-License-Identifier: Apache-2.0
"""What the journal costs: framing and tracker with it beside without it, and a sealed journal beside a plain one.

Reads as they come at 60 calls a second; only CPU of the reading thread, for the disk is told in another one.
"""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet

from config.bench._rounds import BenchError, alternate, cpu_s
from config.bench.ami import SCENARIOS, many_calls, reads_of
from config.bench.figure import Figure, Limit
from config.garbage import settle_garbage
from crm_core.storage.secret_box import FernetBox
from pbx_bridge.ami_stream import AmiStream
from pbx_bridge.call_tracker import WANTED, CallTracker
from pbx_bridge.journal import Journal
from pbx_bridge.journal_keys import DayKeys
from pbx_bridge.profile import PbxProfile
from pbx_bridge.settings import JournalSettings

if TYPE_CHECKING:
    from crm_core.domain.call import CallEvent

_CAPTURE = "inbound_answered_caller_hangs_up.ami"  # as our AMI user hears it


def run(rounds: int) -> list[Figure]:
    settle_garbage()
    reads = reads_of(many_calls((SCENARIOS / _CAPTURE).read_bytes()))
    rounds = max(rounds, 9)
    on, off = alternate(rounds, lambda: _with_journal(reads, sealed=False), lambda: _fold(reads, _nothing))
    sealed, plain = alternate(
        rounds, lambda: _with_journal(reads, sealed=True), lambda: _with_journal(reads, sealed=False)
    )
    return [
        _figure("journal_cpu", on, off, must=1.25, goal=1.1),
        _figure("journal_sealed_cpu", sealed, plain, must=1.15, goal=1.05),
    ]


def _figure(name: str, value: float, reference: float, *, must: float, goal: float) -> Figure:
    return Figure(
        name=name,
        value=value * 1000,
        unit="ms",
        reference=reference * 1000,
        must=Limit(ratio=must),
        goal=Limit(ratio=goal),
        note="400 calls",
    )


def _nothing(_data: bytes, _mono: int, _wall: int) -> None:
    pass


def _with_journal(reads: list[bytes], *, sealed: bool) -> float:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        settings = JournalSettings(directory=path, sealed=sealed)
        journal = Journal(settings, "bench", DayKeys(path, FernetBox(Fernet.generate_key())))
        journal.opened(0, time.time_ns())
        try:
            return _fold(reads, journal.append)
        finally:
            journal.close()
            if journal.lost_bytes:
                raise BenchError("the journal could not be written")


def _fold(reads: list[bytes], append: Callable[[bytes, int, int], None]) -> float:
    tracker = CallTracker(PbxProfile(trunks=("PJSIP/trunk",)), pbx="bench")
    told: list[CallEvent] = []
    stream = AmiStream(WANTED, lambda event: told.extend(tracker.feed(event)))

    def work() -> None:
        for data in reads:
            mono, wall = time.monotonic_ns(), time.time_ns()
            append(data, mono, wall)
            stream.feed(data, datetime.fromtimestamp(wall / 1e9, UTC))

    return cpu_s(work)

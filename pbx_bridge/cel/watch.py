# SPDX-License-Identifier: Apache-2.0
"""One PBX's CEL file, watched: what it says of each call, given a few seconds after its end until it is taken."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from crm_core.domain.witness import WitnessedCall
from pbx_bridge.cel.fold import CelFold, Told
from pbx_bridge.cel.rows import parse
from pbx_bridge.cel.tail import CelTail
from pbx_bridge.profile import PbxProfile

log = structlog.get_logger()

_MOST_DUE = 2_000  # calls read and not yet taken: then reading waits
_LONGEST_WAIT_S = 60.0
_MOST_TRIES = 200  # three hours; then this one call is given up


@dataclass(frozen=True, slots=True, kw_only=True)
class CelTimes:
    """Seconds."""

    look_s: float = 1.0
    after_s: float = 3.0  # from a call's end: AMI has told of it by then
    patient_s: float = 15.0  # AMI may be late; then what CEL says stands alone


@dataclass(slots=True, eq=False)
class Due:
    """A call to be compared. While `patient`, whoever takes it may say 'later'."""

    told: Told
    at: float
    tries: int = 0
    patient: bool = True

    @property
    def call(self) -> WitnessedCall:
        return self.told.call


@dataclass(slots=True)
class CelCounters:
    """Since the start of the process."""

    rows: int = 0
    strange: int = 0  # lines that are no rows of ours
    faults: int = 0  # calls that were beyond us: bugs
    calls: int = 0
    given_up: int = 0
    busy_s: float = 0.0  # CPU of reading and folding
    last_row_at: float = 0.0

    @property
    def lost(self) -> int:
        return self.given_up + self.faults


Take = Callable[[Sequence[Due]], Awaitable[Sequence[Due]]]  # gives back those that must wait


@dataclass(slots=True)
class CelWatch:
    """`run` it in a task. `take` is given what is due; an exception of it means that all must wait."""

    pbx: str
    file: Path
    profile: PbxProfile
    place: Path
    take: Take
    times: CelTimes = CelTimes()
    counters: CelCounters = field(default_factory=CelCounters)
    _fold: CelFold = field(init=False)
    _tail: CelTail = field(init=False)
    _due: list[Due] = field(default_factory=list)
    _newest: tuple[float, float] = (0.0, 0.0)  # the PBX's clock, and ours when it said so

    def __post_init__(self) -> None:
        self._fold = CelFold(self.profile, self.pbx)
        self._tail = CelTail(self.file, self.place)

    @property
    def trouble(self) -> str:
        """Why nothing is read, or the file cannot be put aside."""
        return self._tail.trouble or self._tail.aside_trouble

    @property
    def is_reading(self) -> bool:
        return not self._tail.trouble

    @property
    def waiting(self) -> int:
        return len(self._due)

    @property
    def open_calls(self) -> int:
        return self._fold.open_count

    @property
    def _has_room(self) -> bool:
        return len(self._due) < _MOST_DUE

    async def run(self) -> None:
        try:
            while True:
                read = 0
                try:
                    read = await asyncio.to_thread(self._look)
                    if not (self._tail.is_behind and self._has_room):  # first all that was written meanwhile
                        await self._give()
                        await asyncio.to_thread(self._keep_place)
                except Exception:  # a bug may not end the second witness for good
                    log.exception("CEL not read", pbx=self.pbx)
                await asyncio.sleep(0 if read and self._has_room else self.times.look_s)
        finally:
            self._tail.close()

    def _look(self) -> int:
        """How many lines there were."""
        if not self._has_room:
            return 0
        began = time.thread_time()
        lines = self._tail.read()
        for line in lines:
            row = parse(line.text)
            if row is None:
                self.counters.strange += bool(line.text)
                continue
            self.counters.rows += 1
            if row.at > self._newest[0]:
                self._newest = (row.at, time.monotonic())
            self._note(partial(self._fold.feed, row, line.mark))
        self._note(partial(self._fold.settle, self._pbx_now()))
        self.counters.last_row_at = self._newest[0]
        self.counters.busy_s += time.thread_time() - began
        return len(lines)

    def _note(self, tell: Callable[[], list[Told]]) -> None:
        """What there is to be compared. A bug costs the call that it is about, and no other."""
        try:
            told = tell()
        except Exception:
            self.counters.faults += 1
            log.exception("CEL of a call not understood", pbx=self.pbx)
            return
        now = self._pbx_now()
        for one in told:
            wait = max(0.0, self.times.after_s - (now - one.call.ended_at.timestamp()))
            self._due.append(Due(one, time.monotonic() + wait))
        self.counters.calls += len(told)

    def _pbx_now(self) -> float:
        """By the PBX's clock, which need not be ours."""
        said, heard = self._newest
        return said + time.monotonic() - heard if said else 0.0

    async def _give(self) -> None:
        now = time.monotonic()
        due = [one for one in self._due if one.at <= now]
        if not due:
            return
        for one in due:
            one.patient = one.tries * self.times.after_s < self.times.patient_s
        try:
            later = set(map(id, await self.take(due)))
        except Exception:  # a database that is away comes back
            log.exception("what CEL says could not be kept", pbx=self.pbx, calls=len(due))
            later = set(map(id, due))
        given, now = set(map(id, due)) - later, time.monotonic()  # taking many takes its time
        for one in due:
            one.tries += 1
            one.at = now + (self.times.after_s if one.patient else min(one.tries, _LONGEST_WAIT_S))
            if one.tries > _MOST_TRIES and id(one) in later:
                self.counters.given_up += 1
                given.add(id(one))
        self._due = [one for one in self._due if id(one) not in given]

    def _keep_place(self) -> None:
        """Behind us lies only what was taken."""
        marks = [one.told.mark for one in self._due]
        first = self._fold.first_mark()
        self._tail.keep(min([*marks, first] if first is not None else marks, default=None))
        self._tail.put_aside()

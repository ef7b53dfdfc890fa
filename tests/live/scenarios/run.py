# SPDX-License-Identifier: Apache-2.0
"""Plays scenarios on a real Asterisk, many at once, and holds the history against what people did."""

import asyncio
import contextlib
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.asterisk.instance import AsteriskInstance
from config.asterisk.plan import PbxPlan
from config.asterisk.ports import free_port
from config.asterisk.program import AsteriskProgram
from pbx_bridge.ami_event import parse
from pbx_bridge.amij import Kind
from pbx_bridge.capture import capture
from pbx_bridge.cel.rows import cel_row
from pbx_bridge.segment import Segment
from pbx_bridge.settings import AmiSettings
from tests.live.scenarios.house import PHONES_AT, WORLD_AT, House
from tests.live.scenarios.line import Line
from tests.live.scenarios.party import Person
from tests.live.scenarios.split import LOGIN, Split, mask
from tests.live.scenarios.stage import Script, Stage, masked
from tests.support.recordings_of_ami import calls_of, difference, events_of, frames_of

SLOTS = 80
AT_ONCE = 12  # voices of 50 packets a second each, on a machine of two cores
A_SECOND = 1.0
_LONGEST_S = 60.0


@dataclass
class Outcome:
    """What came of one scenario: what was recorded, what people did, and what is wrong with our story of it."""

    name: str
    wants: list[dict[str, Any]]
    trouble: str = ""  # the script itself did not come to its end
    ami: str = ""
    cel: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    still_open: int = 0

    def differences(self, tolerance: float = A_SECOND) -> list[str]:
        if self.trouble:
            return [self.trouble]
        if len(self.calls) != len(self.wants) or self.still_open:
            said = [f"{call['caller']} -> {call['dialled']}: {call['disposition']}" for call in self.calls]
            return [f"{len(self.wants)} calls became {len(said)}, {self.still_open} open: {said}"]
        found = []
        for want, got in zip(self.wants, self.calls, strict=True):
            told = difference(want, got, tolerance) or _legs_differ(want, got, tolerance)
            found += [told] if told else []
            if want["uncertain"] != got["uncertain"]:
                found.append(f"uncertain: {want['uncertain']} became {got['uncertain']}")
        return found

    def wants_in_order(self) -> list[dict[str, Any]]:
        return [_ordered(want, got) for want, got in zip(self.wants, self.calls, strict=True)]


def _even_attempts(outcome: Outcome, people: Iterable[Person]) -> None:
    """The script leaves it to the queue how often it tries in vain; that it was so often, each phone tells."""
    vain = {"busy", "no_answer", "answered_elsewhere", "cancelled"}
    for person in people:
        party = masked(person)
        told = sum(
            leg["party"] == party and leg["rang_at"] is not None
            for call in outcome.calls
            for leg in call["legs"]
        )
        if told != person.rung:
            outcome.trouble = f"{party}'s phone rang {person.rung} times, and {told} legs are told"
    names = ("party", "kind", "talk_s", "end_reason")
    free = {masked(person) for person in people}
    for want, got in zip(outcome.wants, outcome.calls, strict=False):
        tried = [leg for leg in got["legs"] if leg["party"] in free and leg["end_reason"] in vain]
        want["legs"] = [
            leg for leg in want["legs"] if leg["party"] not in free or leg["end_reason"] not in vain
        ]
        want["legs"] += [{name: leg[name] for name in names} for leg in tried]


def _key(leg: Mapping[str, Any]) -> tuple[str, str, float]:
    return str(leg["party"]), leg["end_reason"], leg["talk_s"] or 0.0


def _legs_differ(want: Mapping[str, Any], got: Mapping[str, Any], tolerance: float) -> str | None:
    for told, leg in zip(sorted(want["legs"], key=_key), sorted(got["legs"], key=_key), strict=True):
        if told["talk_s"] is not None and abs(told["talk_s"] - leg["talk_s"]) > tolerance:
            return f"{told['party']} talked {told['talk_s']:.2f} s, became {leg['talk_s']:.2f}"
    return None


def _ordered(want: Mapping[str, Any], got: Mapping[str, Any]) -> dict[str, Any]:
    """Legs in the order in which they are told; the script need not know it."""
    pairs = zip(sorted(got["legs"], key=_key), sorted(want["legs"], key=_key), strict=True)
    place = {id(leg): at for at, leg in enumerate(got["legs"])}
    return {**want, "legs": [told for _, told in sorted(pairs, key=lambda pair: place[id(pair[0])])]}


async def perform_all(program: AsteriskProgram, home: Path, scripts: Mapping[str, Script]) -> list[Outcome]:
    """In as many rounds as it takes: a slot is two digits of every number."""
    outcomes: list[Outcome] = []
    names = list(scripts)
    for first in range(0, len(names), SLOTS):
        here = home / str(first)
        here.mkdir()
        some = {name: scripts[name] for name in names[first : first + SLOTS]}
        outcomes += await Studio(program, here, some).perform()
    return outcomes


class Studio:
    """One Asterisk, its listeners, and the two lines on which everybody is reached."""

    def __init__(self, program: AsteriskProgram, home: Path, scripts: Mapping[str, Script]) -> None:
        self._scripts = dict(scripts)
        self._home = home
        self._plan = PbxPlan(trunk_host=WORLD_AT, trunk_port=free_port(WORLD_AT), verbose=True)
        self._house = House(self._plan, free_port(PHONES_AT), range(len(self._scripts)))
        self._pbx = AsteriskInstance(program, home, self._house.files)
        self._listeners: list[tuple[asyncio.Task[None], Path]] = []

    async def perform(self) -> list[Outcome]:
        plan = self._plan
        pbx = (plan.sip_host, plan.sip_port)
        async with (
            self._pbx,
            Line((PHONES_AT, self._house.phones_port), pbx) as phones,
            Line((WORLD_AT, plan.trunk_port), pbx) as world,
        ):
            try:
                stages, troubles = await self._play_all(phones, world)
            finally:
                await self._stop_listening()
        return self._judge(stages, troubles)

    async def _play_all(self, phones: Line, world: Line) -> tuple[list[Stage], list[str]]:
        await self._listen("whole")
        log, plan = self._pbx.log_file, self._plan
        stages = [Stage(slot, phones, world, plan, self._later(slot), log) for slot in self._house.slots]
        turns = asyncio.Semaphore(AT_ONCE)
        pairs = zip(self._scripts.values(), stages, strict=True)
        troubles = await asyncio.gather(*(_play(turns, script, stage) for script, stage in pairs))
        await self._until_quiet()
        await self._until_told()
        return stages, troubles

    async def _listen(self, name: str) -> None:
        """The product's own capture, from its login on."""
        plan, out = self._plan, self._home / f"{name}.amij"
        settings = AmiSettings(
            host=plan.ami_host, port=plan.ami_port, username=plan.ami_user, secret=plan.ami_secret
        )
        task = asyncio.get_running_loop().create_task(capture(settings, out, plan.pbx, lambda _said: None))
        self._listeners.append((task, out))
        async with asyncio.timeout(20):
            while not out.exists() or b"DeviceStateListComplete" not in out.read_bytes():
                await asyncio.sleep(0.02)

    def _later(self, slot: int) -> Callable[[], Awaitable[None]]:
        return lambda: self._listen(f"late-{slot}")

    async def _until_quiet(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(8):
                while "0 active channels" not in await self._pbx.cli("core show channels count"):
                    await asyncio.sleep(0.2)
                return
        await self._pbx.cli("channel request hangup all")
        await asyncio.sleep(1)

    async def _until_told(self) -> None:
        """AMI and CEL are written by threads of their own, some time after the fact."""
        async with asyncio.timeout(30):
            while not self._all_is_told():
                await asyncio.sleep(0.1)
        await asyncio.sleep(0.3)

    async def _stop_listening(self) -> None:
        for task, _ in self._listeners:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _all_is_told(self) -> bool:
        rows = [cel_row(line) for line in self._pbx.cel_file.read_text().splitlines(keepends=True)]
        told = [(row["eventtype"], row["uniqueid"]) for row in rows if row]
        heard = [
            [(event.name, event.get("Uniqueid")) for event in map(parse, _frames(out))]
            for _, out in self._listeners
        ]
        return _all_end(told, "CHAN_START", "CHAN_END") and all(
            _all_end(one, "Newchannel", "Hangup") for one in heard
        )

    def _judge(self, stages: list[Stage], troubles: list[str]) -> list[Outcome]:
        files = {out.stem: out for _, out in self._listeners}
        whole = Split(_frames(files["whole"]))
        lines = self._pbx.cel_file.read_text().splitlines(keepends=True)
        cel = [(line, row) for line in lines if (row := cel_row(line))]
        outcomes = []
        for name, stage, trouble in zip(self._scripts, stages, troubles, strict=True):
            slot = stage.slot
            split = Split(_frames(files[f"late-{slot}"])) if stage.listens_late else whole
            frames = split.frames(slot, answers=stage.listens_late)
            ami = mask("".join(frame.decode() + "\r\n\r\n" for frame in frames), slot)
            outcome = Outcome(name, stage.wants, trouble, ami=LOGIN.decode() + ami)
            outcome.cel = mask("".join(whole.cel(slot, cel)), slot)
            outcome.calls, outcome.still_open = calls_of(events_of(frames_of(outcome.ami.encode())))
            if stage.left_to_the_queue and not trouble:
                _even_attempts(outcome, stage.left_to_the_queue)
            outcomes.append(outcome)
        return outcomes


def _all_end(told: list[tuple[str, str]], begins: str, ends: str) -> bool:
    """Of every channel that began the end is told, too."""
    begun, ended = ({channel for what, channel in told if what == one} for one in (begins, ends))
    return begun <= ended


async def _play(turns: asyncio.Semaphore, script: Script, stage: Stage) -> str:
    async with turns:
        await _until_the_machine_keeps_up()
        try:
            async with asyncio.timeout(_LONGEST_S):
                await script(stage)
        except Exception:  # noqa: BLE001 - one scenario's trouble is its own
            return traceback.format_exc(limit=-4)
        return "" if stage.wants else "the script says nothing of what must be found"


async def _until_the_machine_keeps_up() -> None:
    """A slow one plays fewer at once: people's clocks are to differ from the PBX's by less than a second."""
    for _ in range(100):
        before = time.monotonic()
        await asyncio.sleep(0.05)
        if time.monotonic() - before < 0.1:
            return


def _frames(path: Path) -> Iterator[bytes]:
    data = b"".join(read.data for read in Segment(path) if read.kind is Kind.DATA)
    yield from frames_of(data)

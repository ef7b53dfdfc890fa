# SPDX-License-Identifier: Apache-2.0
"""What a live test says: a client calls, a phone answers, what is in the recording, what CEL tells."""

import asyncio
import contextlib
import json
import re
import shutil
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from config.asterisk.instance import AsteriskInstance
from config.asterisk.plan import PbxPlan
from pbx_bridge.cel.rows import cel_row
from tests.live.sip_phone import SipPhone
from tests.live.sipp_call import Sipp
from tests.live.wire import Wire

CLIENT = "127.0.0.50"  # the trunk's address
DID = "+74951112233"
OLGA = "+79161000001"
CLIENT_HZ = 440.0
TONES = {"101": 700.0, "102": 1000.0, "103": 1300.0, "104": 1600.0, "105": 1900.0}
_SAME_HZ = 6
_TAKEN = re.compile(
    r"State:(?!Idle|Unavailable)|\((In use|Busy|Ringing|On Hold|Unknown)\)"
)  # of hints, in queues
TRUNK = "trunk"  # the wire to everybody out there


@dataclass
class Lab:
    pbx: AsteriskInstance
    plan: PbxPlan
    wires: dict[str, Wire]  # to each phone, by extension, and to the trunk
    work: Path = Path()
    _playing: list[Sipp] = field(default_factory=list)
    _cel_from: int = 0

    async def clean(self, work: Path) -> None:
        """As if no call had ever been: breaker closed, AstDB empty, everybody available, no recording."""
        self.work = work
        await self.pbx.cli("dialplan set global ROLODIAL_OFF_UNTIL 0")
        await self.pbx.cli(f"dialplan set global ROLODIAL_SEEN {int(time.time())}")
        await self.pbx.cli("database deltree rolodial")
        for extension in {phone.extension for phone in self.plan.phones}:
            await self.pbx.cli(f"devstate change Custom:rolodial-{extension} NOT_INUSE")
        for path in self.pbx.recordings.glob("*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        await self.until(self._all_are_free)
        self.mark_cel()

    def mark_cel(self) -> None:
        """What CEL says from now on is what a test asks for."""
        self._cel_from = self.pbx.cel_file.stat().st_size if self.pbx.cel_file.exists() else 0

    async def finish(self) -> None:
        for sipp in self._playing:
            await sipp.stop()
        self._playing.clear()
        await self.pbx.cli("channel request hangup all")
        await self.until(self.is_quiet)

    async def until(self, condition, within: float = 30.0):
        """Wait for an awaitable or plain condition; its value."""
        deadline = time.monotonic() + within
        while True:
            value = condition()
            value = await value if asyncio.iscoroutine(value) else value
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {within} s: {condition}")
            await asyncio.sleep(0.05)

    async def is_quiet(self) -> bool:
        return not await self.channels()

    async def _all_are_free(self) -> bool:
        """Steps and queues hear of the last call's end some time after its last channel is gone."""
        said = await self.pbx.cli("core show hints") + await self.pbx.cli("queue show")
        return not any(_TAKEN.search(line) for line in said.splitlines() if self._is_of_ours(line))

    def _is_of_ours(self, line: str) -> bool:
        return any(re.search(rf"PJSIP/{phone.extension}\b", line) for phone in self.plan.phones)

    async def state_is(self, device: str, state: str) -> bool:
        said = await self.pbx.cli(f"core show hint {device.split('/')[1]}")
        return re.search(rf"State:{state}\s", said) is not None

    async def channels(self) -> list[str]:
        said = await self.pbx.cli("core show channels concise")
        return [line for line in said.splitlines() if "!" in line]

    async def channel(self, device: str) -> str:
        """The one channel of a device."""
        return next(line.split("!")[0] for line in await self.channels() if line.startswith(f"{device}-"))

    async def is_in_a_bridge(self, device: str) -> bool:
        """Somebody else is heard there."""
        found = [line.split("!") for line in await self.channels() if line.startswith(f"{device}-")]
        return any(bridge for *_, bridge, _uniqueid in found)

    async def waits_in(self, context: str) -> bool:
        """The dialplan has looked at something there, and will look again."""
        return any(f"!{context}!" in line and "!Wait!" in line for line in await self.channels())

    async def hang_up(self, extension: str) -> None:
        """As if the person at that phone did."""
        await self.pbx.cli(f"channel request hangup {await self.channel(f'PJSIP/{extension}')}")

    async def knows(self, queue: str, extension: str, state: str) -> None:
        """Until a queue has heard of its member's state; a step asks for it, a queue is told some time later."""

        async def is_told() -> bool:
            said = await self.pbx.cli(f"queue show {queue}")
            mine = [
                line for line in said.splitlines() if f" {extension} (" in line or f"/{extension} " in line
            ]
            return any(f"({state})" in line for line in mine)

        await self.until(is_told)

    async def client(self, scenario: str = "call", *, number: str = DID, caller: str = OLGA, **words) -> Sipp:
        """A client calls through the trunk."""
        hertz = words.pop("hertz", CLIENT_HZ)
        return await self._play(scenario, CLIENT, hertz=hertz, NUMBER=number, FROM=caller, **words)

    async def phone(self, extension: str, scenario: str = "answer", **words) -> Sipp:
        """A phone that is there for one call; its voice is its own tone."""
        return await self._answers(self.wires[extension], scenario, hertz=TONES[extension], **words)

    async def outside(self, scenario: str = "answer", **words) -> Sipp:
        """Somebody out there whom we call through the trunk."""
        return await self._answers(self.wires[TRUNK], scenario, hertz=CLIENT_HZ, **words)

    def client_with_keys(self) -> SipPhone:
        """A client who looks before they press or hang up."""
        phone = SipPhone(OLGA, "", (CLIENT, 0), self.sip, CLIENT_HZ)
        phone.has_keys = True
        return phone

    def desk_phone(self, extension: str) -> SipPhone:
        """A phone that can do more than SIPp, once it is entered."""
        secret = next(phone.secret for phone in self.plan.phones if phone.extension == extension)
        wire = self.wires[extension]
        return SipPhone(extension, secret, (wire.host, 0), self.sip, TONES[extension], wire)

    @property
    def sip(self) -> tuple[str, int]:
        return self.plan.sip_host, self.plan.sip_port

    async def _answers(self, wire: Wire, scenario: str, **words) -> Sipp:
        sipp = await self._play(scenario, wire.host, **words)
        wire.plug(sipp.port)
        return sipp

    async def _play(self, scenario: str, at: str, *, hertz: float, seconds=3.0, calls=1, **words) -> Sipp:
        work = self.work / f"{len(self._playing)}-{scenario}"
        pbx = "{}:{}".format(*self.sip)
        sipp = Sipp(scenario, at, pbx, work, hertz=hertz, seconds=seconds, calls=calls, words=words)
        self._playing.append(sipp)
        return await sipp.start()

    def cel(self) -> list[dict]:
        with self.pbx.cel_file.open("rb") as file:
            file.seek(self._cel_from)
            whole = [line.decode() for line in file if line.endswith(b"\n")]
        return [row for line in whole if (row := cel_row(line))]

    def walked(self) -> list[str]:
        """Steps as CEL tells them: '1^dial^15^101:PJSIP/101'."""
        return [_extra(row) for row in self.cel() if row["userdeftype"] == "ROLODIAL_STEP"]

    async def walked_in_all(self) -> list[str]:
        """The kinds of steps that the call has walked, once it is over and all of it is told."""
        await self.told_call()
        await self.until(self.is_quiet)
        await self.until(self._all_is_told)
        return [step.split("^")[1] for step in self.walked()]

    def _all_is_told(self) -> bool:
        """CEL is written by a thread of its own, some time after the fact."""
        begun, ended = (
            {row["uniqueid"] for row in self.cel() if row["eventtype"] == what}
            for what in ("CHAN_START", "CHAN_END")
        )
        return begun <= ended

    async def road(self) -> str:
        """good, off-default, failed-astdb ...: how the call was routed."""
        return (await self.told_call()).split("^")[1]

    async def told_call(self) -> str:
        """Our id of the call and its road, as CEL has them."""
        rows = await self.until(lambda: [row for row in self.cel() if row["userdeftype"] == "ROLODIAL_CALL"])
        return _extra(rows[0])

    async def asks_for_a_message(self) -> None:
        """Until the greeting is over and what the client says counts."""
        await self.until(lambda: any(row["userdeftype"] == "ROLODIAL_MESSAGE" for row in self.cel()))

    async def hears(self, extension: str) -> None:
        """Until the client has heard that phone for a second, as `voices` will find it in the one recording."""

        def heard() -> bool:
            paths = list(self.pbx.recordings.glob("*.raw"))  # none before the first sound
            assert len(paths) < 2, paths
            return any(voices(_a_second(channels_of(path)[1])) == [extension] for path in paths)

        await self.until(heard)

    async def recording(self) -> Path:
        """The one recording, once it is closed."""
        (path,) = await self.recordings()
        return path

    async def recordings(self) -> list[Path]:
        """All of them, once they are closed: until then the last second may be in Asterisk's memory alone."""
        await self.until(self.is_quiet)
        found = await self.until(lambda: list(self.pbx.recordings.glob("*.raw")))
        await self.until(self.none_is_written)
        return found

    def none_is_written(self) -> bool:
        """Asterisk has no recording open."""
        opened = []
        for link in Path(f"/proc/{self.pbx.pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # closed meanwhile
                opened.append(link.readlink())
        return not any(path.parent == self.pbx.recordings for path in opened)

    async def log(self) -> str:
        return self.pbx.log_file.read_text(errors="replace")


def _extra(row: dict[str, str]) -> str:
    return str(json.loads(row["eventextra"])["extra"])


def addresses(plan: PbxPlan) -> dict[str, tuple[str, int]]:
    """Where Asterisk sends its calls: to phones that stay at one address, and to the trunk."""
    found = {phone.extension: re.search(r"@([\d.]+):(\d+)", phone.stand_in) for phone in plan.phones}
    phones = {extension: (match[1], int(match[2])) for extension, match in found.items() if match}
    return phones | {TRUNK: (plan.trunk_host, plan.trunk_port)}


def strongest(samples: np.ndarray) -> float:
    """The loudest frequency in Hz; 0 for silence."""
    if len(samples) < 400 or np.abs(samples).max() < 300:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * 8000 / len(samples))


def voices(samples: np.ndarray, **others: float) -> list[str]:
    """Who is heard, one after another: extensions, by their tones. How long each spoke is the machine's affair."""
    known = TONES | others
    pieces = [strongest(samples[at : at + 2000]) for at in range(0, len(samples) - 2000, 2000)]
    names = [next((one for one, hertz in known.items() if abs(its - hertz) < _SAME_HZ), "") for its in pieces]
    sure = [one for one, after in pairwise(names) if one == after and one]
    return [one for one, before in zip(sure, ["", *sure], strict=False) if one != before]


def has_music(samples: np.ndarray) -> bool:
    """Somewhere in it: the music's tones are lower than any phone's."""
    seconds = [strongest(samples[at : at + 8000]) for at in range(0, len(samples) - 8000, 4000)]
    return any(0 < hertz < 560 for hertz in seconds)


def _a_second(samples: np.ndarray) -> np.ndarray:
    """The last one but for half a second, in the pieces of `voices`."""
    end = max(0, len(samples) - 4000) // 2000 * 2000
    return samples[max(0, end - 8000) : end + 1]


def channels_of(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Left (the client) and right (what the client hears) of a recording, 8 kHz."""
    whole = np.fromfile(path, dtype="<i2")
    pairs = whole[: len(whole) // 2 * 2].reshape(-1, 2).astype(np.float64)
    return pairs[:, 0], pairs[:, 1]

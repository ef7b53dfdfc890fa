# SPDX-License-Identifier: Apache-2.0
"""Calls that go on while something fails: clients who call their managers again and again, phones that answer."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from config.asterisk.plan import PbxPlan
from tests.live.lab import CLIENT, DID
from tests.live.product.product import client_number
from tests.live.sipp_call import Sipp
from tests.live.wire import Wire

TALK_S = 2.0
EVERY_MS = 3500  # a client's next call: 2 s of talk, 0.3 s of ringing, a rest
_NUMBER = 30  # of each manager's clients; single calls take the first ones
_MANY = 100_000
MANAGERS = ["101", "102", "103", "104"]  # those who are at work


def load_number(extension: str) -> str:
    return client_number(extension, _NUMBER)


@dataclass
class Load:
    """`clients` of them, of the managers with the highest extensions: the others' phones are free for single calls."""

    plan: PbxPlan
    wires: dict[str, Wire]
    work: Path
    clients: int
    _phones: list[Sipp] = field(default_factory=list)
    _started: int = 0
    callers: dict[str, Sipp] = field(default_factory=dict)

    @property
    def extensions(self) -> list[str]:
        return MANAGERS[len(MANAGERS) - self.clients :]

    async def start(self) -> None:
        self._started += 1
        work = self.work / str(self._started)
        pbx = f"{self.plan.sip_host}:{self.plan.sip_port}"
        for extension in self.extensions:
            wire = self.wires[extension]
            phone = await Sipp("answer", wire.host, pbx, work / f"phone-{extension}", calls=_MANY).start()
            wire.plug(phone.port)
            self._phones.append(phone)
        for extension in self.extensions:
            self.callers[extension] = await Sipp(
                "call", CLIENT, pbx, work / f"client-{extension}", seconds=TALK_S, calls=_MANY,
                words={"NUMBER": DID, "FROM": load_number(extension)},
                options=("-r", "1", "-rp", str(EVERY_MS), "-l", "1"),
            ).start()  # fmt: skip

    async def stop(self) -> None:
        """Calls that go on come to their end; what cannot (its PBX died) is cut off."""
        for caller in self.callers.values():
            caller.let_end()
        await asyncio.gather(*(_over(caller) for caller in self.callers.values()))
        for phone in self._phones:
            await phone.stop()
        self._phones.clear()


async def _over(caller: Sipp) -> None:
    try:
        await caller.done(8)
    except TimeoutError:
        await caller.stop()

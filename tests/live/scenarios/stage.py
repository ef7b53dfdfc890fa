# SPDX-License-Identifier: Apache-2.0
"""What a scenario's script has at hand: people, numbers, AMI; and how it says what must be found."""

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from config.asterisk.plan import PbxPlan
from crm_core.domain.ids import ORIGINATED
from tests.live.ami import Ami
from tests.live.scenarios.house import NAMES, SECRET, outsider, own_number, phone
from tests.live.scenarios.line import Line
from tests.live.scenarios.party import Leg, Person
from tests.support.until import until

ROADS = {
    "phone": 1, "two phones in turn": 2, "group": 3, "menu": 4, "mailbox": 5, "ringall": 6, "rrmemory": 7, "linear": 8,
    "local": 9, "optimised": 10, "position": 11, "impatient": 12, "group with a mobile": 13, "room": 14, "echo": 15,
    "music": 16, "behind a Local": 17, "behind an optimised Local": 18, "early media": 19, "busy": 20, "congestion": 21,
    "nothing there": 22, "queue after queue": 23, "call me back": 24, "do not disturb": 25, "forwarded": 26,
    "phone off": 27, "announced": 28, "resting": 29, "phone then queue": 30, "group by Local": 31, "asked afterwards": 32,
}  # fmt: skip
_MASKED_SLOT = {"3": "10", "7": "70"}


@dataclass
class Stage:
    slot: int
    phones: Line
    world: Line
    plan: PbxPlan
    begin_to_listen: Callable[[], Awaitable[None]]
    log: Path  # what the PBX says that it does
    wants: list[dict[str, Any]] = field(default_factory=list)
    listens_late: bool = False
    left_to_the_queue: set[Person] = field(default_factory=set)

    def __post_init__(self) -> None:
        at = self.slot
        self.olga = Person(self.world, outsider(at, 1), "Olga Petrova")
        self.pavel = Person(self.world, outsider(at, 2), "Pavel", hertz=520.0)
        self.mobile = Person(self.world, outsider(at, 9), "", hertz=600.0)
        self.anna, self.boris, self.clara, self.denis = (
            Person(self.phones, phone(at, which), NAMES[which - 1], SECRET, hertz=500.0 + 200 * which)
            for which in (1, 2, 3, 4)
        )
        self.off = phone(at, 5)

    def number(self, road: str) -> str:
        return own_number(self.slot, ROADS[road])

    def space(self, which: int = 1) -> str:
        """A place in the parking lot."""
        return f"7{self.slot:02d}{which}"

    def queue(self, name: str) -> str:
        return f"{name}{self.slot:02d}"

    @staticmethod
    def now() -> float:
        return time.monotonic()

    @staticmethod
    async def first_to_ring(*people: Person) -> Leg:
        """Whom of them a queue rings next is the queue's own affair. One it will soon give up is passed over."""
        leg = await Stage._next_to_ring(*people)
        while time.monotonic() - leg.began > 1:  # of the four seconds
            leg = await Stage._next_to_ring(*people)
        return leg

    @staticmethod
    async def _next_to_ring(*people: Person) -> Leg:
        waiting = [asyncio.ensure_future(one.rings()) for one in people]
        done, others = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for other in others:
            other.cancel()
        first, *late = sorted((one.result() for one in done), key=lambda leg: leg.began)
        for leg in late:  # at once, or we were slow
            leg.person.invited.put_nowait(leg)
        return first

    # AMI, as the product or an admin's script would use it

    async def ami(self, action: str, **fields: str) -> str:
        async with Ami(self.plan) as ami:
            answer = await ami.act({"Action": action} | fields)
        assert "Success" in answer, answer
        return answer

    async def channel(self, person: Person) -> str:
        """The one channel that a person is on, once others are heard there: phones know of an answer before that."""

        async def talking() -> str | None:
            return next((one["Channel"] for one in await self._channels(person) if one["BridgeId"]), None)

        return await until(talking)

    async def _channels(self, person: Person) -> list[dict[str, str]]:
        said = await self._listed("CoreShowChannels", "CoreShowChannel", "CoreShowChannelsComplete")
        return [one for one in said if _is_of(one["Channel"], one["CallerIDNum"], person)]

    async def is_parked(self, which: int = 1) -> None:
        """Until somebody waits at that place: Asterisk parks them some time after it said yes."""

        async def taken() -> bool:
            said = await self._listed("ParkedCalls", "ParkedCall", "ParkedCallsComplete")
            return any(one["ParkingSpace"] == self.space(which) for one in said)

        await until(taken)

    async def _listed(self, action: str, item: str, end: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        async with Ami(self.plan) as ami:
            await ami.act({"Action": action})
            while True:
                lines = (await ami.read()).splitlines()
                said = dict(line.split(": ", 1) for line in lines if ": " in line)
                if said.get("Event") == end:
                    return found
                if said.get("Event") == item:
                    found.append(said)

    async def clicks(self, person: Person, number: str, *, local: bool = False) -> float:
        """Click-to-call: the person's phone rings first."""
        channel = f"Local/{person.number}@lab-inside" if local else f"PJSIP/{person.number}"
        at = time.monotonic()
        await self.ami(
            "Originate", Channel=channel, ChannelId=f"{ORIGINATED}{_call_id()}", Context="lab-phones", Exten=number,
            Priority="1", CallerID=f"<{number}>", Async="true", Timeout="4000", Variable=f"__S={self.slot:02d}",
        )  # fmt: skip
        return at

    async def somebody_begins_to_listen(self) -> None:
        """As if our own process had been started just now: the call's beginning is unseen."""
        self.listens_late = True
        await self.begin_to_listen()

    async def dials_by_code(self, asking: Leg, code: str, number: str) -> float:
        """A transfer by feature code. The time is that of the code: from then on the other side hears music."""
        said = self.log.stat().st_size
        at = await asking.presses(code, after=1)
        asked = f"<PJSIP/{asking.person.number}-[0-9a-f]+> Playing 'pbx-transfer"
        await until(lambda: re.search(asked, _since(self.log, said)))
        await asking.presses(number)
        return at

    # What must be found

    def inbound(self, road: str, *, caller: Person | None = None, **facts: Any) -> None:
        self._want("inbound", masked(caller or self.olga), masked_own(road), facts)

    def tried_in_vain(self, *people: Person) -> None:
        """How often a queue rings whom before somebody answers is its own affair: as often as their phones rang."""
        self.left_to_the_queue.update(people)

    def outbound(self, caller: Person | None, dialled: Person, **facts: Any) -> None:
        self._want("outbound", masked(caller) if caller else None, masked(dialled), facts)

    def internal(self, caller: Person, dialled: Person | str, **facts: Any) -> None:
        self._want("internal", masked(caller), masked(dialled), facts)

    def _want(self, direction: str, caller: str | None, dialled: str, facts: dict[str, Any]) -> None:
        talk = facts.get("talk", 0.0)
        answered = "answered_by" in facts
        by = masked(facts["answered_by"]) if answered else None
        disposition = facts.get("came_to", "answered" if answered else None)
        final = facts.get("final", facts.get("answered_by"))
        self.wants.append(
            {
                "direction": direction, "caller": caller, "dialled": dialled, "answered_by": by,
                "final_party": masked(final) if final else None, "disposition": disposition,
                "missed": direction == "inbound" and not answered, "hangup_by": facts["ended_by"],
                "queue": facts.get("queue"), "uncertain": facts.get("uncertain", []), "wait_s": facts["wait"],
                "talk_s": talk, "hold_s": facts.get("hold", 0.0), "transfers": facts.get("transfers", []),
                "legs": facts.get("legs", []),
            }
        )  # fmt: skip


def _is_of(channel: str, caller: str, person: Person) -> bool:
    return channel.startswith("PJSIP/") and (f"/{person.number}-" in channel or caller == person.number)


def _since(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        return file.read().decode(errors="replace")


def masked(who: Person | str) -> str:
    """As the recorded scenario shows a number: of the slot that all of them seem to have."""
    number = who.number if isinstance(who, Person) else who
    if number.startswith("+7916"):
        return f"+79160000{number[-3:]}"
    if len(number) == len("3SS1") and number[0] in _MASKED_SLOT:
        return _MASKED_SLOT[number[0]] + number[-1]
    return number


def masked_own(road: str) -> str:
    return own_number(22, ROADS[road])


def leg(who: Person, talk: float | None = 0.0, end: str = "hangup") -> dict[str, Any]:
    kind = "external" if who.number.startswith("+") else "operator"
    return {"party": masked(who), "kind": kind, "talk_s": talk, "end_reason": end}


def queued(name: str, end: str = "answered") -> dict[str, Any]:
    return {"party": name, "kind": "queue", "talk_s": 0.0, "end_reason": end}


def message_for(who: Person) -> dict[str, Any]:
    return {"party": masked(who), "kind": "voicemail", "talk_s": 0.0, "end_reason": "message_left"}


def transfer(kind: str, by: Person | None, to: Person | str, *, completed: bool = True) -> dict[str, Any]:
    return {"kind": kind, "by": masked(by) if by else None, "to": masked(to), "completed": completed}


def _call_id() -> UUID:
    """Time-ordered, as the product gives them."""
    stamp = int(time.time() * 1000) << 80
    return UUID(int=stamp | 7 << 76 | 2 << 62 | secrets.randbits(62))


Script = Callable[[Stage], Awaitable[None]]
SCENARIOS: dict[str, Script] = {}


def scenario(script: Script) -> Script:
    """The function's name says what people do."""
    name = script.__name__
    assert name not in SCENARIOS, name
    SCENARIOS[name] = script
    return script


async def seconds(count: float) -> None:
    await asyncio.sleep(count)

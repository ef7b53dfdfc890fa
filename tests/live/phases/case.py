# SPDX-License-Identifier: Apache-2.0
"""One call that is brought into its phase and held there while something fails; and what its people know of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.live.phases.office import STRAIGHT, Office
from tests.live.scenarios.party import Leg, Person


class PbxGoneError(Exception):
    """The PBX died, and the call with it: nothing that people do reaches it any more."""


@dataclass
class Run:
    """What all calls of one fault wait for."""

    kills_the_pbx: bool = False
    ends_in_the_outage: bool = False
    failed: asyncio.Event = field(default_factory=asyncio.Event)
    healed: asyncio.Event = field(default_factory=asyncio.Event)
    failed_at: float = 0.0
    broken: bool = False  # and not healed


@dataclass
class Case:
    phase: str
    slot: int
    turn: int
    office: Office
    run: Run
    there: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)  # what had to happen in the outage did
    facts: dict[str, Any] = field(default_factory=dict)
    began: float = 0.0
    answered: float = 0.0
    transferred: bool = False
    trouble: str = ""

    def __post_init__(self) -> None:
        self.olga = self.office.client(self.slot, self.turn)
        self.anna, self.boris = (self.office.operator(self.slot, which) for which in (1, 2))

    # What the scripts say

    async def calls(self, number: str = STRAIGHT) -> Leg:
        leg = await self.olga.calls(number)
        self.began = leg.began
        return leg

    async def talking(self, after: float = 0.0) -> tuple[Leg, Leg]:
        """Olga called and Anna answered."""
        olga = await self.calls()
        anna = await self.anna.rings()
        await anna.answers(after=after)
        self.answered = await olga.is_answered()
        return olga, anna

    async def fails(self) -> None:
        """Here the call is when it happens."""
        self.there.set()
        await self.run.failed.wait()
        if self.run.kills_the_pbx:
            raise PbxGoneError

    async def heals(self) -> None:
        """The call goes on when all is well again; or at once, while nobody looks."""
        if self.run.ends_in_the_outage:
            await asyncio.sleep(1)
            return
        self.done.set()
        await self.run.healed.wait()
        await asyncio.sleep(0.5)

    def was(self, **facts: Any) -> None:
        self.facts = facts

    def answered_call(
        self, left: float, by: str, *, final: Person | None = None, hold: float = 0.0, spoke: dict[str, float]
    ) -> None:
        """From the answer on it was talk, but for the hold."""
        who = next(iter(spoke))
        self.was(
            answered_by=who,
            final_party=final.number if final else who,
            disposition="answered",
            hangup_by=by,
            wait_s=self.answered - self.began,
            talk_s=left - self.answered - hold,
            hold_s=hold,
            spoke=spoke,
        )

    async def play(self, script: Callable[["Case"], Awaitable[None]]) -> None:
        try:
            await script(self)
        except PbxGoneError:
            pass
        except Exception as error:  # noqa: BLE001 - one call's trouble is its own
            self.trouble = f"{type(error).__name__}: {error}"
        finally:
            self.there.set()
            self.done.set()

    def now(self) -> float:
        return time.monotonic()

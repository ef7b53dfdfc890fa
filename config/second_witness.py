# SPDX-License-Identifier: Apache-2.0
"""The second witness in the running server: a watch of CEL for each PBX whose file is told; and counters."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import structlog

from crm_core.domain.call import CallEnded, CallEvent
from crm_core.domain.errors import CrmError
from crm_core.domain.witness import Witness, WitnessedCall, WitnessState
from crm_core.ports.clock import utc_now
from crm_core.ports.pbx import LinkState
from crm_core.usecases.correct_call import RecentCalls, correct_call, keep_agreed
from pbx_bridge.cel.watch import CelTimes, CelWatch, Due
from web.health import Level, Reading, Section, Trouble, counted
from web.words import N_

if TYPE_CHECKING:
    from config.wiring import Parts

log = structlog.get_logger()


class SecondWitness:
    """`run` it in a task; `note` what AMI told and was recorded."""

    def __init__(self, parts: "Parts", times: CelTimes = CelTimes()) -> None:  # noqa: B008 - frozen
        self._parts = parts
        self._recent = RecentCalls()
        self.states: Counter[WitnessState] = Counter()
        self.led_alone: Counter[tuple[str, str]] = Counter()  # calls by PBX and road
        self.watches = {
            one.name: CelWatch(
                one.name,
                one.cel_file,
                one.profile,
                parts.settings.home / "cel" / f"{one.name}.json",
                partial(self._take, one.name),
                times,
            )
            for one in parts.settings.pbx
            if one.cel_file
        }

    def note(self, event: CallEvent) -> None:
        if isinstance(event, CallEnded) and event.call.pbx in self.watches:
            self._recent.note(event.call)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for watch in self.watches.values():
                tasks.create_task(watch.run())

    async def _take(self, pbx: str, due: Sequence[Due]) -> Sequence[Due]:
        """Those of which AMI may yet tell, or that could not be kept, must wait."""
        self._note_roads(pbx, [one.call for one in due if not one.tries])
        agreeing = [(one, call) for one in due if (call := self._recent.agreeing(one.call))]
        await keep_agreed([(call, one.call) for one, call in agreeing], self._parts.store, utc_now())
        self.states[WitnessState.AGREED] += len(agreeing)
        agreed = {id(one) for one, _ in agreeing}
        return [one for one in due if id(one) not in agreed and not await self._compare(pbx, one)]

    def _note_roads(self, pbx: str, told: Sequence[WitnessedCall]) -> None:
        for call in told:
            if call.led_alone:
                self.led_alone[pbx, str(call.road)] += 1
                self._parts.bridges[pbx].note_led_alone(call.ended_at)

    async def _compare(self, pbx: str, one: Due) -> bool:
        try:
            witness = await self._correct(pbx, one.call, patient=one.patient)
        except CrmError as error:  # said again, it would be refused again
            log.warning("witnessed call skipped", pbx=pbx, linkedid=one.call.linkedid, error=str(error))
            return True
        except Exception:
            log.exception("a witnessed call could not be kept", pbx=pbx, linkedid=one.call.linkedid)
            return False
        if witness is None:
            return False
        self.states[witness.state] += 1
        if witness.differences:
            kinds = [one.kind.value for one in witness.differences]
            log.info(
                "CEL differs", pbx=pbx, call=str(witness.call_id), state=witness.state.value, kinds=kinds
            )
        return True

    async def _correct(self, pbx: str, said: WitnessedCall, *, patient: bool) -> Witness | None:
        parts = self._parts
        if not parts.bridges[pbx].taken_up:  # under no boot, or another one, a call would be made twice
            return None
        boot = parts.bridges[pbx].boot_at(said.started_at)
        return await correct_call(
            said, parts.store, parts.feed, parts.directory, boot=boot, patient=patient, now=utc_now()
        )

    # What is shown.

    def section(self) -> Section:
        readings = [
            Reading(name=N_("Calls told alike by CEL and AMI"), value=self.states[WitnessState.AGREED]),
            Reading(name=N_("Calls corrected from CEL"), value=self.states[WitnessState.CORRECTED]),
            counted(N_("Calls of which CEL saw less"), self.states[WitnessState.DISPUTED]),
            counted(N_("Calls that the dialplan led without us"), self.led_alone.total()),
            counted(N_("Calls that CEL saw only in part"), self.states[WitnessState.UNMATCHED]),
            counted(N_("CEL lines of another shape"), sum(one.counters.strange for one in self._all)),
            counted(N_("Witnessed calls given up"), sum(one.counters.lost for one in self._all)),
        ]
        return Section(title=N_("Second witness (CEL)"), icon="list", readings=[*readings, *self._by_pbx()])

    @property
    def _all(self) -> Sequence[CelWatch]:
        return list(self.watches.values())

    def _by_pbx(self) -> Sequence[Reading]:
        """Its absence is told, and is no fault."""
        return [self._of(pbx.name) for pbx in self._parts.settings.pbx]

    def _of(self, pbx: str) -> Reading:
        watch = self.watches.get(pbx)
        if watch is None:
            return Reading(
                name=N_("Rows read"),
                of=pbx,
                value=None,
                advice=N_("Not read: cel_file is not set for this PBX."),
            )
        if not watch.trouble:
            return Reading(name=N_("Rows read"), of=pbx, value=watch.counters.rows, level=Level.GOOD)
        connected = self._parts.bridges[pbx].status().state is LinkState.CONNECTED
        advice = N_("Calls of a gap cannot be filled in meanwhile. 'rolodial doctor' looks closer.")
        level = Level.WARN if connected else Level.PLAIN
        return Reading(name=N_("Rows read"), of=pbx, value=Trouble(watch.trouble), level=level, advice=advice)

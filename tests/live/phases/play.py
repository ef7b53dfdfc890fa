# SPDX-License-Identifier: Apache-2.0
"""Every phase at the same time, one fault for all of them, and what the product keeps of it afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from crm_core.domain.call import Direction
from crm_core.domain.call_history import CallFilter, KeptCall
from crm_core.domain.recording import Recording
from tests.live.phases.case import Case, Run
from tests.live.phases.faults import Fault
from tests.live.phases.office import Office
from tests.live.phases.scripts import PASSING, SCRIPTS
from tests.live.product.product import Product

_LONGEST_S = 300.0
_LONG_S = 120.0  # bounds what hangs
_OUTAGE_S = 2.0  # at least


@dataclass(frozen=True)
class Told:
    """What became of one case."""

    case: Case
    calls: list[KeptCall]
    recordings: list[Recording]


async def play(office: Office, fault: Fault, turn: int, *, ends_in_the_outage: bool = False) -> list[Told]:
    run = Run(kills_the_pbx=fault.kills_the_pbx, ends_in_the_outage=ends_in_the_outage)
    cases = {
        phase: Case(phase, slot, turn, office, run)
        for slot, phase in enumerate(SCRIPTS)
        if not (run.kills_the_pbx and phase == "before_route")
    }
    await office.nobody_calls()
    since = datetime.now(UTC)
    async with _broken(office, fault, run), asyncio.timeout(_LONGEST_S), asyncio.TaskGroup() as tasks:
        await _bring_there(office, cases, tasks)
        run.failed_at = cases["talk"].now()
        run.broken = True
        await fault.begin(office)
        run.failed.set()
        office.agi.let_go()
        if not run.kills_the_pbx:
            await asyncio.gather(asyncio.sleep(_OUTAGE_S), *(case.done.wait() for case in cases.values()))
        run.broken = False
        await fault.heal(office)
        run.healed.set()
    troubles = {case.phase: case.trouble for case in cases.values() if case.trouble}
    assert not troubles, troubles
    return await _told(office, list(cases.values()), since)


@asynccontextmanager
async def _broken(office: Office, fault: Fault, run: Run) -> AsyncIterator[None]:
    """What went wrong in one play is not left to the next."""
    try:
        yield
    finally:
        office.agi.let_go()
        if run.broken:
            await fault.heal(office)


async def _bring_there(office: Office, cases: dict[str, Case], tasks: asyncio.TaskGroup) -> None:
    stay = [case for case in cases.values() if case.phase not in PASSING]
    for case in stay:
        tasks.create_task(case.play(SCRIPTS[case.phase]))
    await asyncio.gather(*(case.there.wait() for case in stay))
    for case in stay:
        await office.product.until(lambda case=case: _is_known(office, case), _LONG_S)
    for phase in PASSING:
        await office.ask_again()
        if phase == "in_agi":
            office.agi.hold()
        tasks.create_task(cases[phase].play(SCRIPTS[phase]))
        await (office.agi.asked if phase == "in_agi" else cases[phase].there).wait()


async def _is_known(office: Office, case: Case) -> bool:
    """Phones hear of an answer, and of a transfer, before the product does: now it has written that down."""
    if case.trouble or not case.answered:
        return True
    calls = await office.product.calls(case.olga.number)
    handed_over = any(one.completed for kept in calls for one in kept.call.transfers)
    return bool(calls) and all(kept.call.answered_at for kept in calls) and handed_over == case.transferred


async def _told(office: Office, cases: list[Case], since: datetime) -> list[Told]:
    product = office.product
    await product.ready()
    told = []
    for case in cases:
        calls = await product.until(lambda case=case: _settled(office, case), _LONG_S)
        recordings = []
        if any(kept.call.talk_s for kept in calls):
            recordings = await product.until(lambda kept=calls[0]: _all_recordings(product, kept), _LONG_S)
        told.append(Told(case, calls, recordings))
    await product.until(product.none_open)
    rows = await product.calls_where(CallFilter(since=since, direction=Direction.INBOUND), lambda row: True)
    assert len(rows) == len(cases), [row.call for row in rows]
    return told


async def _all_recordings(product: Product, kept: KeptCall) -> list[Recording]:
    """As many as the second witness names: that of a consultation comes by itself."""
    async with product.read() as tx:
        (seen,) = (await tx.witnesses.of_calls([kept.call.id])).values()
    named = {name for one in seen for name in one.said.recordings}
    recordings = await product.recordings(kept, _LONG_S)
    return recordings if len(recordings) >= len(named) else []


async def _settled(office: Office, case: Case) -> list[KeptCall]:
    """Over, and compared with the second witness; as they are after that."""
    calls = await office.product.calls(case.olga.number)
    if not calls or not all(kept.call.ended_at for kept in calls):
        return []
    async with office.product.read() as tx:
        seen = await tx.witnesses.of_calls([kept.call.id for kept in calls])
    if len(seen) < len(calls) and _has_a_witness(office, case):
        return []
    return await office.product.calls(case.olga.number)


def _has_a_witness(office: Office, case: Case) -> bool:
    """CEL is written by a thread of its own: a PBX that is killed takes with it what that had not come to."""
    return not case.run.kills_the_pbx or office.cel_tells_of(case.olga.number)

# SPDX-License-Identifier: Apache-2.0
"""Every phase at the same time, one fault for all of them, and what the product keeps of it afterwards."""

import asyncio
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

_LONGEST_S = 150.0
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
    since = datetime.now(UTC)
    async with asyncio.timeout(_LONGEST_S), asyncio.TaskGroup() as tasks:
        for case in cases.values():
            if case.phase not in PASSING:
                tasks.create_task(case.play(SCRIPTS[case.phase]))
        await asyncio.gather(*(case.there.wait() for case in cases.values() if case.phase not in PASSING))
        for phase in PASSING:
            await office.ask_again()
            if phase == "in_agi":
                office.agi.hold()
            tasks.create_task(cases[phase].play(SCRIPTS[phase]))
            await (office.agi.asked if phase == "in_agi" else cases[phase].there).wait()
        run.failed_at = cases["talk"].now()
        await fault.begin(office)
        run.failed.set()
        office.agi.let_go()
        if not run.kills_the_pbx:
            await asyncio.gather(asyncio.sleep(_OUTAGE_S), *(case.done.wait() for case in cases.values()))
        await fault.heal(office)
        run.healed.set()
    troubles = {case.phase: case.trouble for case in cases.values() if case.trouble}
    assert not troubles, troubles
    return await _told(office, list(cases.values()), since)


async def _told(office: Office, cases: list[Case], since: datetime) -> list[Told]:
    product = office.product
    await product.ready()
    told = []
    for case in cases:
        calls = await product.until(lambda case=case: _settled(office, case), 45)
        recordings = []
        if any(kept.call.talk_s for kept in calls):
            recordings = await product.until(lambda kept=calls[0]: _all_recordings(product, kept), 45)
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
    recordings = await product.recordings(kept, 45)
    return recordings if len(recordings) >= len(named) else []


async def _settled(office: Office, case: Case) -> list[KeptCall]:
    """Over, and compared with the second witness; as they are after that."""
    calls = await office.product.calls(case.olga.number)
    if not calls or not all(kept.call.ended_at for kept in calls):
        return []
    async with office.product.read() as tx:
        seen = await tx.witnesses.of_calls([kept.call.id for kept in calls])
    return await office.product.calls(case.olga.number) if len(seen) == len(calls) else []

# SPDX-License-Identifier: Apache-2.0
"""Asterisk dies, restarts or reloads in mid-call."""

import asyncio
import time

from config.asterisk.instance import AsteriskStartError
from tests.chaos.fault import fault
from tests.chaos.stage import Stage, pause
from tests.chaos.truth import kept


@fault(
    8,
    "Asterisk killed (-9)",
    "open calls closed at the last sign of life, marked; ids of the two runs never mixed",
)
async def killed(stage: Stage) -> str:
    await stage.product.until(lambda: _goes_on(stage), 20)
    died = stage.cut_at = time.time()
    await stage.pbx.kill()
    await pause(2)
    await stage.pbx.start()
    back = await stage.ready_within(40)
    await _new_calls(stage)
    return f"back after {back:.1f} s; {await _cut_off(stage, died)}"


async def _goes_on(stage: Stage) -> bool:
    """A call is kept as going on."""
    return bool((await kept(stage.product, stage.witness.told().cel)).open)


async def _new_calls(stage: Stage) -> None:
    """Callers of before still wait for an answer to their BYE."""
    await stage.load.stop()
    await stage.load.start()
    await pause(5)


async def _cut_off(stage: Stage, died: float, *, told: bool = False) -> str:
    """Those that were cut off end when it died, and say that nobody saw their end."""

    async def closed():
        return not (await kept(stage.product, stage.witness.told().cel & before)).open

    before = frozenset(one for one in stage.witness.told().cel if float(one) < died)
    await stage.product.until(closed, 60)
    calls = [one for ones in (await kept(stage.product, before)).calls.values() for one in ones]
    cut = [one for one in calls if one.uncertain]
    late = [one for one in calls if one.ended_at.timestamp() > died + 1.5]
    assert not late, f"ended after it died: {[(one.linkedids, one.ended_at, one.uncertain) for one in late]}"
    await stage.product.until(lambda: _two_boots(stage), 30)
    assert cut or told, "no call was cut off, or none is marked"
    return f"{len(cut)} calls cut off and marked"


async def _two_boots(stage: Stage) -> bool:
    """Calls of the new run are there, under a boot of their own."""
    calls = (await kept(stage.product, stage.witness.told().cel)).calls.values()
    return len({one.boot for ones in calls for one in ones}) == 2


@fault(9, "`core restart now`, module reload", "as 8 (it hangs up itself, and says so)")
async def restarted(stage: Stage) -> str:
    await stage.talking()
    await stage.pbx.cli("module reload")
    await pause(3)
    await stage.talking()
    died = stage.cut_at = time.time()
    await stage.pbx.cli("core restart now")
    await pause(2)
    try:
        async with asyncio.timeout(15):
            await stage.pbx._booted()
    except (
        AsteriskStartError,
        TimeoutError,
    ):  # one that was not installed by a package cannot start itself again
        await stage.pbx.kill()
        await stage.pbx.start()
    back = await stage.ready_within(40)
    await _new_calls(stage)
    return f"back after {back:.1f} s; {await _cut_off(stage, died, told=True)}"

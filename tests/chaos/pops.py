# SPDX-License-Identifier: Apache-2.0
"""How soon a card is on the screen of the one who is called, while something else goes on."""

import asyncio
import re
from collections.abc import Awaitable

from tests.chaos.stage import Stage

_SENT = re.compile(r"(\d+):(\d+):(\d+\.\d+)[^\n]*\n[^\n]*message sent[^\n]*\n\s*INVITE ")
_LOGINS = {"104": "dmitri", "103": "clara"}


async def pops_in_time(stage: Stage, meanwhile: Awaitable[object], most_s: float = 0.5) -> str:
    """From the client's INVITE to the card, of two managers' calls."""
    async with stage.screen("dmitri") as (_, one), stage.screen("clara") as (_, two):
        await meanwhile
        await asyncio.sleep(1)
    leads = sorted(
        lead
        for extension, screen in (("104", one), ("103", two))
        for lead in _leads(stage.load.callers[extension].messages(), [at for at, _ in screen.of("pop")])
    )
    assert len(leads) >= 4, f"only {len(leads)} cards came"
    p95 = leads[min(len(leads) - 1, int(len(leads) * 0.95))]
    assert p95 <= most_s, f"pop p95 {p95 * 1000:.0f} ms of {len(leads)}"
    return f"p95 {p95 * 1000:.0f} ms of {len(leads)}"


def _leads(messages: str, pops: list[float]) -> list[float]:
    invites = [int(h) * 3600 + int(m) * 60 + float(s) for h, m, s in _SENT.findall(messages)]
    return [pop - max(before) for pop in pops if (before := [at for at in invites if at <= pop])]

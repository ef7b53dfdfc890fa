# SPDX-License-Identifier: Apache-2.0
"""Who called in vain in the week before the ledger existed stands in it too: looked for once, after the upgrade."""

import asyncio
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from crm_core.ports.store import Store, Tx
from crm_core.usecases.keep_missed import keep_missed

BACK: Final = timedelta(days=7)  # who was called back by nobody for longer does not wait any more
_BATCH = 5  # calls of one transaction: others want to write too


async def fill_ledger(store: Store, now: datetime) -> int:
    """How many calls were put in. Begun again after a crash it goes on; done once it is never done again.

    As the call itself would have been told, so a call that the ledger knows, or nobody need answer, changes nothing.
    """
    async with store.read() as tx:
        if await tx.settings.ledger_filled():
            return 0
        calls = list(await tx.missed.untold(now - BACK))
    for first in range(0, len(calls), _BATCH):
        async with store.begin() as tx:
            for call_id in calls[first : first + _BATCH]:
                await _tell(tx, call_id, now)
        await asyncio.sleep(0)
    async with store.begin() as tx:
        await tx.settings.save_ledger_filled(now)
    return len(calls)


async def _tell(tx: Tx, call_id: UUID, now: datetime) -> None:
    message = await tx.voicemails.get(call_id)
    if message and message.closed_at:  # it was answered, or left before there was an inbox
        return
    kept = await tx.calls.get(call_id)
    if kept:
        await keep_missed(tx, kept, await tx.communications.get(call_id), now)

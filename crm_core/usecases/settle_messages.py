# SPDX-License-Identifier: Apache-2.0
"""A message that a caller left and their item in the ledger are settled together, and opened again together.

What was closed with an item bears the moment of the item: so it is known which messages open with it again.
"""

from dataclasses import replace
from datetime import datetime

from crm_core.domain.missed import AttemptKind, MissedItem
from crm_core.domain.voicemail import Voicemail
from crm_core.ports.store import Tx
from crm_core.usecases.trail import Trail


async def messages_of(tx: Tx, item: MissedItem) -> list[Voicemail]:
    ours = [one.id for one in await tx.missed.attempts(item.id) if one.kind is not AttemptKind.TRIED]
    for one in ours:
        await tx.voicemails.hold(one)
    found = [await tx.voicemails.get(one) for one in ours]
    return [one for one in found if one]


async def close_messages(tx: Tx, item: MissedItem, now: datetime, trail: Trail | None = None) -> None:
    """The item is settled, and nobody need hear them to answer. `trail`: of the person who said so."""
    for one in await messages_of(tx, item):
        if one.closed_at is None:
            await close_message(tx, one, item, now, trail)


async def close_message(
    tx: Tx, message: Voicemail, item: MissedItem, now: datetime, trail: Trail | None = None
) -> None:
    closed = replace(message, closed_at=item.closed_at, closed_by=item.closed_by, updated_at=now)
    await _save(tx, message, closed, now, trail)


async def open_messages(tx: Tx, was: MissedItem, now: datetime, trail: Trail | None = None) -> None:
    """`was`: the item as it was closed. What somebody closed at another time stays closed."""
    for one in await messages_of(tx, was):
        if one.closed_at is not None and one.closed_at == was.closed_at:
            opened = replace(one, closed_at=None, closed_by=None, updated_at=now)
            await _save(tx, one, opened, now, trail)


async def _save(tx: Tx, before: Voicemail, after: Voicemail, now: datetime, trail: Trail | None) -> None:
    await tx.voicemails.save(after)
    if trail:
        trail.note("voicemail", before, after)
    else:
        tx.changes.add("voicemail", after.id, now)

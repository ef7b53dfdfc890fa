# SPDX-License-Identifier: Apache-2.0
"""Calls by a number that this client shares with others, while nobody has said whose they were."""

from collections.abc import Sequence

from crm_core.domain.call_history import TimelineItem
from crm_core.domain.people import User
from crm_core.ports.store import Tx
from crm_core.usecases.access_call import scope_of
from web.client_card import ClientCard

_LOOKED_AT, _SHOWN = 50, 6


async def unchosen_calls(tx: Tx, viewer: User, card: ClientCard) -> Sequence[TimelineItem]:
    """Newest first; of operators those they took part in: nobody's calls are nobody else's to see."""
    client = card.contact or card.company
    numbers = [one.e164 for one in card.numbers.get(client.id, ())] if client else []
    items = await tx.communications.unchosen(numbers, _LOOKED_AT)
    if scope_of(viewer) is not None:
        items = [item for item in items if viewer.id in _took_part(item)]
    return items[:_SHOWN]


def _took_part(item: TimelineItem) -> set[object]:
    return {item.communication.user_id, *(kept.user_id for kept in item.legs)}

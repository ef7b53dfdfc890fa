# SPDX-License-Identifier: Apache-2.0
"""An operator said on their phone, or by a queue, that they are there or not: that is their state here too."""

from collections.abc import Sequence
from datetime import datetime

from crm_core.domain import clean
from crm_core.domain.directory.people import OperatorState
from crm_core.domain.operator_state import StateInterval
from crm_core.ports.feed import Feed
from crm_core.ports.pbx import Pbx
from crm_core.ports.store import Store
from crm_core.usecases.set_operator_state import set_operator_state


async def heed_phone(  # noqa: PLR0913 - the order, and the ports it goes through
    store: Store,
    feed: Feed,
    pbxs: Sequence[Pbx],
    *,
    pbx: str,
    extension: str,
    available: bool,
    reason: str = "",
    now: datetime,
) -> StateInterval | None:
    """None: nobody has this extension now, or it is so already (who is offline or in wrap-up is away as well)."""
    async with store.read() as tx:
        owners = [
            one.user_id
            for one in await tx.people.extensions(now)
            if (one.pbx, one.extension) == (pbx, extension)
        ]
        user = await tx.people.user(owners[0]) if owners else None
        current = (await tx.states.current(owners)).get(owners[0]) if owners else None
    if user is None or available == (current is not None and current.state is OperatorState.AVAILABLE):
        return None
    state = OperatorState.AVAILABLE if available else OperatorState.PAUSED
    said = None if available else clean.line(reason)
    return await set_operator_state(store, feed, pbxs, user, user.id, state=state, reason=said, now=now)

# SPDX-License-Identifier: Apache-2.0
"""An operator said on their phone, or by a queue, that they are there or not: that is their state here too."""

from collections.abc import Sequence
from datetime import datetime

from crm_core.domain import clean
from crm_core.domain.directory.people import OperatorState, StateSource
from crm_core.domain.operator_state import StateInterval
from crm_core.ports.feed import Feed
from crm_core.ports.pbx import MEETING, Pbx
from crm_core.ports.store import Store
from crm_core.usecases.set_operator_state import set_operator_state

_AVAILABLE, _PAUSED, _MEETING = OperatorState.AVAILABLE, OperatorState.PAUSED, OperatorState.MEETING
_CHANGES = {  # what a phone's word changes: who is away is not made to be away by it
    _AVAILABLE: {_PAUSED, _MEETING},
    _PAUSED: {_AVAILABLE, _MEETING},
    _MEETING: {_AVAILABLE, _PAUSED},
    OperatorState.WRAP_UP: {_AVAILABLE, _MEETING},
    OperatorState.OFFLINE: {_AVAILABLE},
}


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
    state = _state(available=available, reason=reason)
    now_in = current.state if current else OperatorState.OFFLINE
    if user is None or state not in _CHANGES[now_in]:
        return None
    said = clean.line(reason) if state is OperatorState.PAUSED else None
    return await set_operator_state(
        store, feed, pbxs, user, user.id, state=state, reason=said, source=StateSource.PHONE, now=now
    )


def _state(*, available: bool, reason: str) -> OperatorState:
    if available:
        return _AVAILABLE
    return _MEETING if reason == MEETING else _PAUSED

# SPDX-License-Identifier: Apache-2.0
"""Call a missed caller back: theirs alone is the claim, then the phone rings."""

from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.errors import CrmError
from crm_core.domain.people import User
from crm_core.ports.pbx import OriginateUnknownError
from crm_core.ports.store import Store
from crm_core.usecases.access_missed import access_missed
from crm_core.usecases.claim_missed import claim_missed, release_missed
from crm_core.usecases.place_call import ClickToCall, Placed


async def call_back(
    store: Store, phone: ClickToCall, user: User, item_id: UUID, actor: Actor, now: datetime
) -> Placed:
    """Raise ClaimedError when somebody has them, and what ClickToCall refuses with: then the claim is gone again.

    Not after OriginateUnknownError: their phone may be ringing, and a colleague would call the same client.
    """
    async with store.read() as tx:
        before = await access_missed(tx, user, item_id)
    item = await claim_missed(store, user, item_id, actor, now)
    try:
        return await phone.place(actor, item.e164, now)
    except OriginateUnknownError:
        raise
    except CrmError:
        if before.claimed_by is None:
            await release_missed(store, user, item_id, actor, now)
        raise

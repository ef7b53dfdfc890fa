# SPDX-License-Identifier: Apache-2.0
"""Mark a lead as not a client, a wrong number or spam, or take that back: in and out of every statistic."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.lead import SET_ASIDE, Lead, LeadStatus
from crm_core.domain.people import User
from crm_core.ports.store import Store
from crm_core.usecases.give_up_missed import give_up_spam
from crm_core.usecases.settle_lead import access_unsettled, save_lead


async def mark_lead(store: Store, user: User, lead_id: UUID, *, status: LeadStatus, now: datetime) -> Lead:
    """`status`: not_client, wrong_number, spam, or open to undo. ConflictError: the number has another open lead."""
    if status not in SET_ASIDE and status is not LeadStatus.OPEN:
        raise InvalidInputError("there is no such status", field="status")
    async with store.begin() as tx:
        await tx.clients.serialise()
        before = await access_unsettled(tx, lead_id)
        after = replace(before, status=status, updated_at=now)
        await save_lead(tx, user, before, after)
        for communication_id in await tx.communications.count_in(lead_id, in_statistics=status.counts):
            tx.changes.add("communication", communication_id, now)
        if status in SET_ASIDE:
            await give_up_spam(tx, user, after, now)
    return after

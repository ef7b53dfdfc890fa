# SPDX-License-Identifier: Apache-2.0
"""Whose lead it is, and what it is called."""

from dataclasses import replace
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from crm_core.domain import clean
from crm_core.domain.audit import Actor
from crm_core.domain.errors import ConflictError
from crm_core.domain.lead import Lead
from crm_core.ports.store import Store
from crm_core.usecases.add_lead import known_manager
from crm_core.usecases.settle_lead import access_unsettled
from crm_core.usecases.trail import Trail


class LeadFields(TypedDict, total=False):
    """What is not in it stays."""

    name: str | None
    manager_id: UUID | None


async def edit_lead(
    store: Store,
    lead_id: UUID,
    fields: LeadFields,
    actor: Actor,
    now: datetime,
    *,
    seen: datetime | None = None,
) -> Lead:
    """`seen`: updated_at of what the editor saw; ConflictError when it is no longer so, or is a contact by now."""
    async with store.begin() as tx:
        await tx.clients.serialise()
        before = await access_unsettled(tx, lead_id)
        if seen is not None and seen != before.updated_at:
            raise ConflictError
        after = before
        if "name" in fields:
            after = replace(after, name=clean.line(fields["name"]))
        if "manager_id" in fields and fields["manager_id"] != before.manager_id:
            after = replace(after, manager_id=await known_manager(tx, fields["manager_id"]))
        if after == before:
            return before
        after = replace(after, updated_at=now)
        await tx.leads.save(after)
        trail = Trail(actor, now)
        trail.note("lead", before, after)
        await trail.write(tx)
    return after

# SPDX-License-Identifier: Apache-2.0
"""A program knows of somebody who may become a client: a lead by its number, before any call."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm_core.domain import clean
from crm_core.domain.audit import Actor
from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.lead import Lead, LeadStatus
from crm_core.domain.phone import normalise
from crm_core.domain.routing.assign_rules import Source
from crm_core.domain.sharing import Owned
from crm_core.ports.store import Store, Tx
from crm_core.usecases.assign_owner import assign_owners
from crm_core.usecases.look_at_clients import Came
from crm_core.usecases.trail import Trail


async def add_lead(
    store: Store, raw: str, *, name: str | None, manager_id: UUID | None, actor: Actor, now: datetime
) -> Lead:
    """Who has no manager is given one by the rules. ConflictError: the number is a client's, or an open lead's."""
    trail = Trail(actor, now)
    async with store.begin() as tx:
        await tx.clients.serialise()
        new = Lead(
            id=new_id(now),
            e164=await _number(tx, raw),
            status=LeadStatus.OPEN,
            created_at=now,
            updated_at=now,
            name=clean.line(name),
            manager_id=await known_manager(tx, manager_id),
        )
        if (await tx.leads.add(new)).id != new.id:
            raise ConflictError("an open lead has this number")
        trail.note("lead", None, new)
        owners = {}
        if manager_id is None:
            owners = await assign_owners(tx, Owned.LEAD, {new.id: Came(source=Source.API)}, trail)
        await trail.write(tx)
    return replace(new, manager_id=owners.get(new.id, manager_id))


async def known_manager(tx: Tx, manager_id: UUID | None) -> UUID | None:
    user = await tx.people.user(manager_id) if manager_id else None
    if manager_id and (user is None or user.archived_at):
        raise InvalidInputError("there is no such manager", field="manager_id")
    return manager_id


async def _number(tx: Tx, raw: str) -> str:
    e164 = normalise(clean.line(raw, 64) or "", (await tx.settings.house()).region).e164
    if e164 is None:
        raise InvalidInputError(f"not a phone number: {raw!r}", field="phone")
    if e164 in {number.e164 for number in await tx.people.own_numbers()}:
        raise InvalidInputError(f"{e164} is a number of our own, not a client's", field="phone")
    if (await tx.clients.owners_of([e164])).get(e164):
        raise ConflictError("a client has this number")
    return e164

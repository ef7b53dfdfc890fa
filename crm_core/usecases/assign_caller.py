# SPDX-License-Identifier: Apache-2.0
"""Who calls gets a manager by the rules [[assign]]: a new lead when it is made, anybody else by the first talk."""

from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import SYSTEM
from crm_core.domain.call_history import KeptCall
from crm_core.domain.communication import Communication
from crm_core.domain.ids import new_id
from crm_core.domain.lead import Lead, LeadStatus
from crm_core.domain.routing.assign_rules import Source, ToFirstTalk
from crm_core.domain.routing.assignment import matching
from crm_core.domain.sharing import Owned
from crm_core.ports.store import Tx
from crm_core.usecases.assign_owner import assign_owners, load_assigner
from crm_core.usecases.look_at_clients import Came
from crm_core.usecases.trail import Trail


async def make_lead(tx: Tx, e164: str, kept: KeptCall, place: str | None, at: datetime) -> Lead:
    """The open lead of this number: this one, or the one that another call has just made."""
    await load_assigner(tx, at)  # its lock comes before the row of the lead, as everywhere
    new = Lead(id=new_id(at), e164=e164, status=LeadStatus.OPEN, created_at=at, updated_at=at)
    lead = await tx.leads.add(new)
    tx.changes.add("lead", lead.id, at)
    if lead.id == new.id:
        trail = Trail(SYSTEM, at)
        await assign_owners(tx, Owned.LEAD, {lead.id: _came(kept, place, at)}, trail)
        await trail.write(tx)
    return lead


async def heed_first_talk(tx: Tx, kept: KeptCall, communication: Communication, at: datetime) -> None:
    """Who has no manager, and has been talked with: whose the rule that fits says, if it says 'who talks first'."""
    kind, client = _client(communication)
    if client is None or kept.answered_user_id is None:
        return
    if not any(one.manager_id is None for one in await tx.sharing.records(kind, [client])):
        return
    assigner = await load_assigner(tx, at)
    if assigner is None:
        return
    first = (await tx.sharing.first_talks(kind, [client])).get(client, kept.answered_user_id)
    came = {client: Came(source=Source.CALL, did=communication.place, talked=first, talked_at=at)}
    records = await tx.sharing.records(kind, [client])
    facts = await assigner.look.facts(tx, kind, records, came, at)
    rule = matching(assigner.look.rules, facts[client])
    if rule is None or not isinstance(rule.to, ToFirstTalk):
        return
    trail = Trail(SYSTEM, at)
    await assign_owners(tx, kind, came, trail)
    await trail.write(tx)


def _came(kept: KeptCall, place: str | None, at: datetime) -> Came:
    talked = kept.answered_user_id
    return Came(source=Source.CALL, did=place, talked=talked, talked_at=at if talked else None)


def _client(communication: Communication) -> tuple[Owned, UUID | None]:
    for kind in (Owned.CONTACT, Owned.COMPANY, Owned.LEAD):
        if found := getattr(communication, f"{kind.value}_id"):
            return kind, found
    return Owned.LEAD, None

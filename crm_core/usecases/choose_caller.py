# SPDX-License-Identifier: Apache-2.0
"""Say who of several it is that calls, while they talk or after: the communication moves, the cards follow."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm_core.domain.communication import Communication
from crm_core.domain.directory import Directory, PartyKind
from crm_core.domain.people import User
from crm_core.domain.pop import client_head
from crm_core.ports.feed import Audience, Feed
from crm_core.ports.store import Store
from crm_core.usecases.move_communication import move_communication


@dataclass(frozen=True, slots=True)
class Chosen:
    kind: PartyKind  # contact | company
    id: UUID


async def choose_caller(  # noqa: PLR0913 - who says what of which call, and the ports it goes through
    store: Store,
    feed: Feed,
    directory: Directory,
    user: User,
    call_id: UUID,
    *,
    chosen: Chosen,
    now: datetime,
) -> Communication:
    contact_id, company_id = (
        chosen.id if chosen.kind is kind else None for kind in (PartyKind.CONTACT, PartyKind.COMPANY)
    )
    moved = await move_communication(
        store, feed, user, call_id, contact_id=contact_id, company_id=company_id, now=now
    )
    party = directory.clients.party_of(chosen.kind, chosen.id, moved.e164 or "")
    head = client_head(
        party, moved.e164, operator=directory.operator, turnover=(directory.window, directory.currency)
    )
    shown, pops = {**head, "sharers": []}, directory.pops
    if known := pops.head(call_id):  # who gets the call handed over sees whom it is with
        pops.note(call_id, {**known, **shown}, ())
    for one in pops.users(call_id) | {user.id}:
        said = {"call_id": str(call_id), "user_id": str(one), **shown}
        feed.publish("pop.client", said, Audience.of(one))
    return moved

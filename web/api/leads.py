# SPDX-License-Identifier: Apache-2.0
"""Leads: who called, or was told of, and is no client yet."""

from datetime import datetime
from typing import Annotated, Literal, cast
from uuid import UUID

from pydantic import Field

from crm_core.domain.call_history import Cursor
from crm_core.domain.lead import Lead, LeadStatus
from crm_core.domain.narrowed import LeadFilter
from crm_core.usecases.add_lead import add_lead
from crm_core.usecases.complete_lead import complete_lead
from crm_core.usecases.edit_lead import LeadFields, edit_lead
from crm_core.usecases.mark_lead import mark_lead
from crm_core.usecases.merge_lead import merge_lead
from crm_core.usecases.reopen_lead import reopen_lead
from crm_core.usecases.settle_lead import access_lead
from web.api.ask import Ask, patched
from web.api.operation import operation
from web.api.paging import read_page
from web.api.words import Given, Line, Name, Number, Page, PageQuery, Told


class LeadTold(Told):
    id: UUID
    e164: str
    status: LeadStatus
    name: str | None
    manager_id: UUID | None
    contact_id: Annotated[UUID | None, Field(description="The contact it became, or was joined to.")]
    created_at: datetime
    updated_at: datetime


class LeadQuery(PageQuery):
    status: LeadStatus | None = None
    manager_id: UUID | None = None
    without_manager: Annotated[bool, Field(description="Only those that are nobody's.")] = False


class LeadGiven(Given):
    phone: Number
    name: Line | None = None
    manager_id: Annotated[UUID | None, Field(description="null: the rules of the house say whose it is.")] = (
        None
    )


class LeadPatch(Given):
    """What is left out stays; null empties it."""

    name: Line | None = None
    manager_id: UUID | None = None

    def fields(self) -> LeadFields:
        return cast("LeadFields", self.model_dump(exclude_unset=True))


class LeadClosed(Given):
    status: Annotated[
        Literal["not_client", "wrong_number", "spam"], Field(description="Why nobody is to be rung for it.")
    ]


class LeadCompleted(Given):
    """One of the two: the name of a new contact, or a contact there is."""

    name: Name | None = None
    company_id: Annotated[UUID | None, Field(description="Where the new contact works.")] = None
    contact_id: UUID | None = None


@operation("GET", "/leads", scope="contacts:read", summary="Leads, newest first")
async def list_leads(ask: Ask, query: LeadQuery) -> Page[LeadTold]:
    which = LeadFilter(**query.model_dump(exclude={"limit", "cursor"}))
    async with ask.store.read() as tx:
        rows, following = await read_page(
            ask,
            query,
            lambda after, limit: tx.leads.page(which, after, limit),
            lambda row: Cursor(row.created_at, row.id),
        )
    return Page(items=[_told(row) for row in rows], next=following)


@operation("POST", "/leads", scope="contacts:write", summary="Create a lead", status=201, versioned=True)
async def create_lead(ask: Ask, body: LeadGiven) -> LeadTold:
    """409 when a client, or another open lead, has the number: `GET /clients` and `GET /leads` say who."""
    made = await add_lead(
        ask.store, body.phone, name=body.name, manager_id=body.manager_id, actor=ask.actor, now=ask.now
    )
    ask.created_at(f"/leads/{made.id}")
    return await _read(ask, made.id)


@operation("GET", "/leads/{id}", scope="contacts:read", summary="A lead", versioned=True)
async def get_lead(ask: Ask, lead_id: UUID) -> LeadTold:
    return await _read(ask, lead_id)


@operation(
    "PATCH", "/leads/{id}", scope="contacts:write", summary="Give a lead to somebody, name it", versioned=True
)
async def patch_lead(ask: Ask, lead_id: UUID, body: LeadPatch) -> LeadTold:
    """With If-Match, only what you saw is changed: otherwise 412 and, in `current`, what it is now."""
    fields = body.fields()
    return await patched(
        ask,
        lambda: _read(ask, lead_id),
        lambda seen: edit_lead(
            ask.store, lead_id, fields, ask.actor, ask.now, seen=seen.updated_at if seen else None
        ),
    )


@operation(
    "POST", "/leads/{id}/close", scope="contacts:write", summary="Close a lead: no client", versioned=True
)
async def close_lead(ask: Ask, lead_id: UUID, body: LeadClosed) -> LeadTold:
    """Its calls stand in no statistics from then on."""
    await mark_lead(ask.store, ask.user, lead_id, status=LeadStatus(body.status), now=ask.now)
    return await _read(ask, lead_id)


@operation(
    "POST", "/leads/{id}/complete", scope="contacts:write", summary="A lead becomes a contact", versioned=True
)
async def make_contact_of_lead(ask: Ask, lead_id: UUID, body: LeadCompleted) -> LeadTold:
    """Its number and all its calls become the contact's; a new contact keeps the lead's manager."""
    if body.contact_id is not None:
        await merge_lead(ask.store, ask.user, lead_id, contact_id=body.contact_id, now=ask.now)
    else:
        await complete_lead(
            ask.store, ask.user, lead_id, name=body.name or "", company_id=body.company_id, now=ask.now
        )
    return await _read(ask, lead_id)


@operation(
    "POST", "/leads/{id}/reopen", scope="contacts:write", summary="A lead is open again", versioned=True
)
async def open_lead_again(ask: Ask, lead_id: UUID) -> LeadTold:
    """409 when somebody worked since on the contact it became, or another open lead has the number."""
    await reopen_lead(ask.store, ask.user, lead_id, now=ask.now)
    return await _read(ask, lead_id)


async def _read(ask: Ask, lead_id: UUID) -> LeadTold:
    async with ask.store.read() as tx:
        return _told(await access_lead(tx, lead_id))


def _told(lead: Lead) -> LeadTold:
    return LeadTold.model_validate(lead)

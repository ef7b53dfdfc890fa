# SPDX-License-Identifier: Apache-2.0
"""Deals: what clients may buy, how far each has come, and how it ended."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, cast
from uuid import UUID

from pydantic import Field

from crm_core.domain.call_history import Cursor
from crm_core.domain.deal import LONGEST_STAGE, DealState
from crm_core.domain.narrowed import Archived, DealFilter
from crm_core.usecases.archive_deal import archive_deal as put_away
from crm_core.usecases.archive_deal import restore_deal as bring_back
from crm_core.usecases.save_deal import DealFields, DealNotFoundError, edit_deal
from crm_core.usecases.save_deal import create_deal as make_deal
from web.api.ask import Ask, patched
from web.api.operation import operation
from web.api.paging import read_page
from web.api.words import Currency, Day, Given, Money, Name, Note, Page, PageQuery, Time, Told

Stage = Annotated[
    str, Field(min_length=1, max_length=LONGEST_STAGE, description="As the settings know it: `offer`.")
]


class DealTold(Told):
    id: UUID
    title: str
    contact_id: UUID | None
    company_id: UUID | None
    owner_id: UUID | None
    amount: Decimal
    currency: str
    stage: str
    state: DealState
    expected_on: date | None
    closed_at: Annotated[datetime | None, Field(description="When it was won or lost.")]
    note: str | None
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class DealPatch(Given):
    """What is left out stays; null empties it."""

    title: Name = ""
    contact_id: UUID | None = None
    company_id: UUID | None = None
    owner_id: UUID | None = None
    amount: Annotated[Money, Field(ge=0)] = Decimal(0)
    currency: Currency = ""
    stage: Stage = ""
    state: DealState = DealState.OPEN
    expected_on: Day | None = None
    note: Note | None = None

    def fields(self) -> DealFields:
        return cast("DealFields", self.model_dump(exclude_unset=True))


class DealGiven(DealPatch):
    """With a contact or a company. Without a currency: the house's; without a stage: the first."""

    title: Name


class DealQuery(PageQuery):
    changed_since: Time | None = None
    text: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=200,
            description="Words of its title and of its client's names, or the end of a client's number.",
        ),
    ] = None
    archived: Archived = Archived.NO
    owner_id: UUID | None = None
    stage: Stage | None = None
    state: DealState | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None


@operation("GET", "/deals", scope="deals:read", summary="Deals, last changed last")
async def list_deals(ask: Ask, query: DealQuery) -> Page[DealTold]:
    """A company's are its own and those of its contacts. Of a `text` at most 1000 are found.

    To keep a copy: read on by `next`, then begin again with `changed_since` and `archived=any`.
    """
    which = DealFilter(**query.model_dump(exclude={"limit", "cursor"}))
    async with ask.store.read() as tx:
        rows, following = await read_page(
            ask,
            query,
            lambda after, limit: tx.listings.deals(which, after, limit),
            lambda row: Cursor(row.updated_at, row.id),
        )
    return Page(items=[DealTold.model_validate(row) for row in rows], next=following)


@operation("POST", "/deals", scope="deals:write", summary="Create a deal", status=201, versioned=True)
async def create_deal(ask: Ask, body: DealGiven) -> DealTold:
    made = await make_deal(ask.store, body.fields(), ask.actor, ask.now)
    ask.created_at(f"/deals/{made.id}")
    return DealTold.model_validate(made)


@operation("GET", "/deals/{id}", scope="deals:read", summary="A deal", versioned=True)
async def get_deal(ask: Ask, deal_id: UUID) -> DealTold:
    return await _read(ask, deal_id)


@operation("PATCH", "/deals/{id}", scope="deals:write", summary="Change a deal", versioned=True)
async def patch_deal(ask: Ask, deal_id: UUID, body: DealPatch) -> DealTold:
    """`state` wins it, loses it, or opens it again. With If-Match, only what you saw is changed: otherwise 412."""
    fields = body.fields()
    return await patched(
        ask,
        lambda: _read(ask, deal_id),
        lambda seen: edit_deal(
            ask.store, deal_id, fields, ask.actor, ask.now, seen=seen.updated_at if seen else None
        ),
    )


@operation("POST", "/deals/{id}/archive", scope="deals:write", summary="Archive a deal", versioned=True)
async def archive_deal(ask: Ask, deal_id: UUID) -> DealTold:
    """In place of deleting: it counts nowhere any more, and can be restored."""
    return DealTold.model_validate(await put_away(ask.store, deal_id, ask.actor, ask.now))


@operation("POST", "/deals/{id}/restore", scope="deals:write", summary="Restore a deal", versioned=True)
async def restore_deal(ask: Ask, deal_id: UUID) -> DealTold:
    return DealTold.model_validate(await bring_back(ask.store, deal_id, ask.actor, ask.now))


async def _read(ask: Ask, deal_id: UUID) -> DealTold:
    async with ask.store.read() as tx:
        found = await tx.deals.get(deal_id)
    if found is None:
        raise DealNotFoundError
    return DealTold.model_validate(found)

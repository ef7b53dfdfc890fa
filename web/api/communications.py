# SPDX-License-Identifier: Apache-2.0
"""Communications: the memory of every contact with a client, whatever the channel."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from crm_core.domain.call_history import Cursor
from crm_core.domain.client import ClientKind
from crm_core.domain.communication import CommunicationKind
from crm_core.domain.errors import ConflictError
from crm_core.domain.narrowed import CommunicationFilter
from crm_core.usecases.access_call import access_communication, scope_of
from crm_core.usecases.edit_communication import CommunicationPatch, edit_communication
from crm_core.usecases.move_communication import move_communication
from web import keys
from web.api.ask import Ask, changed_meanwhile, patched
from web.api.operation import operation
from web.api.paging import read_page
from web.api.words import Given, Note, Page, PageQuery, Time, Told

Code = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$", description="One of the house's results.")]


class CommunicationTold(Told):
    """Of kind call the id is the call's."""

    id: UUID
    kind: CommunicationKind
    started_at: datetime
    updated_at: datetime
    call_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    lead_id: UUID | None
    user_id: UUID | None
    e164: str | None
    place: str | None
    duration_s: float | None
    next_at: datetime | None
    result: str | None
    note: str | None
    in_statistics: bool


class OutcomeGiven(Given):
    """What is left out stays; null empties it."""

    result: Code | None = None
    note: Note | None = None


class MoveGiven(Given):
    """With whom it was."""

    kind: ClientKind
    id: UUID


class CommunicationQuery(PageQuery):
    from_: Annotated[Time | None, Field(alias="from", description="Began then or later.")] = None
    to: Annotated[Time | None, Field(description="Began before then.")] = None
    contact_id: UUID | None = None
    company_id: UUID | None = None
    lead_id: UUID | None = None
    user_id: UUID | None = None


@operation("GET", "/communications", scope="calls:read", summary="Communications, newest first")
async def list_communications(ask: Ask, query: CommunicationQuery) -> Page[CommunicationTold]:
    """Operators see their own and those with their clients; supervisors and admins see all."""
    which = CommunicationFilter(
        since=query.from_,
        until=query.to,
        visible_to=None if scope_of(ask.user) is None else ask.user.id,
        **query.model_dump(include={"contact_id", "company_id", "lead_id", "user_id"}),
    )
    async with ask.store.read() as tx:
        rows, following = await read_page(
            ask,
            query,
            lambda after, limit: tx.listings.communications(which, after, limit),
            lambda row: Cursor(row.started_at, row.id),
        )
    return Page(items=[CommunicationTold.model_validate(row) for row in rows], next=following)


@operation("GET", "/communications/{id}", scope="calls:read", summary="A communication", versioned=True)
async def get_communication(ask: Ask, communication_id: UUID) -> CommunicationTold:
    return await _read(ask, communication_id)


@operation(
    "PATCH",
    "/communications/{id}",
    scope="calls:write",
    summary="Say what came of it",
    versioned=True,
)
async def edit_outcome(ask: Ask, communication_id: UUID, body: OutcomeGiven) -> CommunicationTold:
    """With If-Match, only what you saw is changed: otherwise 412 and, in `current`, what it is now."""
    given = {name: value or "" for name, value in body.model_dump(exclude_unset=True).items()}
    patch = CommunicationPatch(**given)
    return await patched(
        ask,
        lambda: _read(ask, communication_id),
        lambda seen: edit_communication(
            ask.store, ask.user, communication_id, patch, now=ask.now, seen=seen.updated_at if seen else None
        ),
    )


@operation(
    "POST",
    "/communications/{id}/move",
    scope="calls:write",
    summary="Say with whom it was",
    versioned=True,
)
async def move(ask: Ask, communication_id: UUID, body: MoveGiven) -> CommunicationTold:
    """To another contact or company, with its recording, result and note; the number stays where it is.

    A contact's company comes with it. Who could see it only because it was their client's no longer can.
    """
    current = await _read(ask, communication_id)
    seen = current.updated_at if ask.expects(current) else None
    target = {"contact_id" if body.kind is ClientKind.CONTACT else "company_id": body.id}
    try:
        moved = await move_communication(
            ask.store,
            ask.request.app[keys.FEED],
            ask.user,
            communication_id,
            **target,
            now=ask.now,
            seen=seen,
        )
    except ConflictError:
        raise changed_meanwhile(await _read(ask, communication_id)) from None
    return CommunicationTold.model_validate(moved)


async def _read(ask: Ask, communication_id: UUID) -> CommunicationTold:
    async with ask.store.read() as tx:
        found = await access_communication(tx, ask.user, communication_id)
    return CommunicationTold.model_validate(found)

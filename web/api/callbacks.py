# SPDX-License-Identifier: Apache-2.0
"""Requests to be called back: a form of a site puts one in, and what became of each."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from crm_core.domain.call_history import Cursor
from crm_core.domain.callback import (
    LONGEST_NOTE,
    CallbackFilter,
    CallbackRequest,
    CallbackRow,
    CallbackSource,
)
from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.missed import MissedState
from crm_core.usecases.access_missed import access_missed, seen_by
from crm_core.usecases.request_callback import request_callback
from web import keys
from web.api.ask import Ask
from web.api.operation import operation
from web.api.paging import read_page
from web.api.words import Given, Number, Page, PageQuery, Time, Told

Note = Annotated[str, Field(max_length=LONGEST_NOTE, description="What it is about.")]


class CallbackGiven(Given):
    number: Number
    wanted_at: Annotated[
        Time | None, Field(description="When they want it, within 60 days; null: as soon as may be.")
    ] = None
    did: Annotated[
        str | None, Field(max_length=40, description="Our number it is for: whose team calls back.")
    ] = None
    queue: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9_-]{1,60}$")] = None
    note: Note | None = None


class CallbackTold(Told):
    """Made in a call, its id is the call's."""

    id: UUID
    number: str
    source: CallbackSource
    arrived_at: Annotated[datetime, Field(description="Their place: since when they wait.")]
    made_at: datetime
    did: str | None
    queue: str | None
    wanted_at: datetime | None
    note: str | None
    missed_id: Annotated[UUID, Field(description="Their item among the missed callers: claim it there.")]
    state: MissedState
    contact_id: UUID | None
    company_id: UUID | None
    claimed_by: UUID | None
    tries: Annotated[int, Field(description="How often we called in vain.")]
    due_at: datetime
    closed_at: datetime | None


class CallbackQuery(PageQuery):
    open: Annotated[bool | None, Field(description="true: those who still wait.")] = None
    state: MissedState | None = None


@operation("GET", "/callback-requests", scope="calls:read", summary="Callback requests, by their places")
async def list_callback_requests(ask: Ask, query: CallbackQuery) -> Page[CallbackTold]:
    """Who came first stands first. Operators see those that they see among the missed callers."""
    async with ask.store.read() as tx:
        which = CallbackFilter(state=query.state, is_open=query.open, seen=await seen_by(tx, ask.user))
        rows, following = await read_page(
            ask,
            query,
            lambda after, limit: tx.callbacks.page(which, after, limit),
            lambda row: Cursor(row.request.arrived_at, row.request.id),
        )
    return Page(items=[_told(row) for row in rows], next=following)


@operation("GET", "/callback-requests/{id}", scope="calls:read", summary="A callback request")
async def get_callback_request(ask: Ask, request_id: UUID) -> CallbackTold:
    async with ask.store.read() as tx:
        row = await tx.callbacks.row(request_id)
        if row is None:
            raise NotFoundError("there is no such request")
        await access_missed(tx, ask.user, row.item.id)
    return _told(row)


@operation(
    "POST",
    "/callback-requests",
    scope="callbacks:write",
    summary="Ask to be called back",
    status=201,
)
async def create_callback_request(ask: Ask, body: CallbackGiven) -> CallbackTold:
    """Whoever waits already stands there once: the request joins what is open for them.

    `calls:write` may do it too; a site's form needs no more than `callbacks:write`, with which nobody can place calls.
    """
    directory, now = ask.request.app[keys.DIRECTORY], ask.now
    number = directory.normalise(body.number)
    if number is None:
        raise InvalidInputError("this is not a telephone number", field="number")
    request = CallbackRequest(
        id=new_id(now),
        e164=number,
        source=CallbackSource.PROGRAM,
        arrived_at=now,
        made_at=now,
        did=directory.normalise(body.did),
        queue=body.queue,
        wanted_at=body.wanted_at,
        note=body.note,
        user_id=ask.user.id,
    )
    await request_callback(ask.store, directory, request, ask.actor, now)
    ask.created_at(f"/callback-requests/{request.id}")
    async with ask.store.read() as tx:
        row = await tx.callbacks.row(request.id)
    if row is None:
        raise NotFoundError("there is no such request")
    return _told(row)


def _told(row: CallbackRow) -> CallbackTold:
    one, item = row.request, row.item
    own = ("id", "source", "arrived_at", "made_at", "did", "queue", "wanted_at", "note")
    ledger = ("state", "contact_id", "company_id", "claimed_by", "tries", "due_at", "closed_at")
    return CallbackTold(
        number=one.e164,
        missed_id=item.id,
        **{name: getattr(one, name) for name in own},
        **{name: getattr(item, name) for name in ledger},
    )

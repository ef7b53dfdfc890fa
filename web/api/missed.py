# SPDX-License-Identifier: Apache-2.0
"""Missed callers: who waits to be called back, and taking them so that nobody else calls too."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from crm_core.domain.call_history import Cursor
from crm_core.domain.listing import Place
from crm_core.domain.missed import AttemptKind, MissedState
from crm_core.domain.missed_views import MissedQuery, MissedView
from crm_core.usecases.access_missed import access_missed, seen_by
from crm_core.usecases.call_back import call_back as call_them_back
from crm_core.usecases.claim_missed import claim_missed, release_missed
from crm_core.usecases.give_up_missed import give_up_missed, reopen_missed
from web import keys
from web.api.ask import Ask
from web.api.calls import Placed
from web.api.operation import operation
from web.api.paging import read_page
from web.api.words import Given, Line, Page, PageQuery, Told

_HISTORY = 100
_TAKEN = {409: "Somebody else has them, or it is settled already; `detail` says who."}


class MissedTold(Told):
    """At most one is open for each caller."""

    id: UUID
    state: Annotated[MissedState, Field(description="missed and claimed are open.")]
    e164: Annotated[str, Field(description="To call back.")]
    contact_id: UUID | None
    company_id: UUID | None
    did: Annotated[str | None, Field(description="Our number that they called.")]
    kind: Annotated[AttemptKind, Field(description="Of their last attempt.")]
    attempts: int
    tries: Annotated[int, Field(description="Of ours, in vain.")]
    first_at: datetime
    last_at: datetime
    due_at: Annotated[datetime, Field(description="By then they are to be called back: by working time.")]
    tried_at: datetime | None
    owner_id: UUID | None
    team_id: UUID | None
    claimed_by: UUID | None
    claimed_at: datetime | None
    closed_at: datetime | None
    closed_by: UUID | None
    closed_call_id: Annotated[UUID | None, Field(description="The talk that settled it.")]
    reason: Annotated[str | None, Field(description="Why it was given up.")]


class AttemptTold(Told):
    """`id` is its call's, or its request's."""

    id: UUID
    kind: Annotated[AttemptKind, Field(description="tried: we called, and they did not answer.")]
    at: datetime
    e164: str
    did: str | None
    call_id: UUID | None


class WholeMissedTold(MissedTold):
    history: Annotated[
        list[AttemptTold],
        Field(description="The newest 100, the eldest of them first; the rest: `/missed/{id}/attempts`."),
    ]


class MissedPageQuery(PageQuery):
    view: MissedView = MissedView.OPEN


class ReasonGiven(Given):
    reason: Annotated[Line, Field(min_length=1)]


@operation("GET", "/missed", scope="calls:read", summary="Missed callers, what is due first first")
async def list_missed(ask: Ask, query: MissedPageQuery) -> Page[MissedTold]:
    """Operators see their own, those of their teams and what is nobody's; supervisors and admins see all.

    Those that are closed come newest first.
    """
    async with ask.store.read() as tx:
        seen = await seen_by(tx, ask.user)

        def asked(limit: int) -> MissedQuery:
            return MissedQuery(view=query.view, me=ask.user.id, now=ask.now, seen=seen, limit=limit)

        rows, following = await read_page(
            ask,
            query,
            lambda after, limit: tx.missed.page(asked(limit), Place(after.at, after.id) if after else None),
            lambda row: Cursor(row.item.closed_at or row.item.due_at, row.item.id),
        )
    return Page(items=[MissedTold.model_validate(row.item) for row in rows], next=following)


@operation("GET", "/missed/{id}", scope="calls:read", summary="A missed caller with the latest attempts")
async def get_missed(ask: Ask, item_id: UUID) -> WholeMissedTold:
    async with ask.store.read() as tx:
        item = await access_missed(tx, ask.user, item_id)
        attempts = await tx.missed.latest_attempts(item_id, None, _HISTORY)
    head = MissedTold.model_validate(item)
    return WholeMissedTold(**dict(head), history=[AttemptTold.model_validate(one) for one in attempts[::-1]])


@operation(
    "GET", "/missed/{id}/attempts", scope="calls:read", summary="What a missed caller tried, newest first"
)
async def list_attempts(ask: Ask, item_id: UUID, query: PageQuery) -> Page[AttemptTold]:
    """`attempts` and `tries` of the missed caller together say how many there are."""
    async with ask.store.read() as tx:
        await access_missed(tx, ask.user, item_id)
        rows, following = await read_page(
            ask,
            query,
            lambda after, limit: tx.missed.latest_attempts(item_id, after, limit),
            lambda row: Cursor(row.at, row.id),
        )
    return Page(items=[AttemptTold.model_validate(row) for row in rows], next=following)


@operation("POST", "/missed/{id}/claim", scope="calls:write", summary="Take a missed caller", refusals=_TAKEN)
async def claim(ask: Ask, item_id: UUID) -> MissedTold:
    """Of many who ask at once, one gets it. To ask again for what one has changes nothing."""
    return MissedTold.model_validate(await claim_missed(ask.store, ask.user, item_id, ask.actor, ask.now))


@operation(
    "POST", "/missed/{id}/release", scope="calls:write", summary="Let a missed caller go", refusals=_TAKEN
)
async def release(ask: Ask, item_id: UUID) -> MissedTold:
    """One's own; supervisors anybody's."""
    return MissedTold.model_validate(await release_missed(ask.store, ask.user, item_id, ask.actor, ask.now))


@operation(
    "POST",
    "/missed/{id}/call",
    scope="calls:write",
    summary="Call a missed caller back",
    status=202,
    refusals=_TAKEN | {502: "It may or may not have been placed.", 503: "The PBX cannot be reached."},
)
async def call_back(ask: Ask, item_id: UUID) -> Placed:
    """Takes them, then rings the phone of the token's user, and dials when it is picked up."""
    phone = ask.request.app[keys.CLICK_TO_CALL]
    placed = await call_them_back(ask.store, phone, ask.user, item_id, ask.actor, ask.now)
    return Placed(call_id=placed.call_id, number=placed.number)


@operation(
    "POST",
    "/missed/{id}/give-up",
    scope="calls:write",
    summary="Say why nobody will call back",
    refusals=_TAKEN,
)
async def give_up(ask: Ask, item_id: UUID, body: ReasonGiven) -> MissedTold:
    return MissedTold.model_validate(
        await give_up_missed(ask.store, ask.user, item_id, body.reason, ask.actor, ask.now)
    )


@operation(
    "POST",
    "/missed/{id}/reopen",
    scope="calls:write",
    summary="Open again what was given up",
    refusals={409: "It was not given up."},
)
async def reopen(ask: Ask, item_id: UUID) -> MissedTold:
    """Into what they have open since, if they called again: then the answer is that one."""
    return MissedTold.model_validate(await reopen_missed(ask.store, ask.user, item_id, ask.actor, ask.now))

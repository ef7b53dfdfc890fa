# SPDX-License-Identifier: Apache-2.0
"""Dealing out: many contacts, companies, leads or deals are given to managers at once, as planned, and taken back."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from crm_core.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from crm_core.domain.listing import ListKind
from crm_core.domain.people import Role
from crm_core.domain.sharing import BatchState, Moved, ShareBatch, Way, Whole
from web.api.ask import Ask
from web.api.operation import operation
from web.api.words import Given, Line, Told
from web.lists.asked import unknown
from web.share_orders import asked_of, begin_batch, order_batch

_SHOWN = 100
ListName = Literal["contacts", "companies", "leads", "deals"]
_FOR: Final = {ListKind.DEALS: ("deals:write",), Whole.EVERYTHING: ("deals:write", "tasks:write")}


class MovedTold(Told):
    """How many go from whom to whom; null: nobody."""

    before_id: UUID | None
    after_id: UUID | None
    count: int


class BatchTold(Told):
    id: UUID
    list: Annotated[ListName | Literal["everything"], Field(description="`everything`: what one person had.")]
    query: str
    way: Way
    people: tuple[UUID, ...]
    state: Annotated[BatchState, Field(description="Ask again while it is planning, giving or taking_back.")]
    made_at: datetime
    ended_at: datetime | None
    total: Annotated[int, Field(description="How many it is about.")]
    done: Annotated[int, Field(description="Of those, looked at by what is going on.")]
    changed: Annotated[int, Field(description="Of those, that were really given or taken back.")]


class PlanTold(BatchTold):
    plan: Annotated[tuple[MovedTold, ...], Field(description="Empty while it is being planned.")]


class BatchesTold(Told):
    items: tuple[BatchTold, ...]


class BatchGiven(Given):
    list: ListName
    query: Annotated[
        str,
        Field(
            max_length=2000, description="Of the list's address: `manager=none&band=retail`. Left out: all."
        ),
    ] = ""
    way: Annotated[Way, Field(strict=False)]
    team: Annotated[Line, Field(description="Its members who work here and are not away today.")] = ""
    people: Annotated[
        tuple[UUID, ...], Field(max_length=1000, description="Beside the team's; none by the rules.")
    ] = ()


@operation(
    "GET", "/sharing-out", scope="contacts:read", role=Role.SUPERVISOR, summary="Batches, newest first"
)
async def list_batches(ask: Ask) -> BatchesTold:
    async with ask.store.read() as tx:
        return BatchesTold(items=tuple(map(_told, await tx.sharing.batches(_SHOWN))))


@operation(
    "POST",
    "/sharing-out",
    scope="contacts:write",
    role=Role.SUPERVISOR,
    summary="Plan to deal out a list",
    status=201,
)
async def plan_batch(ask: Ask, body: BatchGiven) -> PlanTold:
    """Nothing is given by it: look at the plan once its state is `planned`, then apply it. It is kept for a day.

    For deals (`owner=none`) the token needs `deals:write` as well, here and to apply or undo; no rules deal them out.
    """
    _check_scope(ask, ListKind(body.list))
    asked = asked_of(ask.request, body.list, body.query)
    if wrong := [*asked.ignored, *unknown(asked.spec, body.query)]:
        raise InvalidInputError(f"the list has no such filter: {', '.join(wrong)}", field="query")
    batch = await begin_batch(ask.request, asked, body.way, body.team, body.people)
    ask.created_at(f"/sharing-out/{batch.id}")
    return await _read(ask, batch.id)


@operation(
    "GET", "/sharing-out/{id}", scope="contacts:read", role=Role.SUPERVISOR, summary="A batch and its plan"
)
async def get_batch(ask: Ask, batch_id: UUID) -> PlanTold:
    return await _read(ask, batch_id)


@operation(
    "POST", "/sharing-out/{id}/apply", scope="contacts:write", role=Role.SUPERVISOR, summary="Do as planned"
)
async def apply_batch(ask: Ask, batch_id: UUID) -> PlanTold:
    """It goes on in the background. 409 when it is not planned yet, or was done already."""
    await _check_batch(ask, batch_id)
    await order_batch(ask.request, batch_id, BatchState.PLANNED, BatchState.GIVING)
    return await _read(ask, batch_id)


@operation(
    "POST", "/sharing-out/{id}/undo", scope="contacts:write", role=Role.SUPERVISOR, summary="Take it back"
)
async def undo_batch(ask: Ask, batch_id: UUID) -> PlanTold:
    """For 90 days. Those that were given to another person since stay. 409 when it is not given."""
    await _check_batch(ask, batch_id)
    await order_batch(ask.request, batch_id, BatchState.GIVEN, BatchState.TAKING_BACK)
    return await _read(ask, batch_id)


async def _check_batch(ask: Ask, batch_id: UUID) -> None:
    async with ask.store.read() as tx:
        batch = await tx.sharing.batch(batch_id)
    if batch is None:
        raise NotFoundError
    _check_scope(ask, batch.list)


def _check_scope(ask: Ask, of: ListKind | Whole) -> None:
    token = ask.viewer.token
    if any(token is None or not token.may(scope) for scope in _FOR.get(of, ())):
        raise ForbiddenError


async def _read(ask: Ask, batch_id: UUID) -> PlanTold:
    async with ask.store.read() as tx:
        batch = await tx.sharing.batch(batch_id)
        if batch is None:
            raise NotFoundError
        moved = [] if batch.state is BatchState.PLANNING else await tx.sharing.moved(batch_id)
    return PlanTold(**_told(batch).model_dump(), plan=tuple(_move(one) for one in moved))


def _told(batch: ShareBatch) -> BatchTold:
    return BatchTold.model_validate(batch)


def _move(one: Moved) -> MovedTold:
    return MovedTold.model_validate(one)

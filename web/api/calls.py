# SPDX-License-Identifier: Apache-2.0
"""Calls: what happened on the phone, and placing one."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from crm_core.domain.call import Direction, Disposition, HangupBy, LegKind, TransferKind
from crm_core.domain.call_history import CallFilter, KeptCall
from crm_core.domain.recording import RecordingState
from crm_core.usecases.access_call import access_call, scope_of
from web import keys
from web.api.ask import Ask
from web.api.operation import operation
from web.api.paging import read_page
from web.api.words import Given, Number, Page, PageQuery, Time, Told

_TAIL = 10  # digits: 8 916 ... and +7 916 ... are the same number


class RecordingOfCall(Told):
    id: UUID
    state: RecordingState


class AnswerOfCall(Told):
    """What the client pressed when they were asked after the call."""

    question: str
    keys: str
    at: datetime


class CallTold(Told):
    id: UUID
    pbx: str
    direction: Direction
    disposition: Annotated[Disposition | None, Field(description="null while it goes on.")]
    missed: bool
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    wait_s: float | None
    talk_s: float
    hold_s: float
    caller: str | None
    caller_name: str | None
    dialled: str | None
    client_e164: str | None
    queue: str | None
    answered_by: Annotated[str | None, Field(description="Extension or outside number.")]
    final_party: str | None
    answered_user_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    lead_id: UUID | None
    uncertain: Annotated[list[str], Field(description="What could not be seen for sure.")]
    recordings: list[RecordingOfCall]
    answers: Annotated[list[AnswerOfCall], Field(description="To surveys, in their order.")]


class LegTold(Told):
    """One party's part."""

    device: str | None
    party: str | None
    kind: LegKind
    user_id: UUID | None
    rang_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    talk_s: float
    hold_s: float
    end_reason: str | None


class TransferTold(Told):
    kind: TransferKind
    by: str | None
    to: str | None
    completed: bool
    at: datetime | None


class TalkTold(Told):
    started_at: datetime
    ended_at: datetime | None
    party: str | None


class WholeCallTold(CallTold):
    hangup_by: HangupBy | None
    legs: list[LegTold]
    transfers: list[TransferTold]
    talks: list[TalkTold]


class CallQuery(PageQuery):
    from_: Annotated[Time | None, Field(alias="from", description="Began then or later.")] = None
    to: Annotated[Time | None, Field(description="Began before then.")] = None
    direction: Direction | None = None
    disposition: Disposition | None = None
    missed: bool | None = None
    operator: Annotated[UUID | None, Field(description="This user took part.")] = None
    answer: Annotated[
        str | None,
        Field(
            pattern=r"^(any|[0-9*#]{1,20})$",
            description="A survey was answered with these keys; any: it was.",
        ),
    ] = None
    number: Annotated[
        str | None, Field(pattern=r"^\+?[0-9]{3,20}$", description="The client's, or how it ends.")
    ] = None


class CallGiven(Given):
    number: Number


class Placed(Told):
    call_id: UUID
    number: str


@operation("GET", "/calls", scope="calls:read", summary="Calls, newest first")
async def list_calls(ask: Ask, query: CallQuery) -> Page[CallTold]:
    """Operators see calls they took part in and calls of their clients; supervisors and admins see all."""
    which = CallFilter(
        since=query.from_,
        until=query.to,
        direction=query.direction,
        disposition=query.disposition,
        missed=query.missed,
        user_id=query.operator,
        answer=query.answer,
        tail=query.number.lstrip("+")[-_TAIL:] if query.number else None,
        only_users=scope_of(ask.user),
    )
    async with ask.store.read() as tx:
        rows, following = await read_page(
            ask, query, lambda after, limit: tx.calls.page(which, after, limit), lambda row: row.cursor
        )
    return Page(items=[CallTold.model_validate(row) for row in rows], next=following)


@operation("GET", "/calls/{id}", scope="calls:read", summary="A call with its legs, transfers and talks")
async def get_call(ask: Ask, call_id: UUID) -> WholeCallTold:
    async with ask.store.read() as tx:
        kept = await access_call(tx, ask.user, call_id)
        row = (await tx.calls.rows([kept.call.id]))[kept.call.id]
    head = CallTold.model_validate(row)
    return WholeCallTold(
        **dict(head),
        hangup_by=kept.call.hangup_by,
        legs=_legs(kept),
        transfers=[TransferTold.model_validate(each) for each in kept.call.transfers],
        talks=[TalkTold.model_validate(each) for each in kept.call.talks],
    )


@operation(
    "POST",
    "/calls",
    scope="calls:write",
    summary="Place a call",
    status=202,
    refusals={502: "It may or may not have been placed.", 503: "The PBX cannot be reached."},
)
async def place_call(ask: Ask, body: CallGiven) -> Placed:
    """The user's own phone rings first; once picked up, the number is dialled. What becomes of it: /live, /calls."""
    click = ask.request.app[keys.CLICK_TO_CALL]
    placed = await click.place(ask.actor, body.number, ask.now)
    return Placed(call_id=placed.call_id, number=placed.number)


def _legs(kept: KeptCall) -> list[LegTold]:
    names = LegTold.model_fields.keys() - {"user_id"}
    return [
        LegTold(user_id=each.user_id, **{name: getattr(each.leg, name) for name in names})
        for each in kept.legs
    ]

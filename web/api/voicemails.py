# SPDX-License-Identifier: Apache-2.0
"""Voicemail: messages that callers left, and what is done with them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from crm_core.domain.call_history import Cursor
from crm_core.domain.errors import ConflictError
from crm_core.domain.voicemail import VoicemailFilter, VoicemailRow, VoicemailState
from crm_core.usecases.access_call import scope_of
from crm_core.usecases.access_voicemail import access_voicemail
from crm_core.usecases.assign_voicemail import assign_voicemail
from crm_core.usecases.close_voicemail import close_voicemail
from crm_core.usecases.reopen_voicemail import reopen_voicemail
from web import keys
from web.api.ask import Ask, changed_meanwhile
from web.api.operation import operation
from web.api.paging import read_page
from web.api.words import Given, Page, PageQuery, Told


class VoicemailTold(Told):
    """The id is the call's."""

    id: UUID
    state: VoicemailState
    left_at: datetime
    updated_at: datetime
    mailbox: str | None
    did: str | None
    e164: str | None
    contact_id: UUID | None
    company_id: UUID | None
    lead_id: UUID | None
    assigned_to: UUID | None
    heard_at: datetime | None
    heard_by: UUID | None
    closed_at: datetime | None
    closed_by: UUID | None
    recording_id: UUID | None
    starts_at_s: Annotated[float, Field(description="Where in the recording the message begins.")]
    seconds: Annotated[float | None, Field(description="How long the message is.")]


class VoicemailQuery(PageQuery):
    state: VoicemailState | None = None
    assigned_to: Annotated[UUID | None, Field(description="Who has it to answer.")] = None


class VoicemailGiven(Given):
    """What is left out stays."""

    state: VoicemailState | None = None
    assigned_to: Annotated[UUID | None, Field(description="null: nobody in particular.")] = None


@operation("GET", "/voicemails", scope="calls:read", summary="Messages, newest first")
async def list_voicemails(ask: Ask, query: VoicemailQuery) -> Page[VoicemailTold]:
    """Operators have their own and those that nobody of their teams has yet; supervisors and admins all."""
    which = VoicemailFilter(
        state=query.state,
        assigned_to=query.assigned_to,
        visible_to=None if scope_of(ask.user) is None else ask.user.id,
    )
    async with ask.store.read() as tx:
        rows, following = await read_page(
            ask,
            query,
            lambda after, limit: tx.voicemails.page(which, after, limit),
            lambda row: Cursor(row.voicemail.left_at, row.voicemail.id),
        )
    return Page(items=[_told(row) for row in rows], next=following)


@operation("GET", "/voicemails/{id}", scope="calls:read", summary="A message", versioned=True)
async def get_voicemail(ask: Ask, voicemail_id: UUID) -> VoicemailTold:
    return await _read(ask, voicemail_id)


@operation(
    "PATCH",
    "/voicemails/{id}",
    scope="calls:write",
    summary="Give a message to somebody, close it, open it again",
    versioned=True,
)
async def patch_voicemail(ask: Ask, voicemail_id: UUID, body: VoicemailGiven) -> VoicemailTold:
    """With If-Match, only what you saw is changed: otherwise 412 and, in `current`, what it is now."""
    current = await _read(ask, voicemail_id)
    seen = current.updated_at if ask.expects(current) else None
    try:
        await _change(ask, current, body, seen)
    except ConflictError:
        raise changed_meanwhile(await _read(ask, voicemail_id)) from None
    return await _read(ask, voicemail_id, shown=current)


async def _change(ask: Ask, current: VoicemailTold, body: VoicemailGiven, seen: datetime | None) -> None:
    feed = ask.request.app[keys.FEED]
    if body.state and body.state != current.state:  # first: who gives a message away no longer sees it
        turn = close_voicemail if body.state == VoicemailState.CLOSED else reopen_voicemail
        turned = await turn(ask.store, feed, ask.user, current.id, now=ask.now, seen=seen)
        seen = turned.updated_at if seen else None
    if "assigned_to" in body.model_fields_set:
        to = body.assigned_to
        await assign_voicemail(ask.store, feed, ask.user, current.id, to, now=ask.now, seen=seen)


async def _read(ask: Ask, voicemail_id: UUID, shown: VoicemailTold | None = None) -> VoicemailTold:
    """`shown`: what they saw a moment ago; who gives a message away is still told how it is now."""
    async with ask.store.read() as tx:
        if shown is None:
            await access_voicemail(tx, ask.user, voicemail_id)
        row = await tx.voicemails.row(voicemail_id)
    return _told(row) if row else shown  # type: ignore[return-value] # one of the two is there


def _told(row: VoicemailRow) -> VoicemailTold:
    one = row.voicemail
    known = set(VoicemailTold.model_fields)
    recording = row.recording
    own = {name: getattr(one, name) for name in known if hasattr(one, name)}
    client = {name: getattr(row, name) for name in ("e164", "contact_id", "company_id", "lead_id")}
    return VoicemailTold(
        **own,
        **client,
        recording_id=recording.id if recording else None,
        starts_at_s=round(row.starts_at_s, 3),
        seconds=row.seconds,
    )

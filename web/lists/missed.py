# SPDX-License-Identifier: Apache-2.0
"""The ledger of missed callers as a file; what a page of its own (web/pages/missed.py) shows is the same."""

from typing import Any

from crm_core.domain.listing import Listed, ListKind, ListQuery, Place
from crm_core.domain.missed import AttemptKind, MissedState
from crm_core.domain.missed_views import MissedQuery, MissedRow, MissedView
from crm_core.domain.people import User
from crm_core.ports.store import Tx
from crm_core.usecases.access_missed import seen_by
from crm_core.usecases.close_voicemail import MESSAGE_CLOSED
from web.lists.spec import Cell, Column, Filter, ListSpec, Reader
from web.words import N_, Words

VIEWS = {
    MissedView.OPEN: N_("Open"),
    MissedView.MINE: N_("Mine"),
    MissedView.OVERDUE: N_("Overdue"),
    MissedView.CLOSED: N_("Closed"),
}
_STATES = {
    MissedState.MISSED: N_("Waits"),
    MissedState.CLAIMED: N_("Taken"),
    MissedState.REACHED: N_("Reached"),
    MissedState.CAME_BACK: N_("Came back"),
    MissedState.GAVE_UP: N_("Given up"),
    MissedState.WITHDRAWN: N_("Was not missed"),
}
_KINDS = {
    AttemptKind.CALL: N_("Called in vain"),
    AttemptKind.VOICEMAIL: N_("Left a voicemail"),
    AttemptKind.CALLBACK_REQUEST: N_("Asked to be called back"),
    AttemptKind.TRIED: N_("We called, and they did not answer"),
}


def _view(value: str, reader: Reader) -> dict[str, object]:
    return {"view": MissedView(value), "now": reader.l10n.now}


async def _which(tx: Tx, query: ListQuery, viewer: User) -> MissedQuery:
    asked: dict[str, Any] = dict(query.filters)
    return MissedQuery(**asked, me=viewer.id, seen=await seen_by(tx, viewer), limit=query.limit + 1)


async def _read(tx: Tx, query: ListQuery, viewer: User) -> Listed[MissedRow]:
    rows = list(await tx.missed.page(await _which(tx, query, viewer), query.after))
    more, rows = len(rows) > query.limit, rows[: query.limit]
    if not more:
        return Listed(rows)
    item = rows[-1].item
    return Listed(rows, Place(item.closed_at or item.due_at, item.id))


async def _count(tx: Tx, query: ListQuery, viewer: User, most: int) -> int:
    return await tx.missed.count(await _which(tx, query, viewer), most)


def _reason(row: MissedRow, say: Words) -> Cell:
    reason = row.item.reason
    if reason == MESSAGE_CLOSED:
        return say.text(N_("the message was closed"))
    return say.lead(reason) if reason in {"not_client", "wrong_number", "spam"} else reason


def _views(say: Words) -> dict[str, str]:
    return {code.value: say.text(text) for code, text in VIEWS.items()}


MISSED = ListSpec(
    kind=ListKind.MISSED,
    title=N_("Missed callers"),
    columns=(
        Column(key="caller", title=N_("Caller"), value=lambda row, _: row.contact or row.company),
        Column(key="number", title=N_("Number"), value=lambda row, _: row.item.e164),
        Column(key="state", title=N_("State"), value=lambda row, say: say.text(_STATES[row.item.state])),
        Column(key="kind", title=N_("Last"), value=lambda row, say: say.text(_KINDS[row.item.kind])),
        Column(key="attempts", title=N_("Times"), value=lambda row, _: row.item.attempts),
        Column(key="tries", title=N_("Called back in vain"), value=lambda row, _: row.item.tries),
        Column(key="first", title=N_("First time"), value=lambda row, _: row.item.first_at),
        Column(key="last", title=N_("Last time"), value=lambda row, _: row.item.last_at),
        Column(key="due", title=N_("Due"), value=lambda row, _: row.item.due_at),
        Column(key="called", title=N_("Called"), value=lambda row, _: row.item.did),
        Column(key="whose", title=N_("Whose"), value=lambda row, _: row.owner or row.team),
        Column(key="taken", title=N_("Taken by"), value=lambda row, _: row.claimer),
        Column(key="closed", title=N_("Closed"), value=lambda row, _: row.item.closed_at),
        Column(key="closer", title=N_("Closed by"), value=lambda row, _: row.closer),
        Column(key="reason", title=N_("Reason"), value=_reason),
    ),
    filters=(Filter(name="view", title=N_("State"), parse=_view, options=_views),),
    sorts={"due": False},
    defaults={"view": MissedView.OPEN.value},
    read=_read,
    count=_count,
    empty=("phone-check", N_("Nobody waits for a call"), ""),
)

# SPDX-License-Identifier: Apache-2.0
"""The list of calls."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from crm_core.domain.call import Direction, Disposition
from crm_core.domain.call_history import CallFilter, CallRow, Cursor
from crm_core.domain.listing import Listed, ListKind, ListQuery, Place
from crm_core.domain.people import User
from crm_core.domain.survey import ANY
from crm_core.ports.store import Tx
from crm_core.usecases.access_call import scope_of
from crm_core.usecases.access_missed import seen_by
from web.lists import parsers
from web.lists.common import FROM, NUMBER, TO, TODAY
from web.lists.spec import Cell, Column, Filter, ListSpec
from web.words import N_, Words


def which_calls(query: ListQuery, viewer: User) -> CallFilter:
    """The filters of calls by their own names; operators have theirs only."""
    asked: dict[str, Any] = dict(query.filters)
    return CallFilter(**asked, only_users=scope_of(viewer))


async def _read_calls(tx: Tx, query: ListQuery, viewer: User) -> Listed[CallRow]:
    after = query.after
    if after and isinstance(after.value, str | int):  # a place in another list
        after = None
    cursor = Cursor(after.value, after.id) if after else None
    rows = list(await tx.calls.page(which_calls(query, viewer), cursor, query.limit + 1))
    more, rows = len(rows) > query.limit, rows[: query.limit]
    rows = await with_requests(tx, rows, viewer)
    return Listed(rows, Place(rows[-1].started_at, rows[-1].id) if more else None)


async def with_requests(tx: Tx, rows: Sequence[CallRow], viewer: User) -> list[CallRow]:
    """With what their callers asked for: to be called back."""
    asked = await tx.missed.asked_in([row.id for row in rows], await seen_by(tx, viewer))
    return [
        replace(row, asked_back=True, asked_back_in=asked[row.id]) if row.id in asked else row for row in rows
    ]


async def _count_calls(tx: Tx, query: ListQuery, viewer: User, most: int) -> int:
    return await tx.lists.count_calls(which_calls(query, viewer), most)


def _their_number(row: CallRow, _: Words) -> Cell:
    return row.client_e164 or (row.caller if row.direction is Direction.INBOUND else row.dialled)


def _directions(say: Words) -> dict[str, str]:
    return {code.value: say.direction(code) for code in Direction}


def _dispositions(say: Words) -> dict[str, str]:
    return {code.value: say.disposition(code) for code in Disposition}


_DIRECTION = Filter(
    name="direction",
    title=N_("Direction"),
    parse=parsers.one_of("direction", set(Direction)),
    options=_directions,
    any=N_("Any direction"),
)
_ENDING = Filter(
    name="disposition",
    title=N_("What became of it"),
    parse=parsers.one_of("disposition", set(Disposition)),
    options=_dispositions,
    any=N_("Any ending"),
)
_ANSWER = Filter(
    name="answer",
    title=N_("Survey"),
    parse=parsers.one_of("answer", {ANY, *"0123456789*#"}),
    options=lambda _say: {ANY: _say.answer(""), **{key: _say.answer(key) for key in "123456789"}},
    any=N_("With or without a survey"),
)
_OPERATOR = Filter(
    name="user",
    title=N_("Operator"),
    parse=lambda value, reader: {"user_id": reader.user.id if value == parsers.ME else UUID(value)},
    widget="person",
    any=N_("Anybody"),
    own=False,
)
CALLS = ListSpec(
    kind=ListKind.CALLS,
    title=N_("Calls"),
    columns=(
        Column(
            key="direction",
            title=N_("Direction"),
            value=lambda row, say: say.direction(row.direction),
            kind="sign-cell",
            fixed=True,
        ),
        Column(
            key="client",
            title=N_("Client"),
            value=lambda row, _: row.contact or row.company,
            kind="main-cell",
            fixed=True,
        ),
        Column(key="number", title=N_("Number"), value=_their_number, kind="narrow-hide num", shown=False),
        Column(
            key="operator",
            title=N_("Operator"),
            value=lambda row, _: row.answered_user or row.answered_by,
            kind="narrow-second",
        ),
        Column(
            key="ending",
            title=N_("What became of it"),
            value=lambda row, say: say.disposition(row.disposition),
            kind="narrow-hide",
        ),
        Column(
            key="queue",
            title=N_("Queue"),
            value=lambda row, _: row.queue,
            kind="narrow-hide clip-cell",
            shown=False,
        ),
        Column(
            key="answer",
            title=N_("Survey"),
            value=lambda row, _: ", ".join(one.keys for one in row.answers) or None,
            kind="narrow-hide num",
            shown=False,
        ),
        Column(
            key="waited",
            title=N_("Waited"),
            value=lambda row, _: None if row.wait_s is None else round(row.wait_s),
            kind="right num muted narrow-hide",
        ),
        Column(
            key="talked",
            title=N_("Talked"),
            value=lambda row, _: round(row.talk_s),
            kind="right num narrow-end2",
        ),
        Column(
            key="when",
            title=N_("When"),
            value=lambda row, _: row.started_at,
            kind="right num muted narrow-end",
            fixed=True,
        ),
    ),
    filters=(
        NUMBER,
        FROM,
        TO,
        _DIRECTION,
        _ENDING,
        _OPERATOR,
        _ANSWER,
        Filter(name="missed", title=N_("Missed"), parse=parsers.flag("missed"), widget="hidden"),
    ),
    sorts={"started": True},
    read=_read_calls,
    count=_count_calls,
    chips=(
        (N_("All"), {}),
        (N_("Missed"), {"missed": "1"}),
        (N_("Today"), {"from": TODAY}),
        (N_("Incoming"), {"direction": "inbound"}),
        (N_("Outgoing"), {"direction": "outbound"}),
        (N_("Voicemail"), {"disposition": "voicemail"}),
    ),
    empty=(
        "phone-call",
        N_("No calls yet"),
        N_("As soon as a call ends it stands here, with who, when and how long."),
    ),
)

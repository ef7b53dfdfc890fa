# SPDX-License-Identifier: Apache-2.0
"""The inbox: messages that callers left, the open ones unless asked otherwise."""

from typing import Any

from crm_core.domain.call_history import Cursor
from crm_core.domain.listing import Listed, ListKind, ListQuery, Place
from crm_core.domain.people import User
from crm_core.domain.voicemail import VoicemailFilter, VoicemailRow, VoicemailState
from crm_core.ports.store import Tx
from crm_core.usecases.access_call import scope_of
from web.lists import parsers
from web.lists.spec import Column, Filter, ListSpec
from web.words import N_, Words

_STATES = {VoicemailState.OPEN: N_("Open"), VoicemailState.CLOSED: N_("Closed")}


def which_messages(query: ListQuery, viewer: User) -> VoicemailFilter:
    """Operators have what is theirs and their teams'."""
    asked: dict[str, Any] = dict(query.filters)
    if "assigned_to" in asked and asked["assigned_to"] is None:
        asked = {**asked, "unassigned": True}
    return VoicemailFilter(**asked, visible_to=None if scope_of(viewer) is None else viewer.id)


async def _read(tx: Tx, query: ListQuery, viewer: User) -> Listed[VoicemailRow]:
    after = query.after
    if after and isinstance(after.value, str | int):  # a place in another list
        after = None
    cursor = Cursor(after.value, after.id) if after else None
    rows = list(await tx.voicemails.page(which_messages(query, viewer), cursor, query.limit + 1))
    more, rows = len(rows) > query.limit, rows[: query.limit]
    return Listed(rows, Place(rows[-1].voicemail.left_at, rows[-1].voicemail.id) if more else None)


async def _count(tx: Tx, query: ListQuery, viewer: User, most: int) -> int:
    return await tx.voicemails.count(which_messages(query, viewer), most)


def _states(say: Words) -> dict[str, str]:
    return {"all": say.text(N_("All")), **{code.value: say.text(text) for code, text in _STATES.items()}}


def _seconds(row: VoicemailRow, _: Words) -> int | None:
    return None if row.seconds is None else round(row.seconds)


VOICEMAIL = ListSpec(
    kind=ListKind.VOICEMAIL,
    title=N_("Voicemail"),
    columns=(
        Column(
            key="client",
            title=N_("Client"),
            value=lambda row, _: row.contact or row.company or row.lead or row.e164,
            kind="main-cell",
            fixed=True,
        ),
        Column(key="number", title=N_("Number"), value=lambda row, _: row.e164, kind="num", shown=False),
        Column(
            key="message",
            title=N_("Message"),
            value=_seconds,
            kind="narrow-second narrow-wide voice-cell",
            fixed=True,
        ),
        Column(
            key="assigned",
            title=N_("Who answers it"),
            value=lambda row, _: row.assigned or row.team,
            kind="narrow-second narrow-wide",
            fixed=True,
        ),
        Column(
            key="when",
            title=N_("When"),
            value=lambda row, _: row.voicemail.left_at,
            kind="right num muted narrow-end",
            fixed=True,
        ),
        Column(
            key="state",
            title=N_("Status"),
            value=lambda row, say: say.text(_STATES[row.voicemail.state]),
            kind="right narrow-second narrow-wide",
            fixed=True,
        ),
    ),
    filters=(
        Filter(
            name="state",
            title=N_("Status"),
            parse=parsers.one_of("state", set(VoicemailState), every="all"),
            options=_states,
        ),
        Filter(
            name="assigned",
            title=N_("Who answers it"),
            parse=parsers.person("assigned_to"),
            widget="person",
            any=N_("Anybody"),
        ),
        Filter(name="call", title=N_("Of one call"), parse=parsers.record("call_id"), widget="hidden"),
    ),
    sorts={"left": True},
    defaults={"state": VoicemailState.OPEN.value},
    read=_read,
    count=_count,
    chips=(
        (N_("Open"), {}),
        (N_("Mine"), {"assigned": parsers.ME}),
        (N_("Nobody's yet"), {"assigned": parsers.NOBODY}),
        (N_("Closed"), {"state": "closed"}),
        (N_("All"), {"state": "all"}),
    ),
    empty=(
        "record-mail",
        N_("No messages wait"),
        N_("Who leaves a message stands here, with the message and a button to call back."),
    ),
)

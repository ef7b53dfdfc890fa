# SPDX-License-Identifier: Apache-2.0
"""A client's timeline: what happened, newest first, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from aiohttp import web

from crm_core.domain.call import Disposition
from crm_core.domain.call_history import TimelineItem
from crm_core.domain.people import Role, User
from crm_core.ports.store import Tx
from crm_core.usecases.access_call import manager_of, scope_of
from web import cursors, keys
from web.access import requires
from web.forms import uuid_of
from web.i18n.l10n import L10n
from web.parties import names_of_all, parties
from web.render import page

PAGE = 20
_OWNERS = {"contacts": "contact_id", "companies": "company_id", "leads": "lead_id"}


@dataclass(frozen=True, slots=True)
class Timeline:
    """Items under the headings of their days, and where the next page begins."""

    address: str  # of the client: '/contacts/<id>'
    of: str
    days: Sequence[tuple[date, Sequence[TimelineItem]]]
    open_to: frozenset[UUID]  # the communications this reader may go into: call, recording, note
    shown_day: date | None  # whose heading stands on the page already
    older: str | None
    names: Mapping[UUID, str]

    def speakers(self, item: TimelineItem) -> Mapping[Any, str | None]:
        """Parties and users of a call by name, as its own page has them."""
        return {**self.names, **parties(item.legs, self.names)}


async def read(tx: Tx, viewer: User, l10n: L10n, of: str, owner: UUID, after: str | None = None) -> Timeline:
    cursor = cursors.read(after)
    items = list(await tx.communications.timeline(**{_OWNERS[of]: owner}, after=cursor, limit=PAGE + 1))
    more, items = len(items) > PAGE, items[:PAGE]
    days: dict[date, list[TimelineItem]] = {}
    for item in items:
        days.setdefault(l10n.local(item.communication.started_at).date(), []).append(item)
    return Timeline(
        address=f"/{of}/{owner}",
        of=of,
        days=list(days.items()),
        open_to=await _open_to(tx, viewer, items),
        shown_day=l10n.local(cursor.at).date() if cursor else None,
        older=cursors.write(items[-1].cursor) if more else None,
        names=await names_of_all(tx),
    )


async def _open_to(tx: Tx, viewer: User, items: Sequence[TimelineItem]) -> frozenset[UUID]:
    """The same rule as crm_core.usecases.access_call, for a page at once."""
    if scope_of(viewer) is None:
        return frozenset(item.communication.id for item in items)
    managers: dict[tuple[UUID | None, UUID | None], UUID | None] = {}
    for item in items:
        client = item.communication.contact_id, item.communication.company_id
        if client not in managers:
            managers[client] = await manager_of(tx, item.communication)
    theirs = {
        item.communication.id
        for item in items
        if viewer.id
        in {
            item.communication.user_id,
            managers[item.communication.contact_id, item.communication.company_id],
            *(leg.user_id for leg in item.legs),
        }
    }
    messages = {
        item.call.id for item in items if item.call and item.call.disposition is Disposition.VOICEMAIL
    }
    return frozenset(theirs | {one for one in messages - theirs if await tx.voicemails.sees(viewer.id, one)})


@requires(Role.OPERATOR)
async def older(request: web.Request) -> web.StreamResponse:
    """The next page of it, put where the button was."""
    owner, of = uuid_of(request.match_info["id"]), request.match_info["of"]
    viewer, l10n = request[keys.VIEWER].user, request[keys.L10N]
    async with request.app[keys.STORE].read() as tx:
        timeline = await read(tx, viewer, l10n, of, owner, request.query.get("after"))
    return page(request, "parts/timeline.html", timeline=timeline)

# SPDX-License-Identifier: Apache-2.0
"""What waits to go out, what went and what was given up, and why."""

from typing import Final

from aiohttp import web

from crm_core.domain.call_history import Cursor
from crm_core.domain.errors import NotFoundError
from crm_core.domain.outbox import OutKind, OutState
from crm_core.domain.people import Role
from web import cursors, keys
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.opening import go
from web.render import page
from web.words import N_

PAGE = 50
KINDS: Final = {
    OutKind.MAIL: N_("Mail"),
    OutKind.WEBHOOK: N_("Webhooks"),
    OutKind.PUSH: N_("Push messages"),
}
STATES: Final = {
    OutState.WAITING: N_("Waiting"),
    OutState.GIVEN_UP: N_("Given up"),
    OutState.SENT: N_("Sent"),
}
SIGNS: Final = {OutKind.MAIL: "mail", OutKind.WEBHOOK: "webhook", OutKind.PUSH: "bell"}


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    said = request.query
    state = OutState(said["state"]) if said.get("state") in set(OutState) else OutState.WAITING
    kind = OutKind(said["kind"]) if said.get("kind") in set(OutKind) else None
    async with request.app[keys.STORE].read() as tx:
        items = await tx.outbox.page(state, kind, cursors.read(said.get("after")), PAGE + 1)
        counts = {(one.kind, one.state): one.count for one in await tx.outbox.counts()}
    more, items = len(items) > PAGE, items[:PAGE]
    older = cursors.write(Cursor(items[-1].created_at, items[-1].id)) if more else ""
    totals = {
        one: sum(n for (of, at), n in counts.items() if at is one and of in (kind or of, of))
        for one in OutState
    }
    l10n = request[keys.L10N]
    return page(
        request,
        "settings/outbox.html",
        items=items,
        older=older,
        state=state,
        kind=kind,
        totals=totals,
        states={code.value: l10n.gettext(text) for code, text in STATES.items()},
        kinds={code.value: l10n.gettext(text) for code, text in KINDS.items()},
        signs=SIGNS,
    )


@requires(Role.ADMIN)
async def act(request: web.Request) -> web.StreamResponse:
    """Try now, or give up."""
    item_id, sent = uuid_of(request.match_info["id"]), await form_of(request)
    now, wanted = request.app[keys.CLOCK](), text_field(sent, "do", 10)
    async with request.app[keys.STORE].begin() as tx:
        done = await (tx.outbox.give_up if wanted == "give_up" else tx.outbox.retry)(item_id, now)
    if not done:
        raise NotFoundError(N_("This is not waiting any more."))
    return go("/settings/outbox" if wanted == "give_up" else "/settings/outbox?state=waiting")

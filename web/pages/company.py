# SPDX-License-Identifier: Apache-2.0
"""The card of a company."""

from aiohttp import web

from crm_core.domain.errors import NotFoundError
from crm_core.domain.people import Role
from web import keys
from web.access import requires
from web.assign_words import because
from web.client_card import debt_of, read_company
from web.forms import uuid_of
from web.pages import timeline
from web.render import page
from web.tasks import tasks_shown
from web.unchosen import unchosen_calls


@requires(Role.OPERATOR)
async def show(request: web.Request) -> web.StreamResponse:
    company_id = uuid_of(request.match_info["id"])
    viewer, l10n = request[keys.VIEWER].user, request[keys.L10N]
    async with request.app[keys.STORE].read() as tx:
        company = await tx.clients.company(company_id)
        if company is None:
            raise NotFoundError
        card = await read_company(tx, company, request.app[keys.CLOCK]())
        entries = await tx.audit.of("company", company_id, 20) if company.manager_id else ()
        shown = await timeline.read(tx, viewer, l10n, "companies", company_id)
        unchosen = await unchosen_calls(tx, viewer, card)
    return page(
        request,
        "client.html",
        card=card,
        timeline=shown,
        unchosen=unchosen,
        debt=debt_of(request, card),
        tasks=tasks_shown(request, card.tasks),
        because=because(entries, company.manager_id, l10n),
    )

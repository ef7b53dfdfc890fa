# SPDX-License-Identifier: Apache-2.0
"""Search: clients, numbers, orders and pages, while one types."""

from collections.abc import Sequence

from aiohttp import web

from crm_core.domain.listing import ListQuery, OrderRow
from crm_core.domain.people import Role
from crm_core.ports.store import Tx
from web import keys
from web.access import requires
from web.forms import text_field
from web.palette import places
from web.render import page

_SHORTEST = 2
_PARTS = {
    "lead": "parts/found_for_lead.html",
    "company": "parts/found_for_company.html",
    "parent": "parts/found_for_company.html",
    "client": "parts/found_for_client.html",
    "move": "parts/found_for_move.html",
}


@requires(Role.OPERATOR)
async def show(request: web.Request) -> web.StreamResponse:
    """With `for=` only what a form can choose from; else everything there is to go to."""
    text = text_field(request.query, "q", 100).strip()
    part = _PARTS.get(request.query.get("for", ""))
    if part is None:
        return await _palette(request, text)
    if len(text) < _SHORTEST:
        return web.Response(text="", content_type="text/html")
    async with request.app[keys.STORE].read() as tx:
        found = await tx.clients.search(text, limit=12)
    name = "parent_id" if request.query["for"] == "parent" else "company_id"
    return page(request, part, found=found, text=text, name=name, of=request.query.get("of", ""))


async def _palette(request: web.Request, text: str) -> web.StreamResponse:
    long = len(text) >= _SHORTEST
    async with request.app[keys.STORE].read() as tx:
        found = await tx.clients.search(text, limit=10) if long else []
        orders = await _orders(tx, text) if long else []
    there = places(request[keys.VIEWER], request[keys.L10N], text)
    return page(request, "parts/found.html", found=found, orders=orders, places=there, text=text)


async def _orders(tx: Tx, text: str) -> Sequence[OrderRow]:
    query = ListQuery(sort="number", filters={"number": text}, limit=4)
    return (await tx.lists.orders(query)).rows

# SPDX-License-Identifier: Apache-2.0
"""An order: what was bought, by whom, and what became of it. The shop changes it, not we."""

from aiohttp import web

from crm_core.domain.errors import NotFoundError
from crm_core.domain.people import Role
from web import keys
from web.access import requires
from web.forms import uuid_of
from web.render import page


@requires(Role.OPERATOR)
async def show(request: web.Request) -> web.StreamResponse:
    order_id = uuid_of(request.match_info["id"])
    async with request.app[keys.STORE].read() as tx:
        order = await tx.orders.order(order_id)
        if order is None:
            raise NotFoundError
        contact = await tx.clients.contact(order.contact_id) if order.contact_id else None
        company_id = order.company_id or (contact.company_id if contact else None)
        company = await tx.clients.company(company_id) if company_id else None
        client = contact or company
        numbers = (await tx.clients.phone_numbers([client.id])).get(client.id, []) if client else []
    return page(request, "order.html", order=order, contact=contact, company=company, numbers=numbers)

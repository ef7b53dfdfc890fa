# SPDX-License-Identifier: Apache-2.0
"""What each client owes: orders that were shipped and not paid, in the house's currency."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.directory.clients import Clients
from crm_core.domain.directory.party import PartyKind
from crm_core.domain.order import OrderStatus
from crm_core.storage.schema import contact, order
from crm_core.storage.types import Id

# What changes a debt; a contact who goes to another company takes what they owe there.
OF_DEBTS = frozenset({"order", "contact_turnover", "company_turnover", "settings"})


async def read_debts(connection: AsyncConnection, clients: Clients, currency: str) -> set[str]:
    """All of them anew: open orders are few, and lie together in an index. The numbers for which it changed."""
    columns = order.c
    shipped = (columns.status == OrderStatus.SHIPPED.value) & columns.paid_at.is_(None)
    # As turnover counts: an order that names no company is its contact's company's too.
    company_id = func.coalesce(columns.company_id, contact.c.company_id, type_=Id())
    query = select(columns.contact_id, company_id, func.sum(columns.amount - columns.returned))
    query = query.select_from(order.outerjoin(contact, contact.c.id == columns.contact_id))
    query = query.where(shipped, columns.currency == currency).group_by(columns.contact_id, company_id)
    debts: dict[int, int] = {}
    for of_contact, of_company, amount in await connection.execute(query):
        for kind, one in ((PartyKind.CONTACT, of_contact), (PartyKind.COMPANY, of_company)):
            if (owner := clients.find(kind, one)) is not None:
                debts[owner] = debts.get(owner, 0) + int(amount)
    return clients.set_debts(debts)

# SPDX-License-Identifier: Apache-2.0
"""The list of orders."""

from crm_core.domain.listing import Listed, ListKind, ListQuery, OrderRow
from crm_core.domain.order import OrderStatus
from crm_core.domain.people import User
from crm_core.ports.store import Tx
from web.lists import parsers
from web.lists.common import COMPANY, CONTACT, FROM, TO, counted
from web.lists.spec import Column, Filter, ListSpec
from web.words import N_, Words


async def _read_orders(tx: Tx, query: ListQuery, _: User) -> Listed[OrderRow]:
    return await tx.lists.orders(query)


def _orders(say: Words) -> dict[str, str]:
    return {code.value: say.order(code) for code in OrderStatus}


ORDERS = ListSpec(
    kind=ListKind.ORDERS,
    title=N_("Orders"),
    columns=(
        Column(
            key="number",
            title=N_("Number"),
            value=lambda row, _: row.order.number,
            kind="main-cell num",
            sort="number",
            fixed=True,
        ),
        Column(
            key="client",
            title=N_("Client"),
            value=lambda row, _: row.contact or row.company,
            kind="narrow-second clip-cell",
        ),
        Column(
            key="company",
            title=N_("Company"),
            value=lambda row, _: row.company,
            kind="narrow-hide clip-cell",
            shown=False,
        ),
        Column(
            key="status",
            title=N_("Status"),
            value=lambda row, say: say.order(row.order.status),
            kind="narrow-end2",
        ),
        Column(
            key="amount",
            title=N_("Sum"),
            value=lambda row, _: row.order.amount,
            kind="right num narrow-end",
            sort="amount",
        ),
        Column(
            key="returned",
            title=N_("Returned"),
            value=lambda row, _: row.order.returned,
            kind="right num narrow-hide",
            shown=False,
        ),
        Column(
            key="currency",
            title=N_("Currency"),
            value=lambda row, _: row.order.currency,
            kind="narrow-hide",
            shown=False,
        ),
        Column(
            key="paid",
            title=N_("Paid on"),
            value=lambda row, _: row.order.paid_at,
            kind="right narrow-hide",
            shown=False,
        ),
        Column(
            key="ordered",
            title=N_("Ordered on"),
            value=lambda row, _: row.order.ordered_at,
            kind="right narrow-hide",
            sort="ordered",
        ),
    ),
    filters=(
        Filter(name="number", title=N_("Number of the order"), parse=parsers.text("number"), widget="search"),
        Filter(
            name="status",
            title=N_("Status"),
            parse=parsers.one_of("status", set(OrderStatus)),
            options=_orders,
            any=N_("Any status"),
        ),
        FROM,
        TO,
        CONTACT,
        COMPANY,
    ),
    sorts={"ordered": True, "amount": True, "number": False},
    read=_read_orders,
    count=counted(ListKind.ORDERS),
    chips=(
        (N_("All"), {}),
        (N_("New"), {"status": "new"}),
        (N_("Shipped"), {"status": "shipped"}),
        (N_("Paid"), {"status": "paid"}),
    ),
    empty=(
        "receipt",
        N_("No orders yet"),
        N_("They come from your shop by the API, or from a file."),
    ),
)

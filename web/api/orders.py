# SPDX-License-Identifier: Apache-2.0
"""Orders: read as they change, told by shops. Telling one twice changes nothing."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from crm_core.domain.call_history import Cursor
from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.narrowed import OrderFilter
from crm_core.domain.order import OrderStatus
from crm_core.domain.received import Outcome, ReceivedClient, ReceivedOrder, Verdict
from crm_core.domain.routing.assign_rules import Source
from crm_core.usecases.upsert_orders import upsert_orders
from web.api.ask import Ask
from web.api.operation import operation
from web.api.paging import read_page
from web.api.words import Currency, Line, Money, Page, PageQuery, Time, Told

_MOST = 1000
Short = Annotated[Line, Field(min_length=1)]


class OrderTold(Told):
    id: UUID
    number: str
    status: OrderStatus
    amount: Decimal
    returned: Decimal
    currency: str
    contact_id: UUID | None
    company_id: UUID | None
    ordered_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    returned_at: datetime | None
    updated_at: datetime


class ClientGiven(BaseModel):
    """Whose order it is: at least one of external id, phone, name, company."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, strict=True)

    name: Short | None = None
    external_id: Short | None = None
    phones: list[Short] = Field(default=[], max_length=20)
    email: Short | None = None
    company: Short | None = None
    company_external_id: Short | None = None
    tax_id: Short | None = None
    parent: Short | None = Field(
        default=None, description="The name of the company that this one belongs to."
    )


class OrderGiven(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, strict=True)

    number: Short
    client: ClientGiven
    status: OrderStatus
    amount: Money
    currency: Currency | None = None
    returned: Money | None = None
    ordered_at: Time
    paid_at: Time | None = None
    shipped_at: Time | None = None
    returned_at: Time | None = None

    def received(self) -> ReceivedOrder:
        given: dict[str, Any] = self.model_dump(exclude={"client"})
        client = self.client.model_dump()
        return ReceivedOrder(client=ReceivedClient(**client | {"phones": tuple(client["phones"])}), **given)


_Orders = Annotated[
    Annotated[OrderGiven, Tag("one")] | Annotated[list[OrderGiven], Field(max_length=_MOST), Tag("many")],
    Discriminator(lambda body: "many" if isinstance(body, list) else "one"),
]


class VerdictTold(Told):
    number: str
    outcome: Outcome
    error: Annotated[str, Field(description="Why it was refused.", exclude_if=lambda why: not why)] = ""


class VerdictsTold(Told):
    """In the order of the list."""

    results: list[VerdictTold]


class OrderQuery(PageQuery):
    changed_since: Time | None = None
    number: Line | None = None
    status: OrderStatus | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None


@operation("GET", "/orders", scope="orders:read", summary="Orders, last changed last")
async def list_orders(ask: Ask, query: OrderQuery) -> Page[OrderTold]:
    """A company's are its own and those of its contacts."""
    which = OrderFilter(**query.model_dump(exclude={"limit", "cursor"}))
    async with ask.store.read() as tx:
        rows, following = await read_page(
            ask,
            query,
            lambda after, limit: tx.listings.orders(which, after, limit),
            lambda row: Cursor(row.updated_at, row.id),
        )
    return Page(items=[OrderTold.model_validate(row) for row in rows], next=following)


@operation("GET", "/orders/{id}", scope="orders:read", summary="An order", versioned=True)
async def get_order(ask: Ask, order_id: UUID) -> OrderTold:
    async with ask.store.read() as tx:
        order = await tx.orders.order(order_id)
    if order is None:
        raise NotFoundError("there is no such order")
    return OrderTold.model_validate(order)


@operation("POST", "/orders", scope="orders:write", summary="Tell orders")
async def tell_orders(ask: Ask, body: _Orders) -> VerdictTold | VerdictsTold:
    """One order or a list of them, each known by its own number: telling it twice changes nothing.

    422 when the body is not orders, or not one of them could be taken.
    """
    orders = body if isinstance(body, list) else [body]
    verdicts = await upsert_orders(
        ask.store, [order.received() for order in orders], ask.actor, ask.now, Source.API
    )
    if verdicts and all(verdict.outcome is Outcome.REFUSED for verdict in verdicts):
        errors = [
            {"pointer": f"/{i}" if isinstance(body, list) else "", "detail": verdict.why}
            for i, verdict in enumerate(verdicts)
        ]
        raise InvalidInputError("no order could be taken", errors=errors)
    results = [_told(order, verdict) for order, verdict in zip(orders, verdicts, strict=True)]
    return VerdictsTold(results=results) if isinstance(body, list) else results[0]


def _told(order: OrderGiven, verdict: Verdict) -> VerdictTold:
    return VerdictTold(number=order.number, outcome=verdict.outcome, error=verdict.why)

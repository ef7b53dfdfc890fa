# SPDX-License-Identifier: Apache-2.0
"""The tables of orders, and of the days they count on."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Text

from crm_core.storage.schema_base import a_ref, a_table, given_index, own_id
from crm_core.storage.types import Big, Id, UtcDateTime

order = a_table(
    "customer_order",
    own_id(),
    Column(
        "number", Text, nullable=False, unique=True
    ),  # the order's own number: imports are idempotent by it
    a_ref("contact_id", "contact", null=True, index=False),
    a_ref("company_id", "company", null=True, index=False),
    Column("status", Text, nullable=False),  # new | shipped | paid | cancelled | returned
    Column("amount", Big, nullable=False),  # minor units
    Column("returned", Big, nullable=False, server_default="0"),
    Column("currency", Text, nullable=False),
    Column("ordered_at", UtcDateTime, nullable=False),
    Column("paid_at", UtcDateTime),
    Column("shipped_at", UtcDateTime),
    Column("returned_at", UtcDateTime),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_customer_order_ordered_at_id", "ordered_at", "id"),
    Index("ix_customer_order_status_ordered_at_id", "status", "ordered_at", "id"),
    Index("ix_customer_order_amount_id", "amount", "id"),
    Index("ix_customer_order_updated_at_id", "updated_at", "id"),
    given_index("customer_order_contact_id_ordered_at", "contact_id", "ordered_at"),
    given_index("customer_order_company_id_ordered_at", "company_id", "ordered_at"),
)
turnover_day = a_table(
    "turnover_day",  # days of the house's zone; which days an order counts on: the basis set
    Column("order_id", Id, ForeignKey("customer_order.id"), primary_key=True),
    Column("day", Integer, primary_key=True),  # proleptic ordinal (date.toordinal)
    Column("contact_id", Id, ForeignKey("contact.id")),
    Column("company_id", Id, ForeignKey("company.id")),  # the order's; else it rolls up to the contact's
    Column("amount", Big, nullable=False),  # minor units; negative: came back
    Column("currency", Text, nullable=False),
    Index("ix_turnover_day_day", "day"),
    given_index("turnover_day_contact_id_day", "contact_id", "day"),
    given_index("turnover_day_company_id_day", "company_id", "day"),
)

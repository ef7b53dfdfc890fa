# SPDX-License-Identifier: Apache-2.0
"""The group that a company stands in, as its card shows it: who belongs to it, and what each bought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from crm_core.domain.client import Company
from crm_core.domain.house import House
from crm_core.domain.turnover import Window, together
from crm_core.ports.store import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCard:
    head: Company
    parent: Company | None  # of the company whose card it is
    companies: Sequence[Company]  # the head first
    own: Mapping[UUID, Mapping[Window, Decimal]]  # by id, each without the others
    turnover: Mapping[Window, Decimal]  # of all
    counted: bool  # the band and the turnover that rules ask for are the group's
    window: Window

    def bought(self, company: Company) -> Decimal:
        return self.own.get(company.id, {}).get(self.window, Decimal(0))

    @property
    def sum(self) -> Decimal:
        return self.turnover.get(self.window, Decimal(0))


async def read_group(tx: Tx, company: Company, house: House, today: date) -> GroupCard | None:
    """None: it stands alone."""
    companies = await tx.clients.groups_of([company.id])
    if len(companies) == 1:
        return None
    own = await tx.orders.of_companies([one.id for one in companies], today, house.currency)
    by_id = {one.id: one for one in companies}
    return GroupCard(
        head=companies[0],
        parent=by_id.get(company.parent_id) if company.parent_id else None,
        companies=companies,
        own=own,
        turnover=together(own.values()),
        counted=(await tx.bands.settings()).groups,
        window=house.turnover_window,
    )

# SPDX-License-Identifier: Apache-2.0
"""Groups of companies: who belongs together, and what all of them bought."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from crm_core.domain.errors import NotFoundError
from crm_core.domain.turnover import Window
from crm_core.usecases.save_company import CompanyNotFoundError
from web.api.ask import Ask
from web.api.operation import operation
from web.api.words import Told
from web.company_group import read_group

_NONE = {404: "There is no such company, or it stands in no group."}


class MemberTold(Told):
    id: UUID
    name: str
    parent_id: UUID | None
    turnover: Annotated[dict[Window, Decimal], Field(description="Its own, without the others'.")]


class GroupTold(Told):
    head_id: UUID
    counted: Annotated[bool, Field(description="Band and turnover of each are those of the group.")]
    currency: str
    turnover: Annotated[dict[Window, Decimal], Field(description="Of all together.")]
    companies: Annotated[list[MemberTold], Field(description="The head first.")]


@operation(
    "GET", "/companies/{id}/group", scope="contacts:read", summary="The group of a company", refusals=_NONE
)
async def get_group(ask: Ask, company_id: UUID) -> GroupTold:
    """All that belong together, whatever company of it is asked for."""
    async with ask.store.read() as tx:
        house = await tx.settings.house()
        today = ask.now.astimezone(house.tzinfo).date()
        company = await tx.clients.company(company_id)
        if company is None:
            raise CompanyNotFoundError
        group = await read_group(tx, company, house, today)
    if group is None:
        raise NotFoundError("this company stands in no group")
    return GroupTold(
        head_id=group.head.id,
        counted=group.counted,
        currency=house.currency,
        turnover=_all_windows(group.turnover),
        companies=[
            MemberTold(
                id=one.id,
                name=one.name,
                parent_id=one.parent_id,
                turnover=_all_windows(group.own.get(one.id, {})),
            )
            for one in group.companies
        ],
    )


def _all_windows(amounts: Mapping[Window, Decimal]) -> dict[Window, Decimal]:
    return {window: amounts.get(window, Decimal(0)) for window in Window}

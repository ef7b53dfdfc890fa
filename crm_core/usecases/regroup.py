# SPDX-License-Identifier: Apache-2.0
"""A company comes to belong to another, or no longer: what it buys counts in another group from then on."""

from collections.abc import Sequence
from uuid import UUID

from crm_core.domain.client import ClientKind, Company, Contact
from crm_core.domain.company_group import check_parent
from crm_core.domain.errors import InvalidInputError
from crm_core.ports.store import Tx
from crm_core.usecases.step_bands import forget_members, step_accounts
from crm_core.usecases.trail import Trail


async def check_group(tx: Tx, company_id: UUID, parent_id: UUID) -> None:
    """Clients are serialised, so that two changes at once make no ring."""
    parent = await tx.clients.company(parent_id)
    if parent is None or parent.archived_at:
        raise InvalidInputError("there is no such company", field="parent_id")
    companies = await tx.clients.groups_of([company_id, parent_id])
    check_parent(company_id, parent_id, {one.id: one.parent_id for one in companies})


async def step_movers(tx: Tx, moved: Sequence[tuple[Contact, Contact]], trail: Trail) -> None:
    """People who went to another company took with them what they had bought in no company's name."""
    firms = {one for pair in moved for side in pair if (one := side.company_id)}
    alone = {after.id for _, after in moved if after.company_id is None}
    accounts = {(ClientKind.COMPANY, one) for one in firms} | {(ClientKind.CONTACT, one) for one in alone}
    await step_accounts(tx, accounts, trail)


async def regroup(tx: Tx, moved: Sequence[tuple[Company | None, Company]], trail: Trail) -> None:
    """After they were saved: before and after. The groups they left, and those they came to, are looked at anew."""
    apart = [(old, new) for old, new in moved if (old.parent_id if old else None) != new.parent_id]
    if not apart:
        return
    left = {old.head_id or old.id for old, _ in apart if old}
    ids = [new.id for _, new in apart]
    heads = await tx.clients.heads_of(ids)
    groups = left | {heads.get(one, one) for one in ids}
    for head in groups:
        trail.changed("company_turnover", head)
    if (await tx.bands.settings()).groups:
        for head in set(heads.values()):
            await forget_members(tx, trail, head)
        await step_accounts(tx, {(ClientKind.COMPANY, one) for one in groups}, trail)

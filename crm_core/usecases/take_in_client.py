# SPDX-License-Identifier: Apache-2.0
"""A client comes with the numbers they have: all of it is kept, or nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.client import ClientKind, Company, Contact, PhoneKind
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.routing.assign_rules import Source
from crm_core.domain.sharing import Owned
from crm_core.ports.store import Store, Tx
from crm_core.usecases.add_phone_number import add_phone_number_in
from crm_core.usecases.assign_owner import assign_one
from crm_core.usecases.save_company import CompanyFields, create_company_in
from crm_core.usecases.save_contact import ContactFields, create_contact_in
from crm_core.usecases.trail import Trail


async def take_in_contact(
    store: Store, fields: ContactFields, numbers: Sequence[str], actor: Actor, now: datetime
) -> Contact:
    async with store.begin() as tx:
        made = await create_contact_in(tx, fields, Trail(actor, now))
        await _add_numbers(tx, ClientKind.CONTACT, made.id, numbers, actor, now)
        owner = await assign_one(tx, Owned.CONTACT, made, Source.API, Trail(actor, now))
    return replace(made, manager_id=owner)


async def take_in_company(
    store: Store, fields: CompanyFields, numbers: Sequence[str], actor: Actor, now: datetime
) -> Company:
    async with store.begin() as tx:
        made = await create_company_in(tx, fields, Trail(actor, now))
        await _add_numbers(tx, ClientKind.COMPANY, made.id, numbers, actor, now)
        owner = await assign_one(tx, Owned.COMPANY, made, Source.API, Trail(actor, now))
    return replace(made, manager_id=owner)


async def _add_numbers(
    tx: Tx, owner: ClientKind, owner_id: UUID, numbers: Sequence[str], actor: Actor, now: datetime
) -> None:
    for position, raw in enumerate(numbers):
        try:
            await add_phone_number_in(tx, owner, owner_id, raw, PhoneKind.OTHER, Trail(actor, now))
        except InvalidInputError as error:
            raise InvalidInputError(str(error), field=f"phones/{position}") from error

# SPDX-License-Identifier: Apache-2.0
"""The house's settings change; a new basis or zone counts all orders anew."""

from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.house import House
from crm_core.domain.phone import regions
from crm_core.domain.turnover import entries
from crm_core.domain.version import check_unchanged
from crm_core.ports.store import Store, Tx
from crm_core.usecases.trail import Trail

SETTINGS = UUID(int=0)  # the id under which changes of the settings are told: there is only one of them


async def set_house(
    store: Store, house: House, actor: Actor, now: datetime, *, seen: str | None = None
) -> None:
    """In one transaction: nobody ever sees the new basis with the old sums."""
    trail = Trail(actor, now)
    async with store.begin() as tx:
        await put_house(tx, house, trail, seen)
        await trail.write(tx)


async def put_house(tx: Tx, house: House, trail: Trail, seen: str | None = None) -> None:
    if house.region not in regions():
        raise InvalidInputError(f"there is no such region: {house.region}", field="region")
    await tx.clients.serialise()
    before = await tx.settings.house()
    check_unchanged(before, seen)
    if before == house:
        return
    await tx.settings.save_house(house)
    if (before.turnover_basis, before.zone) != (house.turnover_basis, house.zone):
        await recompute_turnover(tx, house)
    trail.note_fields("settings", SETTINGS, before, house)


async def recompute_turnover(tx: Tx, house: House) -> None:
    """Every order's days, by the basis and zone now set."""
    async for orders in tx.orders.all_orders():
        found = [entry for one in orders for entry in entries(one, house.turnover_basis, house.tzinfo)]
        await tx.orders.save(orders, found)

# SPDX-License-Identifier: Apache-2.0
"""A new currency or region of the house means that the rules in force are read anew, while calls go on."""

import asyncio

import structlog

from crm_core.domain.errors import CrmError
from crm_core.domain.routing.parse import parse_rules
from crm_core.ports.store import Store, StoreAwayError
from crm_core.usecases.decide_route import RouteDesk

log = structlog.get_logger()
_RETRY_S = 1.0


async def follow_house(store: Store, desk: RouteDesk, nudge: asyncio.Event) -> None:
    """`nudge` is set when people, settings or rules changed."""
    read_for = (desk.directory.currency, desk.directory.region)
    while True:
        await nudge.wait()
        nudge.clear()
        now = (desk.directory.currency, desk.directory.region)
        if now == read_for:
            continue
        try:
            await read_rules(store, desk)
            read_for = now
        except StoreAwayError as error:
            log.warning("the new settings cannot be read yet", error=str(error))
            await asyncio.sleep(_RETRY_S)
            nudge.set()
        except CrmError as error:  # the rules of before stay in force
            log.error("the rules do not fit the new settings", error=str(error))  # noqa: TRY400 - said in words


async def read_rules(store: Store, desk: RouteDesk) -> None:
    async with store.read() as tx:
        stored, house = await tx.routing.in_force(), await tx.settings.house()
    if stored is not None:
        desk.rules = parse_rules(
            stored.body, currency=house.currency, region=house.region, version=stored.version
        )

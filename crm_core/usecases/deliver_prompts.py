# SPDX-License-Identifier: Apache-2.0
"""The house's sounds, brought to where PBXs play them; after each change, and now and then."""

import asyncio
from collections.abc import Mapping
from functools import partial
from uuid import UUID

import structlog

from crm_core.ports.prompts import PromptShelf
from crm_core.ports.store import Store

log = structlog.get_logger()
_EVERY_S = 30.0  # a spool may be mounted later, or emptied


async def deliver_prompts(store: Store, shelf: PromptShelf) -> None:
    before = {one.pbx: one.trouble for one in shelf.delivered()}
    for one in await shelf.deliver(partial(_wanted, store)):
        if one.trouble and one.trouble != before.get(one.pbx):
            log.warning("sounds not brought to a PBX", pbx=one.pbx, why=one.trouble)


async def _wanted(store: Store) -> Mapping[str, UUID]:
    async with store.read() as tx:
        names = {one.id: one.name for one in await tx.prompts.all()}
        played = await tx.prompts.played()
    return {names[prompt]: version.id for prompt, version in played.items() if prompt in names}


async def keep_delivering(store: Store, shelf: PromptShelf) -> None:
    while True:
        try:
            await deliver_prompts(store, shelf)
        except Exception:  # a database that is away comes back
            log.exception("sounds not delivered")
        await asyncio.sleep(_EVERY_S)

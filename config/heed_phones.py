# SPDX-License-Identifier: Apache-2.0
"""What operators say of themselves on their phones becomes their state, one after another."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

import structlog

from crm_core.ports.clock import utc_now
from crm_core.ports.feed import Feed
from crm_core.ports.pbx import Pbx
from crm_core.ports.store import Store
from crm_core.usecases.heed_phone import heed_phone

log = structlog.get_logger()


class Said(NamedTuple):
    pbx: str
    extension: str
    available: bool
    reason: str


async def heed_phones(said: asyncio.Queue[Said], store: Store, feed: Feed, pbxs: Mapping[str, Pbx]) -> None:
    while True:
        one = await said.get()
        try:
            await heed_phone(store, feed, tuple(pbxs.values()), now=utc_now(), **one._asdict())
        except Exception:  # the next word may be kept again
            log.exception("a state said on a phone was not kept", pbx=one.pbx, extension=one.extension)

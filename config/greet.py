# SPDX-License-Identifier: Apache-2.0
"""A PBX that is (back) on the line is told who is available: it may have lost or missed it."""

import asyncio
from typing import TYPE_CHECKING

import structlog

from crm_core.ports.clock import utc_now
from crm_core.ports.pbx import LinkState
from crm_core.usecases.set_operator_state import sync_states

if TYPE_CHECKING:
    from config.wiring import Parts

log = structlog.get_logger()
_TOLD_AGAIN_S = (1.0, 2.0, 4.0, 8.0, 16.0)


async def greet(parts: "Parts") -> None:
    """One that is starting takes connections before its functions are there, so it is told again."""
    while True:
        bridge, tries = await parts.connected.get()
        sync, told = parts.syncs.get(bridge.name), False
        if sync is None:  # it is only watched
            continue
        try:
            if tries == 0:
                sync.reconnected()
            told = await sync_states(parts.store, bridge, utc_now())
        except Exception:  # the next try, or the next connection
            log.exception("states not told", pbx=bridge.name)
        if not told and tries < len(_TOLD_AGAIN_S) and bridge.status().state is LinkState.CONNECTED:
            again = (bridge, tries + 1)
            asyncio.get_running_loop().call_later(_TOLD_AGAIN_S[tries], parts.connected.put_nowait, again)

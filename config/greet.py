# SPDX-License-Identifier: Apache-2.0
"""A PBX that is (back) on the line is told who is available: it may have lost or missed it.

And so is each after somebody got another extension, of which it knows nothing, or what another person said.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import structlog

from crm_core.domain.audit import Change
from crm_core.ports.clock import utc_now
from crm_core.ports.pbx import LinkState
from crm_core.usecases.set_operator_state import sync_states

if TYPE_CHECKING:
    from config.wiring import Parts
    from pbx_bridge.bridge import Bridge

log = structlog.get_logger()
_TOLD_AGAIN_S = (1.0, 2.0, 4.0, 8.0, 16.0)


async def greet(parts: "Parts") -> None:
    stop = parts.store.on_commit(partial(_note, parts))
    try:
        while True:
            await _greet(parts, *await parts.connected.get())
    finally:
        stop()


def _note(parts: "Parts", changes: Sequence[Change]) -> None:
    if any(change.kind == "extension" for change in changes):
        for bridge in parts.bridges.values():
            parts.connected.put_nowait((bridge, 1))


async def _greet(parts: "Parts", bridge: "Bridge", tries: int) -> None:
    """One that is starting takes connections before its functions are there, so it is told again."""
    sync, told = parts.syncs.get(bridge.name), False
    if sync is None or bridge.status().state is not LinkState.CONNECTED:  # only watched; told once it is back
        return
    try:
        if tries == 0:
            sync.reconnected()
        told = await sync_states(parts.store, bridge, utc_now())
    except Exception:  # the next try, or the next connection
        log.exception("states not told", pbx=bridge.name)
    if not told and tries < len(_TOLD_AGAIN_S) and bridge.status().state is LinkState.CONNECTED:
        again = (bridge, tries + 1)
        asyncio.get_running_loop().call_later(_TOLD_AGAIN_S[tries], parts.connected.put_nowait, again)

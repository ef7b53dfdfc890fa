# SPDX-License-Identifier: Apache-2.0
"""Which queues there are, asked of the PBXs: for whatever checks rules, a page, a command or a time that has come."""

import asyncio
from typing import Final

from crm_core.ports.pbx_care import PbxCare

_WITHIN_S: Final = 10.0  # each step of a PBX's answer has a bound of its own; this is for many that are slow


async def known_queues(care: PbxCare | None, within_s: float = _WITHIN_S) -> frozenset[str] | None:
    """Names of all; None where a PBX does not say in time, or there is none to ask: then nothing is said of queues."""
    if care is None:
        return None
    try:
        async with asyncio.timeout(within_s):
            found, silent = await care.queues()
    except TimeoutError:
        return None
    return None if silent else frozenset(one.name for one in found)

# SPDX-License-Identifier: Apache-2.0
"""Rules that were scheduled come into force at their time, whoever is logged in then."""

import asyncio
from collections.abc import Sequence

import structlog

from crm_core.domain.audit import Change
from crm_core.ports.clock import Clock
from crm_core.ports.pbx_care import PbxCare
from crm_core.storage.store import SqlStore
from crm_core.usecases.publish_rules import publish_due

log = structlog.get_logger()
_LOOK_EVERY_S = 20.0  # for what another process scheduled, and for clocks that are set


def _is_ours(changes: Sequence[Change]) -> bool:
    return any(change.kind == "rule_release" for change in changes)


async def publish_when_due(store: SqlStore, clock: Clock, care: PbxCare | None = None) -> None:
    """Until cancelled."""
    nudge = asyncio.Event()
    stop = store.on_commit(lambda changes: nudge.set() if _is_ours(changes) else None)
    try:
        while True:
            wait_s = _LOOK_EVERY_S
            nudge.clear()
            try:
                due = await publish_due(store, clock(), care)
                if due is not None:
                    wait_s = min(wait_s, max(0.0, (due - clock()).total_seconds()))
            except Exception:  # a database that is away comes back
                log.exception("scheduled rules could not be looked at")
            try:
                async with asyncio.timeout(wait_s):
                    await nudge.wait()
            except TimeoutError:
                pass
    finally:
        stop()

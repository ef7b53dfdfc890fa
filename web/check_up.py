# SPDX-License-Identifier: Apache-2.0
"""The doctor's last visit to the PBXs, and what queues they told of: kept for the pages that show it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from crm_core.ports.pbx_care import CareFinding, PbxCare
from crm_core.usecases.known_queues import known_queues

log = structlog.get_logger()
_WITHIN_S: Final = 1.5
_FRESH_S: Final = 20.0
_ORDER: Final = {"broken": 0, "warning": 1, "ok": 2}


@dataclass(slots=True)
class CheckUp:
    """The doctor's last visit; one at a time."""

    care: PbxCare | None = None
    findings: Sequence[CareFinding] = ()
    at: datetime | None = None
    failed: bool = False
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _queues: frozenset[str] | None = None
    fresh_until: float = 0.0  # loop time until which the queues need not be asked for again

    async def visit(self, now: datetime) -> None:
        if self.care is None or self._lock.locked():
            return
        async with self._lock:
            try:
                findings = await self.care.examine()
            except Exception:  # whatever fails in the examination, the page must say so
                log.exception("the doctor could not finish")
                self.failed, self.at = True, now
                return
            self.findings = sorted(findings, key=lambda one: _ORDER.get(one.level, 0))
            self.failed, self.at = False, now

    async def queues(self) -> frozenset[str] | None:
        """Names of all; None where a PBX does not say in time. Asked anew only after a while."""
        now = asyncio.get_running_loop().time()
        if self.care is not None and now >= self.fresh_until:
            self._queues, self.fresh_until = None, now + _FRESH_S
            self._queues = await known_queues(self.care, _WITHIN_S)
        return self._queues

    def of(self, pbx: str) -> list[CareFinding]:
        return [one for one in self.findings if one.pbx == pbx]

# SPDX-License-Identifier: Apache-2.0
"""The doctor's last visit to the PBXs, kept for the page that shows it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from crm_core.ports.pbx_care import CareFinding, PbxCare

log = structlog.get_logger()
_ORDER: Final = {"broken": 0, "warning": 1, "ok": 2}


@dataclass(slots=True)
class CheckUp:
    """The doctor's last visit; one at a time."""

    care: PbxCare | None = None
    findings: Sequence[CareFinding] = ()
    at: datetime | None = None
    failed: bool = False
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

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

    def of(self, pbx: str) -> list[CareFinding]:
        return [one for one in self.findings if one.pbx == pbx]

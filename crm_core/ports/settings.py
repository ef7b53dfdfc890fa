# SPDX-License-Identifier: Apache-2.0
"""Settings that people change while it runs."""

from datetime import datetime
from typing import Protocol

from crm_core.domain.house import House
from crm_core.domain.missed import MissedRules
from crm_core.domain.modules import Modules
from crm_core.domain.retention import Retention
from crm_core.domain.security import Security


class Settings(Protocol):
    async def serialise(self) -> None:
        """Before reading what is to be changed of the lists and settings: else one of two edits at once is lost."""
        ...

    async def house(self) -> House: ...

    async def save_house(self, house: House) -> None:
        """Change through crm_core.usecases.set_house: a new basis, zone or currency means new turnover."""
        ...

    async def retention(self) -> Retention: ...

    async def save_retention(self, retention: Retention) -> None: ...

    async def modules(self) -> Modules: ...

    async def save_modules(self, modules: Modules) -> None: ...

    async def security(self) -> Security: ...

    async def save_security(self, security: Security) -> None: ...

    async def missed_rules(self) -> MissedRules: ...

    async def save_missed_rules(self, rules: MissedRules) -> None: ...

    async def ledger_filled(self) -> bool:
        """Whether the calls from before the ledger have been looked through."""
        ...

    async def save_ledger_filled(self, at: datetime) -> None: ...

    async def setup_done(self) -> frozenset[str]:
        """The steps of the first run that are behind us."""
        ...

    async def save_setup_done(self, steps: frozenset[str]) -> None: ...

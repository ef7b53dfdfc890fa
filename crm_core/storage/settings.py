# SPDX-License-Identifier: Apache-2.0
"""The table `setting`: a name and a JSON value each."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.house import House
from crm_core.domain.missed import MissedRules, OwnerRule
from crm_core.domain.modules import Module, Modules
from crm_core.domain.people import Role
from crm_core.domain.retention import Retention
from crm_core.domain.security import Security
from crm_core.domain.shallow import shallow
from crm_core.domain.turnover import Basis, Window
from crm_core.storage.schema import setting
from crm_core.storage.sql import Lock, lock_until_commit, upsert

_HOUSE = "house"
_RETENTION = "retention"
_MODULES = "modules"
_SECURITY = "security"
_MISSED = "missed"
_SETUP = "setup"
_LEDGER = "ledger"
_KNOWN = frozenset(Module)


class SqlSettings:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def serialise(self) -> None:
        await lock_until_commit(self._connection, Lock.SETTINGS)

    async def house(self) -> House:
        saved = await self._value(_HOUSE)
        if saved is None:
            return House()
        return House(
            region=saved["region"],
            zone=saved["zone"],
            currency=saved["currency"],
            turnover_basis=Basis(saved["turnover_basis"]),
            turnover_window=Window(saved["turnover_window"]),
            wholesale_from=Decimal(saved["wholesale_from"]),
        )

    async def save_house(self, house: House) -> None:
        await self._keep(_HOUSE, shallow(house) | {"wholesale_from": str(house.wholesale_from)})

    async def retention(self) -> Retention:
        return Retention(**(await self._value(_RETENTION) or {}))

    async def save_retention(self, retention: Retention) -> None:
        await self._keep(_RETENTION, shallow(retention))

    async def modules(self) -> Modules:
        saved = await self._value(_MODULES) or {}
        return Modules(
            roles={
                Module(name): frozenset(map(Role, roles)) for name, roles in saved.items() if name in _KNOWN
            }
        )

    async def save_modules(self, modules: Modules) -> None:
        await self._keep(_MODULES, {name.value: sorted(roles) for name, roles in modules.roles.items()})

    async def security(self) -> Security:
        return Security(**(await self._value(_SECURITY) or {}))

    async def save_security(self, security: Security) -> None:
        await self._keep(_SECURITY, shallow(security))

    async def missed_rules(self) -> MissedRules:
        saved = await self._value(_MISSED)
        if saved is None:
            return MissedRules()
        return MissedRules(within_min=saved["within_min"], owner=OwnerRule(saved["owner"]))

    async def save_missed_rules(self, rules: MissedRules) -> None:
        await self._keep(_MISSED, shallow(rules))

    async def ledger_filled(self) -> bool:
        return await self._value(_LEDGER) is not None

    async def save_ledger_filled(self, at: datetime) -> None:
        await self._keep(_LEDGER, {"filled_at": at.isoformat()})

    async def setup_done(self) -> frozenset[str]:
        return frozenset(await self._value(_SETUP) or ())

    async def save_setup_done(self, steps: frozenset[str]) -> None:
        await self._keep(_SETUP, sorted(steps))

    async def _value(self, name: str) -> Any:
        return await self._connection.scalar(select(setting.c.value).where(setting.c.name == name))

    async def _keep(self, name: str, value: Any) -> None:
        await upsert(self._connection, setting, [{"name": name, "value": value}])

# SPDX-License-Identifier: Apache-2.0
"""The table `preference`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.storage.schema import preference
from crm_core.storage.sql import upsert


class SqlPreferences:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, user_id: UUID, name: str) -> Mapping[str, Any]:
        mine = (preference.c.user_id == user_id) & (preference.c.name == name)
        return await self._connection.scalar(select(preference.c.value).where(mine)) or {}

    async def set(self, user_id: UUID, name: str, value: Mapping[str, Any]) -> None:
        row = {"user_id": user_id, "name": name, "value": dict(value)}
        await upsert(self._connection, preference, [row])

# SPDX-License-Identifier: Apache-2.0
"""The tables `one_time_link`, `second_factor` and `recovery_code`."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.credentials import LinkPurpose, OneTimeLink, SecondFactor
from crm_core.domain.shallow import shallow
from crm_core.storage.schema import one_time_link, recovery_code, second_factor
from crm_core.storage.sql import named, upsert


class SqlCredentials:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put_link(self, link: OneTimeLink) -> None:
        await upsert(self._connection, one_time_link, [shallow(link)])

    async def link(self, token_hash: str, now: datetime) -> OneTimeLink | None:
        good = (one_time_link.c.token_hash == token_hash) & (one_time_link.c.expires_at > now)
        row = (await self._connection.execute(select(one_time_link).where(good))).first()
        return None if row is None else _link(row)

    async def links(self, now: datetime) -> dict[UUID, OneTimeLink]:
        query = select(one_time_link).where(one_time_link.c.expires_at > now)
        return {row.user_id: _link(row) for row in await self._connection.execute(query)}

    async def drop_link(self, user_id: UUID) -> bool:
        gone = delete(one_time_link).where(one_time_link.c.user_id == user_id)
        return (await self._connection.execute(gone)).rowcount == 1

    async def second_factor(self, user_id: UUID) -> SecondFactor | None:
        query = select(second_factor).where(second_factor.c.user_id == user_id)
        row = (await self._connection.execute(query)).first()
        return None if row is None else SecondFactor(**named(row))

    async def save_second_factor(self, factor: SecondFactor) -> None:
        await upsert(self._connection, second_factor, [shallow(factor)])

    async def drop_second_factor(self, user_id: UUID) -> None:
        for table in (second_factor, recovery_code):
            await self._connection.execute(delete(table).where(table.c.user_id == user_id))

    async def with_second_factor(self) -> set[UUID]:
        query = select(second_factor.c.user_id).where(second_factor.c.confirmed_at.is_not(None))
        return set(await self._connection.scalars(query))

    async def take_step(self, user_id: UUID, step: int) -> bool:
        later = (second_factor.c.user_id == user_id) & (second_factor.c.last_step < step)
        taken = await self._connection.execute(update(second_factor).where(later).values(last_step=step))
        return taken.rowcount == 1

    async def put_recovery_codes(self, user_id: UUID, hashes: Collection[str]) -> None:
        await self._connection.execute(delete(recovery_code).where(recovery_code.c.user_id == user_id))
        rows = [{"user_id": user_id, "code_hash": each} for each in hashes]
        await self._connection.execute(insert(recovery_code), rows)

    async def take_recovery_code(self, user_id: UUID, code_hash: str) -> bool:
        its = (recovery_code.c.user_id == user_id) & (recovery_code.c.code_hash == code_hash)
        return (await self._connection.execute(delete(recovery_code).where(its))).rowcount == 1

    async def recovery_codes_left(self, user_id: UUID) -> int:
        query = select(func.count()).select_from(recovery_code).where(recovery_code.c.user_id == user_id)
        return await self._connection.scalar(query) or 0


def _link(row: Row[Any]) -> OneTimeLink:
    return OneTimeLink(**{**named(row), "purpose": LinkPurpose(row.purpose)})

# SPDX-License-Identifier: Apache-2.0
"""The tables prompt and prompt_version."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.prompt import Prompt, PromptSource, PromptVersion
from crm_core.domain.shallow import shallow
from crm_core.storage.schema_prompt import prompt, prompt_version
from crm_core.storage.sql import named, upsert


class SqlPrompts:
    """Implements ports.prompts.Prompts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self) -> Sequence[Prompt]:
        rows = await self._connection.execute(select(prompt).order_by(prompt.c.name))
        return [Prompt(**named(row)) for row in rows]

    async def get(self, prompt_id: UUID) -> Prompt | None:
        row = (await self._connection.execute(select(prompt).where(prompt.c.id == prompt_id))).first()
        return Prompt(**named(row)) if row else None

    async def save(self, one: Prompt) -> None:
        await upsert(self._connection, prompt, [shallow(one)])

    async def remove(self, prompt_id: UUID) -> None:
        await self._connection.execute(delete(prompt_version).where(prompt_version.c.prompt_id == prompt_id))
        await self._connection.execute(delete(prompt).where(prompt.c.id == prompt_id))

    async def versions(self, prompt_id: UUID) -> Sequence[PromptVersion]:
        query = select(prompt_version).where(prompt_version.c.prompt_id == prompt_id)
        rows = await self._connection.execute(query.order_by(prompt_version.c.id.desc()))
        return [_version(row) for row in rows]

    async def played(self) -> Mapping[UUID, PromptVersion]:
        query = select(prompt_version).join(prompt, prompt.c.version_id == prompt_version.c.id)
        return {row.prompt_id: _version(row) for row in await self._connection.execute(query)}

    async def add_version(self, version: PromptVersion) -> None:
        await self._connection.execute(insert(prompt_version).values(shallow(version)))

    async def remove_versions(self, ids: Collection[UUID]) -> None:
        await self._connection.execute(delete(prompt_version).where(prompt_version.c.id.in_(list(ids))))


def _version(row: Row[Any]) -> PromptVersion:
    return PromptVersion(**{**named(row), "source": PromptSource(row.source)})

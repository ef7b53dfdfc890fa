# SPDX-License-Identifier: Apache-2.0
"""The table `kept_answer`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.kept_answer import Answer, KeptAnswer
from crm_core.domain.shallow import shallow
from crm_core.storage.schema import kept_answer
from crm_core.storage.sql import insert, named


class SqlKeptAnswers:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def reserve(self, new: KeptAnswer, forget_before: datetime) -> KeptAnswer | None:
        await self._connection.execute(delete(kept_answer).where(kept_answer.c.created_at < forget_before))
        statement = insert(self._connection, kept_answer).values(shallow(new))
        taken = statement.on_conflict_do_nothing().returning(kept_answer.c.key)
        if await self._connection.scalar(taken) is not None:
            return None
        row = (await self._connection.execute(select(kept_answer).where(_is(new.token_id, new.key)))).one()
        return KeptAnswer(**{**named(row), "answer": Answer(**row.answer) if row.answer else None})

    async def settle(self, token_id: UUID, key: str, answer: Answer) -> None:
        done = update(kept_answer).where(_is(token_id, key))
        await self._connection.execute(done.values(answer=shallow(answer)))

    async def release(self, token_id: UUID, key: str) -> None:
        await self._connection.execute(delete(kept_answer).where(_is(token_id, key)))


def _is(token_id: UUID, key: str) -> ColumnElement[bool]:
    return (kept_answer.c.token_id == token_id) & (kept_answer.c.key == key)

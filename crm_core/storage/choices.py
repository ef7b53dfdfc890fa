# SPDX-License-Identifier: Apache-2.0
"""The table `choice`, over the built-in ones."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.choice import BUILT_IN, Choice, ChoiceKind
from crm_core.domain.shallow import shallow
from crm_core.storage.schema import choice
from crm_core.storage.sql import named, upsert


class SqlChoices:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self, kind: ChoiceKind) -> list[Choice]:
        rows = await self._connection.execute(select(choice).where(choice.c.kind == kind.value))
        found = {each.id: each for each in BUILT_IN if each.kind is kind}
        found |= {row.id: Choice(**{**named(row), "kind": kind}) for row in rows}
        return sorted(found.values(), key=lambda each: (each.position, each.code))

    async def save(self, *choices: Choice) -> None:
        await upsert(self._connection, choice, [shallow(each) for each in choices])

# SPDX-License-Identifier: Apache-2.0
"""The table `witness`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Row, Select, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.witness import Difference, Witness, WitnessedCall, WitnessState
from crm_core.storage import sql as dialect
from crm_core.storage.schema import witness
from crm_core.storage.statements import Statement, run

_SAID = TypeAdapter(WitnessedCall)
_DIFFERENCES = TypeAdapter(tuple[Difference, ...])
_SAID_OF = Statement(
    lambda _insert: select(witness.c.said).where(
        witness.c.call_id == bindparam("id", type_=witness.c.call_id.type)
    )
)


class SqlWitnesses:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, witnesses: Collection[Witness]) -> None:
        await dialect.upsert(self._connection, witness, [_row(one) for one in witnesses])

    async def said_of(self, call_id: UUID) -> Sequence[WitnessedCall]:
        (found,) = await run(self._connection, [(_SAID_OF, [{"id": call_id}])])
        return [witnessed(row["said"]) for row in found]

    async def of_calls(self, call_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Witness]]:
        found: dict[UUID, list[Witness]] = {}
        for some in dialect.chunks(call_ids):
            for one in await self._all(select(witness).where(witness.c.call_id.in_(some))):
                if one.call_id:
                    found.setdefault(one.call_id, []).append(one)
        return found

    async def forget(self, before: datetime, limit: int) -> int:
        old = select(witness.c.id).where(witness.c.started_at < before, witness.c.ended_at < before)
        gone = delete(witness).where(witness.c.id.in_(old.order_by(witness.c.started_at).limit(limit)))
        return (await self._connection.execute(gone)).rowcount

    async def between(self, since: datetime, until: datetime, pbx: str | None = None) -> Sequence[Witness]:
        query = select(witness).where(witness.c.started_at >= since, witness.c.started_at < until)
        return await self._all(query if pbx is None else query.where(witness.c.pbx == pbx))

    async def _all(self, query: Select[Any]) -> list[Witness]:
        rows = await self._connection.execute(query.order_by(witness.c.started_at, witness.c.id))
        return [_witness(row) for row in rows]


def _row(told: Witness) -> dict[str, Any]:
    facts = ("pbx", "linkedid", "started_at", "answered_at", "ended_at", "talk_s", "recordings")
    own = ("id", "boot", "call_id", "said", "state", "differences", "compared_at")
    return {name: getattr(told.said, name) for name in facts} | {name: getattr(told, name) for name in own}


def _witness(row: Row[Any]) -> Witness:
    return Witness(
        id=row.id,
        boot=row.boot,
        call_id=row.call_id,
        said=witnessed(row.said),
        state=WitnessState(row.state),
        differences=_DIFFERENCES.validate_python(row.differences),
        compared_at=row.compared_at,
    )


def witnessed(said: Any) -> WitnessedCall:
    return _SAID.validate_python(said)

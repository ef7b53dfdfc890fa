# SPDX-License-Identifier: Apache-2.0
"""The table `export_job`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.listing import ExportJob, FileFormat, JobState, ListKind
from crm_core.domain.shallow import shallow
from crm_core.storage.schema import export_job
from crm_core.storage.sql import named, upsert


class SqlExports:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def job(self, job_id: UUID) -> ExportJob | None:
        row = (await self._connection.execute(select(export_job).where(export_job.c.id == job_id))).first()
        return None if row is None else _job(row)

    async def save(self, job: ExportJob) -> None:
        await upsert(self._connection, export_job, [shallow(job)])

    async def waiting(self) -> ExportJob | None:
        query = select(export_job).where(export_job.c.state == JobState.WAITING)
        row = (await self._connection.execute(query.order_by(export_job.c.created_at).limit(1))).first()
        return None if row is None else _job(row)

    async def begin_again(self) -> None:
        running = update(export_job).where(export_job.c.state == JobState.RUNNING)
        await self._connection.execute(running.values(state=JobState.WAITING, rows=0))

    async def of_user(self, user_id: UUID, limit: int = 5) -> Sequence[ExportJob]:
        query = select(export_job).where(export_job.c.user_id == user_id)
        query = query.order_by(export_job.c.created_at.desc()).limit(limit)
        return [_job(row) for row in await self._connection.execute(query)]

    async def forget(self, before: datetime) -> Sequence[UUID]:
        old = delete(export_job).where(export_job.c.created_at < before).returning(export_job.c.id)
        return (await self._connection.scalars(old)).all()


def _job(row: Row[Any]) -> ExportJob:
    codes = {
        "list": ListKind(row.list),
        "format": FileFormat(row.format),
        "state": JobState(row.state),
    }
    return ExportJob(**{**named(row), **codes})

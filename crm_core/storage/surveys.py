# SPDX-License-Identifier: Apache-2.0
"""The table survey_answer."""

from collections.abc import Sequence
from dataclasses import fields
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.survey import SurveyAnswer
from crm_core.storage.schema_survey import survey_answer
from crm_core.storage.sql import named, upsert


class SqlSurveys:
    """Implements ports.surveys.Surveys."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def save(self, answer: SurveyAnswer) -> None:
        row = {field.name: getattr(answer, field.name) for field in fields(answer)}
        await upsert(self._connection, survey_answer, [row])

    async def of_call(self, call_id: UUID) -> Sequence[SurveyAnswer]:
        query = select(survey_answer).where(survey_answer.c.call_id == call_id)
        rows = await self._connection.execute(query.order_by(survey_answer.c.at, survey_answer.c.question))
        return [SurveyAnswer(**named(row)) for row in rows]

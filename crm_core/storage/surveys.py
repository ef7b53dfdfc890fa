# SPDX-License-Identifier: Apache-2.0
"""The table survey_answer."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.shallow import shallow
from crm_core.domain.survey import AnswerCount, SurveyAnswer
from crm_core.storage.schema import call
from crm_core.storage.schema_survey import survey_answer
from crm_core.storage.sql import chunks, named, upsert

_IN_ORDER = (survey_answer.c.at, survey_answer.c.question)


class SqlSurveys:
    """Implements ports.surveys.Surveys."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def save(self, answer: SurveyAnswer) -> None:
        joined = select(call.c.merged_into).where(call.c.id == answer.call_id)
        whose = await self._connection.scalar(joined) or answer.call_id
        await upsert(self._connection, survey_answer, [shallow(answer) | {"call_id": whose}])

    async def join(self, younger: UUID, into: UUID) -> None:
        """A call has become a part of another; of two answers to a question the later one stays."""
        there = {one.question: one for one in await self.of_call(into)}
        for one in await self.of_call(younger):
            known = there.get(one.question)
            if known is None or known.at <= one.at:
                await upsert(self._connection, survey_answer, [shallow(one) | {"call_id": into}])
        await self._connection.execute(delete(survey_answer).where(survey_answer.c.call_id == younger))

    async def of_call(self, call_id: UUID) -> Sequence[SurveyAnswer]:
        return (await self.of_calls([call_id])).get(call_id, [])

    async def of_calls(self, call_ids: Collection[UUID]) -> Mapping[UUID, Sequence[SurveyAnswer]]:
        found: dict[UUID, list[SurveyAnswer]] = {}
        for some in chunks(call_ids):
            query = select(survey_answer).where(survey_answer.c.call_id.in_(some))
            for row in await self._connection.execute(query.order_by(*_IN_ORDER)):
                found.setdefault(row.call_id, []).append(SurveyAnswer(**named(row)))
        return found

    async def counts(self, since: datetime, until: datetime) -> Sequence[AnswerCount]:
        what = (
            survey_answer.c.question,
            call.c.answered_user_id.label("user_id"),
            call.c.queue,
            survey_answer.c["keys"],
        )
        query = select(*what, func.count().label("count")).join(call, call.c.id == survey_answer.c.call_id)
        query = query.where(call.c.started_at >= since, call.c.started_at < until).group_by(*what)
        return [AnswerCount(**named(row)) for row in await self._connection.execute(query)]

    async def forget_strays(self, before: datetime) -> int:
        stray = ~exists().where(call.c.id == survey_answer.c.call_id)
        gone = await self._connection.execute(delete(survey_answer).where(survey_answer.c.at < before, stray))
        return gone.rowcount

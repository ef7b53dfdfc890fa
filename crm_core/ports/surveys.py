# SPDX-License-Identifier: Apache-2.0
"""Answers to surveys, kept by call."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.survey import AnswerCount, SurveyAnswer


class Surveys(Protocol):
    async def save(self, answer: SurveyAnswer) -> None:
        """A question answered twice in a call keeps the later answer. The call may not be known yet.

        Of a call that became a part of another, it is the other's.
        """
        ...

    async def of_call(self, call_id: UUID) -> Sequence[SurveyAnswer]:
        """In the order in which they were given."""
        ...

    async def of_calls(self, call_ids: Collection[UUID]) -> Mapping[UUID, Sequence[SurveyAnswer]]: ...

    async def counts(self, since: datetime, until: datetime) -> Sequence[AnswerCount]:
        """Of calls that began then."""
        ...

    async def forget_strays(self, before: datetime) -> int:
        """Those given before then in a call that nobody ever told of."""
        ...

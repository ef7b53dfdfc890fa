# SPDX-License-Identifier: Apache-2.0
"""Answers to surveys, kept by call."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from crm_core.domain.survey import SurveyAnswer


class Surveys(Protocol):
    async def save(self, answer: SurveyAnswer) -> None:
        """A question answered twice in a call keeps the later answer. The call may not be known yet."""
        ...

    async def of_call(self, call_id: UUID) -> Sequence[SurveyAnswer]:
        """In the order in which they were given."""
        ...

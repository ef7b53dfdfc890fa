# SPDX-License-Identifier: Apache-2.0
"""Answers kept under the Idempotency-Key of a token."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm_core.domain.kept_answer import Answer, KeptAnswer


class KeptAnswers(Protocol):
    async def reserve(self, new: KeptAnswer, forget_before: datetime) -> KeptAnswer | None:
        """Take the key; or what it was taken by since then, and still is. Of many at once one gets None."""
        ...

    async def settle(self, token_id: UUID, key: str, answer: Answer) -> None: ...

    async def release(self, token_id: UUID, key: str) -> None:
        """Nothing was done: the key may be used again."""
        ...
